/**
 * A value chosen by a qube. It can be looked at only by parsing it, and it
 * refuses to become text by accident: a template literal or a log line with
 * an `Untrusted` in it throws or prints a placeholder.
 */
export class Untrusted<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The only way out: `fn` proves something and returns a stronger type. */
  parse<R>(fn: (value: T) => R): R {
    return fn(this.#value);
  }

  toJSON(): string {
    return '[untrusted]';
  }

  toString(): string {
    return '[untrusted]';
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError('an Untrusted value was used as text or number; parse it first');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[untrusted]';
  }
}
