/**
 * Steps that must happen one after the other although some of them wait for
 * the X server. A step that does not wait runs at once when nothing is before
 * it. A step that fails is reported and does not stop the next one.
 */
import { messageOf } from '../base/errors.ts';

export type Step = () => void | Promise<void>;

export class StepQueue {
  readonly #failed: (reason: string) => void;
  readonly #waiting: Step[] = [];
  #busy = false;

  constructor(failed: (reason: string) => void) {
    this.#failed = failed;
  }

  /** Steps that wait for their turn. */
  get length(): number {
    return this.#waiting.length;
  }

  run(step: Step): void {
    if (this.#busy) {
      this.#waiting.push(step);
      return;
    }
    this.#start(step);
  }

  #start(step: Step): void {
    let outcome: void | Promise<void>;
    try {
      outcome = step();
    } catch (error) {
      this.#failed(messageOf(error));
      return;
    }
    if (!outcome) return;
    this.#busy = true;
    outcome.then(
      () => this.#next(),
      (error: unknown) => {
        this.#failed(messageOf(error));
        this.#next();
      },
    );
  }

  #next(): void {
    this.#busy = false;
    while (!this.#busy) {
      const step = this.#waiting.shift();
      if (!step) return;
      this.#start(step);
    }
  }
}
