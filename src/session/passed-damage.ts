/**
 * Damage of one conversation that goes past the session (DamageShortcut): how much
 * may, and that it counts as if it had come by: as turns of one message, against the
 * qube's rate. Armed only by a turn that was one damage message and nothing else, at
 * the boundary of a message; every turn disarms it first.
 */
import { fromVm } from '../protocol/from-vm.ts';
import type { DamageShortcut } from './port.ts';
import type { Throttle } from './throttle.ts';
import type { TurnCount } from './turn.ts';

/** Most messages before a turn sees to rates and counts. */
const MOST_MESSAGES = 64;

export class PassedDamage {
  readonly #shortcut: DamageShortcut | undefined;
  readonly #throttle: Throttle;
  readonly #count: TurnCount;

  /** @param shortcut undefined where nothing goes past */
  constructor(shortcut: DamageShortcut | undefined, throttle: Throttle, count: TurnCount) {
    this.#shortcut = shortcut;
    this.#throttle = throttle;
    this.#count = count;
  }

  /** A turn begins: what is armed was for a conversation of nothing but damage. */
  begin(): void {
    this.#shortcut?.disarm();
    this.settle();
  }

  /** What went past is counted. */
  settle(): void {
    const passed = this.#shortcut?.taken() ?? 0;
    if (passed === 0) return;
    this.#count.passed(passed);
    this.#throttle.spend(fromVm.type.shmImage, passed);
  }

  /** The turn was one damage message, and the next message has not begun. */
  allow(): void {
    if (!this.#shortcut) return;
    const room = this.#throttle.room(fromVm.type.shmImage);
    this.#shortcut.allow(Math.min(MOST_MESSAGES, room));
  }
}
