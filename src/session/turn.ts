/**
 * How much of one qube's work is done before others have theirs. The unit is
 * about what one damage message costs; what makes X requests costs more, and
 * those are counted besides. Each message also belongs to a kind that has a
 * rate (base/budgets.ts).
 */
import { BUDGETS, type RateName } from '../base/budgets.ts';
import { fromVm } from '../protocol/from-vm.ts';

/** Work of one turn of one qube, unless dom0 has configured another. */
export const TURN_COST = BUDGETS.turnCost.value;
/** Bytes read in one turn. */
export const READ_BYTES = 64 * 1024;

const { type } = fromVm;

/** Cost of a message of this type with a body of `length` bytes. */
export function costOf(messageType: number, length: number): number {
  switch (messageType) {
    case type.shmImage:
      return 1;
    case type.create:
    case type.destroy:
      return 16;
    case type.map:
    case type.unmap:
    case type.configure:
    case type.dock:
      return 8;
    case type.dump:
      return 4 + (length >> 10);
    default:
      return 4;
  }
}

/** Which rate a message of this type is counted against; undefined = none. */
export function rateOf(messageType: number): RateName | undefined {
  switch (messageType) {
    case type.shmImage:
      return 'damagePerSecond';
    case type.create:
      return 'createsPerSecond';
    case type.destroy:
      // There are no more of them than of windows that were made.
      return undefined;
    case type.map:
    case type.unmap:
    case type.dock:
      return 'mapsPerSecond';
    case type.configure:
      return 'configuresPerSecond';
    case type.dump:
    case type.mfnDump:
      return 'dumpsPerSecond';
    case type.title:
      return 'titlesPerSecond';
    case type.wmClass:
      return 'classesPerSecond';
    case type.hints:
      return 'hintsPerSecond';
    case type.flags:
      return 'flagsPerSecond';
    case type.cursor:
      return 'cursorsPerSecond';
    case type.clipboardData:
      return 'clipboardsPerSecond';
    default:
      return 'othersPerSecond';
  }
}

/** Turns of all qubes of this process, in the order in which they were handled. */
let turns = 0;

/** What was handled for one channel of a qube; for `livery stats` and for the tests of fairness. */
export class TurnCount {
  /** Turns so far, and what was handled in them. */
  turns = 0;
  messages = 0;
  /** Of the messages, those that went past JavaScript. */
  past = 0;
  /** Number of the last turn among those of all qubes. */
  lastTurn = 0;
  /** Most turns that others had one after the other while this one had work waiting. */
  waited = 0;
  /** Most work in one turn. */
  mostCost = 0;
  /** Most X requests in one turn. */
  mostRequests = 0;
  /** Time of all turns and of the longest, in ms. */
  turnMs = 0;
  mostTurnMs = 0;
  #waiting = false;
  #beganMs = 0;

  /** So many turns of one message each went without us. */
  passed(count: number): void {
    turns += count;
    this.turns += count;
    this.messages += count;
    this.past += count;
  }

  /** A turn begins. */
  begin(): void {
    turns++;
    if (this.#waiting) this.waited = Math.max(this.waited, turns - this.lastTurn - 1);
    this.#waiting = false;
    this.turns++;
    this.lastTurn = turns;
    this.#beganMs = performance.now();
  }

  /** It ended; `waiting`: with work that is only put off until others had a turn. */
  end(cost: number, requests: number, waiting: boolean): void {
    this.mostCost = Math.max(this.mostCost, cost);
    this.mostRequests = Math.max(this.mostRequests, requests);
    this.#waiting = waiting;
    const tookMs = performance.now() - this.#beganMs;
    this.turnMs += tookMs;
    this.mostTurnMs = Math.max(this.mostTurnMs, tookMs);
  }

  /** Turns of all qubes so far. */
  static get all(): number {
    return turns;
  }
}
