/**
 * What is being done, for a person who waits: a line on the terminal from the
 * second second on, gone again when it is done. Scripts and files never see it.
 */
import type { Io } from './io.ts';
import { plain } from './plain.ts';

/** Whoever waits no longer than this is told nothing. */
const PATIENCE_MS = 1000;
const TELL_EVERY_MS = 1000;
/** Back to the first column, and nothing right of it. */
const CLEAR_LINE = '\r\u001b[K';

/**
 * Does `work` and says so when it takes long.
 * @param what in words, without a stop: `starting qube work`
 */
export async function working<T>(io: Io, what: string, work: () => Promise<T>): Promise<T> {
  if (!io.errIsTty) return work();
  const startMs = performance.now();
  let told = false;
  const tell = (): void => {
    told = true;
    const seconds = Math.floor((performance.now() - startMs) / 1000);
    io.err(`${CLEAR_LINE}${plain(what)} … ${seconds} s`);
  };
  let repeated: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    tell();
    repeated = setInterval(tell, TELL_EVERY_MS);
  }, PATIENCE_MS);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(repeated);
    if (told) io.err(CLEAR_LINE);
  }
}
