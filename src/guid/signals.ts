/**
 * The signals that a launcher sends to a daemon: SIGTERM and SIGUSR1 end it
 * (SIGINT too, for a person at a terminal), SIGHUP has it look at the screen
 * again.
 */
import { Emitter } from '../base/emitter.ts';

const ENDING = ['SIGTERM', 'SIGUSR1', 'SIGINT'] as const;

export class GuidSignals implements Disposable {
  /** Resolves with the name of the first signal that ends. */
  readonly told: Promise<string>;
  readonly #reload = new Emitter<void>();
  #tell: (name: string) => void = () => {};
  readonly #onEnd = (name: NodeJS.Signals): void => this.#tell(name);
  readonly #onReload = (): void => this.#reload.emit();

  constructor() {
    this.told = new Promise((resolve) => {
      this.#tell = resolve;
    });
    for (const name of ENDING) process.on(name, this.#onEnd);
    process.on('SIGHUP', this.#onReload);
  }

  onReload(listener: () => void): Disposable {
    return this.#reload.on(listener);
  }

  [Symbol.dispose](): void {
    for (const name of ENDING) process.off(name, this.#onEnd);
    process.off('SIGHUP', this.#onReload);
  }
}
