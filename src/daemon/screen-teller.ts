/**
 * Tells one qube how large dom0's screen is, over its service channel: when it
 * comes, and when the screen changes. One at a time; of the sizes that pass
 * meanwhile the qube is told the newest. On the GUI channel a size is said once,
 * in the handshake, as that protocol has it.
 */
import type { Size } from '../base/geometry.ts';
import type { ServiceSession } from '../session/service-session.ts';

/** What applications are told; dom0 has no other scale yet. */
const DPI = 96;

export class ScreenTeller {
  readonly #service: Pick<ServiceSession, 'isConnected' | 'setScreen'>;
  readonly #screen: () => Size;
  #told: Size | undefined;
  #telling = false;

  /** @param screen dom0's screen of now, in pixels */
  constructor(service: Pick<ServiceSession, 'isConnected' | 'setScreen'>, screen: () => Size) {
    this.#service = service;
    this.#screen = screen;
  }

  /** The qube has just come and was told nothing. Resolves when it has heard, or will not. */
  connected(): Promise<void> {
    this.#told = undefined;
    return this.#tell();
  }

  /** dom0's screen may have changed. */
  changed(): void {
    if (this.#service.isConnected) void this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (;;) {
      const { width, height } = this.#screen();
      if (this.#told?.width === width && this.#told.height === height) break;
      this.#told = { width, height };
      const whole = { x: 0, y: 0, width, height };
      // A qube that cannot, or does not answer, keeps the screen that it has.
      await this.#service.setScreen(width, height, DPI, [whole]).catch(() => {});
    }
    this.#telling = false;
  }
}
