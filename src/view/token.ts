/**
 * Who was given the address: a token that is good once, exchanged for a key
 * that the page keeps for its WebSocket. Compared by their hashes, so that the
 * time it takes says nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const BYTES = 32;

export class OneTimeToken {
  /** Base64url, 43 characters; for the address that a person opens. */
  readonly text = randomBytes(BYTES).toString('base64url');
  readonly #key = randomBytes(BYTES).toString('base64url');
  #used = false;

  get used(): boolean {
    return this.#used;
  }

  /** The key, when it is the right token and nobody had it before; else undefined. */
  exchange(given: string): string | undefined {
    if (this.#used || !equal(given, this.text)) return undefined;
    this.#used = true;
    return this.#key;
  }

  /** No key is right before the token was exchanged. */
  isKey(given: string): boolean {
    return this.#used && equal(given, this.#key);
  }
}

function equal(given: string, right: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(right));
}
