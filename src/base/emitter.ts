/**
 * Typed events for listeners that come and go. Listeners are called in the
 * order in which they were added; a listener may remove itself.
 */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Disposing the result removes the listener. */
  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
