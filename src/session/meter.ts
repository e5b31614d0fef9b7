/**
 * How often a qube says what: one bucket for each kind of message, filled by
 * time, emptied by messages. Pure but for its own numbers; nothing is allocated
 * per message.
 */
import { BURST_SECONDS, type Limits, RATES, type RateName } from '../base/budgets.ts';

const NAMES = Object.keys(RATES) as RateName[];
const NO_RATE = 0xff;

export class Meter {
  readonly #perMs: Float64Array;
  readonly #full: Float64Array;
  readonly #have: Float64Array;
  /** Which bucket a type is counted in. */
  readonly #bucket: Uint8Array;
  /** When each was filled last: only what is emptied or looked at needs filling. */
  readonly #filledMs: Float64Array;
  #nowMs: number;

  /**
   * @param rateOf the rate of each message type below 256
   * @param nowMs a monotonic clock's
   */
  constructor(limits: Limits, rateOf: (type: number) => RateName | undefined, nowMs: number) {
    this.#perMs = Float64Array.from(NAMES, (name) => limits[name] / 1000);
    // An agent that connects says everything of all its windows once.
    this.#full = Float64Array.from(
      NAMES,
      (name) => limits[name] * BURST_SECONDS + limits.maxWindows,
    );
    this.#have = this.#full.slice();
    this.#bucket = Uint8Array.from({ length: 256 }, (_, type) => {
      const name = rateOf(type);
      return name === undefined ? NO_RATE : NAMES.indexOf(name);
    });
    this.#filledMs = new Float64Array(NAMES.length).fill(nowMs);
    this.#nowMs = nowMs;
  }

  /** Time has passed. */
  fill(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Counts one message; false when it is more than its rate allows. */
  take(type: number): boolean {
    const bucket = this.#bucket[type & 0xff] as number;
    if (bucket === NO_RATE) return true;
    this.#fill(bucket);
    const have = (this.#have[bucket] as number) - 1;
    this.#have[bucket] = have;
    return have >= 0;
  }

  /** Counts messages that were let pass before. */
  spend(type: number, count: number): void {
    const bucket = this.#bucket[type & 0xff] as number;
    if (bucket === NO_RATE) return;
    this.#fill(bucket);
    this.#have[bucket] = (this.#have[bucket] as number) - count;
  }

  /** How many more messages of a type may come now. */
  room(type: number): number {
    const bucket = this.#bucket[type & 0xff] as number;
    if (bucket === NO_RATE) return Number.POSITIVE_INFINITY;
    this.#fill(bucket);
    return Math.max(0, Math.floor(this.#have[bucket] as number));
  }

  /** Until every rate is kept again, in ms; 0 = they are. */
  get debtMs(): number {
    let most = 0;
    this.#fillAll();
    for (let i = 0; i < this.#have.length; i++) {
      most = Math.max(most, -(this.#have[i] as number) / (this.#perMs[i] as number));
    }
    return most;
  }

  /** The rate that is kept least, in words. */
  get worst(): string {
    let worst = 0;
    this.#fillAll();
    for (let i = 1; i < this.#have.length; i++) {
      const debt = (this.#have[i] as number) / (this.#perMs[i] as number);
      if (debt < (this.#have[worst] as number) / (this.#perMs[worst] as number)) worst = i;
    }
    return RATES[NAMES[worst] as RateName].what;
  }

  #fillAll(): void {
    for (let i = 0; i < this.#have.length; i++) this.#fill(i);
  }

  #fill(bucket: number): void {
    const passedMs = this.#nowMs - (this.#filledMs[bucket] as number);
    if (passedMs === 0) return;
    this.#filledMs[bucket] = this.#nowMs;
    const have = (this.#have[bucket] as number) + passedMs * (this.#perMs[bucket] as number);
    this.#have[bucket] = Math.min(have, this.#full[bucket] as number);
  }
}
