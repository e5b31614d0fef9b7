/**
 * The requests of dom0 that wait for their answer. A qube that answers what
 * was not asked, or twice, breaks a rule.
 */
import { LimitExceeded } from '../base/errors.ts';
import { violation } from './rules.ts';

/** Requests that one connection may have open: a qube that answers none costs no more than this. */
export const MAX_OPEN_REQUESTS = 64;

/** Ids go round; one that is still open is passed over. */
const ID_SPACE = 0x1_0000;

/** Ids of open requests, each with what `T` the asker wants to remember. */
export class OpenRequests<T> {
  readonly #open = new Map<number, T>();
  #next = 1;

  get size(): number {
    return this.#open.size;
  }

  /** A new id for a request. Throws LimitExceeded when 64 are open. */
  ask(about: T): number {
    if (this.#open.size >= MAX_OPEN_REQUESTS) {
      throw new LimitExceeded(
        'SERVICE_REQUESTS',
        `${MAX_OPEN_REQUESTS} requests wait for an answer`,
      );
    }
    while (this.#open.has(this.#next)) this.#next = (this.#next + 1) % ID_SPACE;
    const id = this.#next;
    this.#next = (id + 1) % ID_SPACE;
    this.#open.set(id, about);
    return id;
  }

  /** What request `id` was about; it is closed. Throws ProtocolViolation SERVICE_ANSWER. */
  settle(id: number): T {
    if (!this.#open.has(id)) throw violation('SERVICE_ANSWER', `request ${id}`);
    const about = this.#open.get(id) as T;
    this.#open.delete(id);
    return about;
  }

  /** Closes all, for the end of the connection. */
  drain(): T[] {
    const left = [...this.#open.values()];
    this.#open.clear();
    return left;
  }
}
