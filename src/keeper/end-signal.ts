/**
 * Why and when a keeper ends: a signal, a request, or the end of the process
 * that wanted it, known by a pipe of which that process holds the other end.
 */
import { Socket } from 'node:net';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class EndSignal implements Disposable {
  /** Resolves with the first reason. */
  readonly told: Promise<string>;
  #resolve: (reason: string) => void = () => {};
  #times = 0;
  #onAgain: (() => void) | undefined;
  readonly #parent: Socket | undefined;
  readonly #signals: readonly NodeJS.Signals[];
  readonly #onSignal = (signal: NodeJS.Signals): void => this.tell(signal);

  /** Takes over the process's signals, and the descriptor if there is one. */
  constructor(parentPipeFd: number | undefined, signals: readonly NodeJS.Signals[] = SIGNALS) {
    this.#signals = signals;
    this.told = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const signal of signals) process.on(signal, this.#onSignal);
    if (parentPipeFd === undefined) return;
    this.#parent = new Socket({ fd: parentPipeFd, readable: true, writable: false });
    // Whatever is written there has no meaning; only its end has.
    this.#parent.resume();
    this.#parent.on('error', () => {});
    this.#parent.on('close', () => this.tell('the process that started it is gone'));
  }

  tell(reason: string): void {
    if (++this.#times === 1) this.#resolve(reason);
    else this.#onAgain?.();
  }

  /** Called when the end is wanted once more: whoever asks again is in a hurry. */
  onAgain(listener: () => void): void {
    this.#onAgain = listener;
    if (this.#times > 1) listener();
  }

  /** Gives the signals back. */
  [Symbol.dispose](): void {
    for (const signal of this.#signals) process.off(signal, this.#onSignal);
    this.#onAgain = undefined;
    this.#parent?.removeAllListeners('close');
    this.#parent?.destroy();
  }
}
