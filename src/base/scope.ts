/**
 * Ownership: a `Scope` owns what was opened under it and closes it in reverse
 * order. Every long-lived thing of this program hangs in exactly one scope.
 */
type Closer = () => void | Promise<void>;

/** Closes what it owns, last opened first; one failure does not stop the rest. */
export class Scope implements AsyncDisposable {
  readonly #closers: Closer[] = [];
  #closed = false;
  #ending: Promise<void> | undefined;

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes ownership of `thing`; in a closed scope it is closed at once. */
  own<T extends Disposable | AsyncDisposable>(thing: T): T {
    this.onClose(() =>
      Symbol.asyncDispose in thing
        ? Promise.resolve(thing[Symbol.asyncDispose]())
        : thing[Symbol.dispose](),
    );
    return thing;
  }

  /** Runs `closer` when the scope closes; in a closed scope at once. */
  onClose(closer: Closer): void {
    if (this.#closed) {
      void closer();
      return;
    }
    this.#closers.push(closer);
  }

  /** Idempotent. Rejects with the first failure after everything was tried. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    const failures: unknown[] = [];
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      try {
        await closer();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
