/**
 * How much of the audit log one kind of event of one qube may fill: a qube that
 * makes the same thing happen without end could push everything else out of the
 * files that are kept. What was left out is counted and told.
 */
import type { Clock } from '../../base/clock.ts';
import type { AuditFact } from '../../clipboard/audit.ts';

/** More than a person's keys can make in a day's busiest minutes. */
const BURST = 300;
const REFILL_MS = 6000;
/** How long what was left out waits to be told. */
const TELL_MS = 60_000;

interface Account {
  tokens: number;
  atMs: number;
  left: { count: number; last: AuditFact } | undefined;
}

export class AuditBudget implements Disposable {
  readonly #clock: Clock;
  readonly #write: (fact: AuditFact) => void;
  readonly #accounts = new Map<string, Account>();
  #timer: Disposable | undefined;

  /** @param write takes what may be written, in order */
  constructor(clock: Clock, write: (fact: AuditFact) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  take(fact: AuditFact): void {
    // Both are dom0's own: there are as many accounts as kinds of events times qubes.
    const key = `${fact.event} ${fact.source ?? ''}`;
    const nowMs = this.#clock.nowMs();
    const account = this.#accounts.get(key) ?? { tokens: BURST, atMs: nowMs, left: undefined };
    this.#accounts.set(key, account);
    const earned = Math.floor((nowMs - account.atMs) / REFILL_MS);
    if (earned > 0) {
      account.tokens = Math.min(BURST, account.tokens + earned);
      account.atMs += earned * REFILL_MS;
    }
    if (account.tokens > 0) {
      account.tokens--;
      this.#write(fact);
      return;
    }
    account.left = { count: (account.left?.count ?? 0) + 1, last: fact };
    this.#timer ??= this.#clock.after(TELL_MS, () => this.flush());
  }

  /** Tells what was left out until now. */
  flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const account of this.#accounts.values()) {
      const { left } = account;
      if (!left) continue;
      account.left = undefined;
      const detail = `${left.count} like this were left out`;
      this.#write({ ...left.last, detail });
    }
  }

  [Symbol.dispose](): void {
    this.flush();
  }
}
