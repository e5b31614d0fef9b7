/**
 * The icon stream of a Qubes agent (service qubes.WindowIconUpdater; gui-agent
 * 6, gui-daemon 6.1): records back to back, one way, no handshake and no end
 * mark:
 *
 *   <window id, decimal> LF      <width> <height> LF      width * height * R, G, B, A
 *
 * Pixels are handed on as they come, under any split of the bytes; the reader
 * itself never holds more than one line. Trusts nothing in the stream; the
 * first breach of a rule throws, and the stream is of no use after that.
 */
import type { VmWindowId } from '../base/ids.ts';
import { ICON_STREAM_LIMITS } from './limits.ts';
import { violation } from './rules.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const MAX_U32 = 0xffff_ffff;

/** What becomes of the records. Calls come in the order of the stream. */
export interface IconSink {
  /**
   * A record begins; both sides are 1 to ICON_STREAM_LIMITS.side. `window` is
   * undefined when the number cannot be a window's: the record names nothing.
   */
  begin(window: VmWindowId | undefined, width: number, height: number): void;
  /** The next bytes of its pixels, any number; a view that is overwritten after the call. */
  pixels(bytes: Uint8Array): void;
  /** All of its pixels have come. */
  end(): void;
}

export class IconStreamReader {
  readonly #sink: IconSink;
  readonly #line = new Uint8Array(ICON_STREAM_LIMITS.idLineBytes.value);
  #lineBytes = 0;
  #state: 'id' | 'size' | 'pixels' = 'id';
  #window: VmWindowId | undefined;
  #pixelBytes = 0;

  constructor(sink: IconSink) {
    this.#sink = sink;
  }

  /** Throws ProtocolViolation ICON_ID_LINE, ICON_SIZE_LINE, ICON_SIDE. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state !== 'pixels') {
        at = this.#takeLine(bytes, at);
        continue;
      }
      const count = Math.min(this.#pixelBytes, bytes.length - at);
      this.#sink.pixels(bytes.subarray(at, at + count));
      at += count;
      this.#pixelBytes -= count;
      if (this.#pixelBytes > 0) continue;
      this.#state = 'id';
      this.#sink.end();
    }
  }

  /** Takes bytes up to the end of the line, if it is there; returns where it stopped. */
  #takeLine(bytes: Uint8Array, from: number): number {
    const isId = this.#state === 'id';
    const { idLineBytes, sizeLineBytes } = ICON_STREAM_LIMITS;
    const limit = isId ? idLineBytes.value : sizeLineBytes.value;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === NEWLINE) {
        const line = this.#line.subarray(0, this.#lineBytes);
        this.#lineBytes = 0;
        if (isId) this.#beginId(line);
        else this.#beginPixels(line);
        return at + 1;
      }
      // Before the newline: a line without one must not be waited for.
      if (this.#lineBytes === limit - 1) {
        throw violation(isId ? 'ICON_ID_LINE' : 'ICON_SIZE_LINE', `more than ${limit} bytes`);
      }
      this.#line[this.#lineBytes++] = byte;
    }
    return bytes.length;
  }

  #beginId(line: Uint8Array): void {
    const id = number(line, 0, line.length);
    if (id === undefined) throw violation('ICON_ID_LINE', `${line.length} bytes`);
    this.#window = id <= MAX_U32 ? (id as VmWindowId) : undefined;
    this.#state = 'size';
  }

  #beginPixels(line: Uint8Array): void {
    const space = line.indexOf(SPACE);
    const width = space < 0 ? undefined : number(line, 0, space);
    const height = space < 0 ? undefined : number(line, space + 1, line.length);
    if (width === undefined || height === undefined) {
      throw violation('ICON_SIZE_LINE', `${line.length} bytes`);
    }
    const side = ICON_STREAM_LIMITS.side.value;
    if (width < 1 || height < 1 || width > side || height > side) {
      throw violation('ICON_SIDE', `${width}x${height}`);
    }
    this.#pixelBytes = width * height * 4;
    this.#state = 'pixels';
    this.#sink.begin(this.#window, width, height);
  }
}

/** The decimal number that these bytes are, or undefined: no other byte, no sign, not empty. */
function number(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (from >= to) return undefined;
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte < DIGIT_0 || byte > DIGIT_9) return undefined;
    value = value * 10 + (byte - DIGIT_0);
  }
  return value;
}
