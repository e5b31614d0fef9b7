/**
 * Lines of text over a unix stream between two processes of dom0: put together
 * under any split of the bytes, with a bound on how long one may get. It does
 * not know what a line means and trusts nothing in it.
 */
import type { Stream } from '../native/addon.ts';

const READ_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** `stream`'s other end is this user or root. */
export function isOwnPeer(stream: Stream): boolean {
  const { uid } = stream.peerCredentials();
  return uid === 0 || uid === process.getuid?.();
}

export class LineReader {
  readonly #maxBytes: number;
  readonly #chunk = Buffer.allocUnsafe(READ_BYTES);
  readonly #parts: Buffer[] = [];
  #partBytes = 0;

  /** @param maxBytes the longest line that is taken, without its newline */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads once and calls `onLine` for each line that is complete now; `onLine`
   * says false to have no more of them. After `ended` (the stream's end) and
   * `too-long` the reader must not be used again.
   */
  read(stream: Stream, onLine: (line: string) => boolean): 'more' | 'ended' | 'too-long' {
    const count = stream.read(this.#chunk);
    if (count < 0) return 'ended';
    let from = 0;
    while (from < count) {
      const at = this.#chunk.subarray(0, count).indexOf(NEWLINE, from);
      const to = at < 0 ? count : at;
      this.#partBytes += to - from;
      if (this.#partBytes > this.#maxBytes) return 'too-long';
      this.#parts.push(Buffer.from(this.#chunk.subarray(from, to)));
      if (at < 0) break;
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts.length = 0;
      this.#partBytes = 0;
      if (!onLine(line)) break;
      from = at + 1;
    }
    return 'more';
  }
}
