/**
 * Why a demo or its stage ends: a signal, or the end of the pipe of the process
 * that wanted it. Until then `aborted` is false, and waits can be given up.
 */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Thrown by `unlessEnded`; `status` is the exit status that goes with the reason. */
export class Ended extends Error {
  readonly status: number;

  constructor(reason: string, status: number) {
    super(reason);
    this.name = 'Ended';
    this.status = status;
  }
}

export class Ending implements Disposable {
  /** Resolves when it is time to end. */
  readonly told: Promise<Ended>;
  #tell: (ended: Ended) => void = () => {};
  #ended: Ended | undefined;
  #times = 0;
  readonly #onSignal: (signal: NodeJS.Signals) => void;

  /** @param onAgain a signal came once more: somebody is in a hurry */
  constructor(onAgain: () => void) {
    this.told = new Promise((resolve) => {
      this.#tell = resolve;
    });
    this.#onSignal = (signal) => {
      if (++this.#times > 1) onAgain();
      this.end(`it got ${signal}`, 128 + constants.signals[signal]);
    };
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  end(reason: string, status: number): void {
    if (this.#ended) return;
    this.#ended = new Ended(reason, status);
    this.#tell(this.#ended);
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Throws Ended when it is time to end. */
  check(): void {
    if (this.#ended) throw this.#ended;
  }

  /** The result of `work`, unless it is time to end first: then rejects with Ended. */
  async unlessEnded<T>(work: Promise<T>): Promise<T> {
    const outcome = await Promise.race([work.then((value) => ({ value })), this.told]);
    if (outcome instanceof Ended) {
      // What comes of it no longer matters to anybody.
      work.catch(() => {});
      throw outcome;
    }
    return outcome.value;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}
