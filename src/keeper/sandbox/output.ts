/**
 * What comes out of a sandbox on standard output and standard error. It is not
 * parsed: the keeper knows one word of it and shows the rest, escaped and
 * capped, to whoever reads its log. A qube that writes without end is read
 * slowly, so it waits and the keeper does not work for it.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';

/** More of a line is dropped. */
const MAX_LINE_BYTES = 512;
/** Read per period; then the pipe is left to fill up until the period is over. */
const MAX_PERIOD_BYTES = 64 * 1024;
const PERIOD_MS = 1000;
/** Lines passed on per period. */
const MAX_PERIOD_LINES = 50;
const NEWLINE = 0x0a;

export class QubeOutput {
  readonly #stream: Readable;
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;
  #line = Buffer.alloc(0);
  #periodBytes = 0;
  #periodLines = 0;
  #period: Disposable | undefined;
  #unlimited = false;

  /** @param onLine gets the first bytes of each line, undecoded beyond UTF-8 */
  constructor(stream: Readable, clock: Clock, onLine: (line: string) => void) {
    this.#stream = stream;
    this.#clock = clock;
    this.#onLine = onLine;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('end', () => this.#endLine());
    // A reset is an end as good as any other.
    stream.on('error', () => {});
  }

  /** The sandbox has ended: what is left in the pipe is finite and is read at once. */
  finish(): void {
    this.#unlimited = true;
    this.#period?.[Symbol.dispose]();
    this.#stream.resume();
  }

  #take(chunk: Buffer): void {
    this.#count(chunk.length);
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#append(chunk.subarray(from, at));
      this.#endLine();
      from = at + 1;
    }
    this.#append(chunk.subarray(from));
  }

  #append(part: Buffer): void {
    const room = MAX_LINE_BYTES - this.#line.length;
    if (room > 0 && part.length > 0) {
      this.#line = Buffer.concat([this.#line, part.subarray(0, room)]);
    }
  }

  #endLine(): void {
    if (this.#line.length === 0) return;
    const line = this.#line.toString('utf8');
    this.#line = Buffer.alloc(0);
    if (++this.#periodLines <= MAX_PERIOD_LINES) this.#onLine(line);
  }

  #count(bytes: number): void {
    if (this.#unlimited) return;
    this.#periodBytes += bytes;
    if (this.#periodBytes > MAX_PERIOD_BYTES) this.#stream.pause();
    this.#period ??= this.#clock.after(PERIOD_MS, () => {
      this.#period = undefined;
      this.#periodBytes = 0;
      this.#periodLines = 0;
      this.#stream.resume();
    });
  }
}
