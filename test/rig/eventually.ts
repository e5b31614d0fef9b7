/**
 * Waits for something that another process or a later turn will bring about.
 */

const LIMIT_MS = 20_000;

/** Resolves with the first value of `look` that is not undefined; looks after every turn of the loop. */
export async function eventually<T>(look: () => T | undefined, what: string): Promise<T> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Lets everything that is ready happen: `turns` turns of the event loop. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
