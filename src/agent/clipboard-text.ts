/**
 * Text of dom0's clipboard in the forms that programs of the qube ask for.
 * Bytes that could do more than be text in a terminal are not served as text:
 * invalid UTF-8, and control characters other than tab and line ends. The bytes
 * stay bytes: no string is made of them, and `wipe` overwrites them.
 */
import { isUtf8 } from 'node:buffer';

const TAB = 9;
const LF = 10;
const CR = 13;
const DEL = 0x7f;
const QUESTION_MARK = 0x3f;
const NOTHING = Buffer.alloc(0);

export class OwnText {
  /** As it came. */
  readonly raw: Buffer;
  /** Up to the first NUL; empty when it is not clean text. */
  readonly utf8: Buffer;
  /** Latin-1, `?` for what Latin-1 lacks; the bytes themselves when they are no UTF-8. */
  readonly latin1: Buffer;

  /** Copies `data`. */
  constructor(data: Uint8Array) {
    // Not from the pool that small buffers share.
    this.raw = Buffer.alloc(data.length);
    this.raw.set(data);
    const end = this.raw.indexOf(0);
    const bytes = end < 0 ? this.raw : this.raw.subarray(0, end);
    const isText = isUtf8(bytes);
    this.utf8 = isText && isClean(bytes) ? bytes : NOTHING;
    this.latin1 = isText ? toLatin1(bytes) : bytes;
  }

  /** Overwrites the bytes with zeros; what was served before keeps its length and is zeros too. */
  wipe(): void {
    this.raw.fill(0);
    this.latin1.fill(0);
  }
}

/** `utf8` is valid. */
function toLatin1(utf8: Buffer): Buffer {
  const out = Buffer.alloc(utf8.length);
  let length = 0;
  for (let at = 0; at < utf8.length; length++) {
    const first = utf8[at] as number;
    const bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    // C2 and C3 begin what Latin-1 has beyond ASCII.
    if (bytes === 1) out[length] = first;
    else if (first <= 0xc3) out[length] = ((first & 3) << 6) | ((utf8[at + 1] as number) & 0x3f);
    else out[length] = QUESTION_MARK;
    at += bytes;
  }
  return out.subarray(0, length);
}

/** No C0 but tab, LF and CR before LF, no DEL, no C1 (C2 80 to C2 9F: a terminal obeys them too). */
function isClean(bytes: Uint8Array): boolean {
  return bytes.every((byte, at) => {
    if (byte === CR) return bytes[at + 1] === LF;
    if (byte === 0xc2) return (bytes[at + 1] as number) >= 0xa0;
    return (byte >= 0x20 && byte !== DEL) || byte === TAB || byte === LF;
  });
}
