/**
 * Sends the icons of the qube's windows to dom0, over the service channel. A
 * few a second: a program that draws its icon anew all the time has the newest
 * one sent and makes the others wait for no longer than that. What cannot be
 * sent because nobody is there is sent when somebody comes.
 */
import type { Clock } from '../base/clock.ts';
import type { VmWindowId } from '../base/ids.ts';
import { ATOM, getProperty } from '../x11/properties.ts';
import { type ChosenIcon, chooseIcon } from './icon-choice.ts';
import type { QubeWindow } from './window.ts';
import type { XScreen } from './x-screen.ts';

/** Below what dom0 shows of a qube, so that none is read in vain. */
const INTERVAL_MS = 200;
/** An icon of 1024 pixels a side; what of a property lies behind it is not looked at. */
const MAX_PROPERTY_BYTES = 4 * 1024 * 1024 + 8;

/** `busy`: dom0 does not read just now. `nobody`: there is no conversation. */
export type IconSent = 'sent' | 'busy' | 'nobody';

export interface IconFeedParts {
  readonly screen: XScreen;
  readonly clock: Clock;
  send(window: VmWindowId, icon: ChosenIcon): IconSent;
}

export class IconFeed implements Disposable {
  readonly #parts: IconFeedParts;
  /** Windows whose icon is to be read and sent, oldest first. */
  readonly #waiting = new Set<QubeWindow>();
  #timer: Disposable | undefined;
  #closed = false;

  constructor(parts: IconFeedParts) {
    this.#parts = parts;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#waiting.clear();
  }

  /** A window is new, or has another icon. */
  changed(window: QubeWindow): void {
    this.#waiting.add(window);
    this.#arm();
  }

  /** Somebody has come who knows none of them. */
  again(windows: Iterable<QubeWindow>): void {
    for (const window of windows) this.changed(window);
  }

  #arm(): void {
    if (this.#timer || this.#closed || this.#waiting.size === 0) return;
    this.#timer = this.#parts.clock.after(INTERVAL_MS, () => {
      void this.#sendNext().then(() => {
        this.#timer = undefined;
        this.#arm();
      });
    });
  }

  /** The next one that has an icon; never rejects. */
  async #sendNext(): Promise<void> {
    const { send } = this.#parts;
    for (const window of this.#waiting) {
      this.#waiting.delete(window);
      // Menus and tray icons are in nobody's list of windows.
      if (window.gone || window.overrideRedirect || window.dock) continue;
      const icon = await this.#read(window.id);
      if (icon === undefined || window.gone) continue;
      const outcome = send(window.id, icon);
      if (outcome === 'busy') this.#waiting.add(window);
      if (outcome === 'nobody') this.#waiting.clear();
      return;
    }
  }

  async #read(window: VmWindowId): Promise<ChosenIcon | undefined> {
    const { x, atoms } = this.#parts.screen;
    try {
      const atom = atoms._NET_WM_ICON;
      const value = await getProperty(x, window, atom, ATOM.CARDINAL, MAX_PROPERTY_BYTES);
      return value?.format === 32 ? chooseIcon(value.data) : undefined;
    } catch {
      // The connection to the X server ended; the agent ends with it.
      return undefined;
    }
  }
}
