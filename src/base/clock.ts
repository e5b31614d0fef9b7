/**
 * Time as a port, so that rules about time can be tested without waiting.
 */
export interface Clock {
  /** Milliseconds on a monotonic clock with an arbitrary start. */
  nowMs(): number;
  /** Calls `fn` once after `ms`; disposing the result cancels it. */
  after(ms: number, fn: () => void): Disposable;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
