/**
 * Waits for what other processes bring about: looks when told that something
 * happened, and at least every 20 ms.
 */
const LOOK_EVERY_MS = 20;
/** Of a machine with much else to do; what happens at all mostly does within a second. */
const DEFAULT_LIMIT_MS = 20_000;

export interface WaitOptions {
  readonly limitMs?: number;
  /** Settles when there is nothing left to wait for: a process that ended. */
  readonly until?: Promise<unknown>;
}

/** Resolves with the first value of `look` that is neither undefined nor false. */
export async function waitUntil<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  options: WaitOptions = {},
): Promise<T> {
  const endMs = performance.now() + (options.limitMs ?? DEFAULT_LIMIT_MS);
  let over = false;
  void options.until?.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  for (;;) {
    const last = over || performance.now() > endMs;
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (last) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
