/**
 * One icon stream under fuzzing: records, mostly legal, spoiled in places and cut
 * anywhere, against a reading of the same bytes by a few regular expressions. What
 * reaches the desktop is what those say, in bounds, and nothing after the end.
 */

import { silentLog } from '../../../src/base/log.ts';
import { ICON_STREAM_LIMITS } from '../../../src/protocol/limits.ts';
import { IconStreamSession } from '../../../src/session/icon-stream-session.ts';
import { ICON_SIDE } from '../../../src/trust/icon.ts';
import { IconScaler } from '../../../src/trust/icon-scale.ts';
import { promised } from './checking-desktop.ts';
import type { Random } from './random.ts';

const SIDE = ICON_STREAM_LIMITS.side.value;
/** Of one record; one that announces more is left unfinished. */
const MOST_PIXEL_BYTES = 1 << 17;
const TURNING_SIDES = [0, 1, 127, 128, 129, 255, 256, 257, 2047, 2048, 2049, 9999];
const BAD_BYTES = [0x0a, 0x20, 0x2d, 0x2b, 0x00, 0x0d, 0xff, 0x65, 0x2e, 0x39];

interface Told {
  readonly window: number;
  readonly width: number;
  readonly height: number;
}

export class IconFuzz implements Disposable {
  messages = 0;
  said: Uint8Array[] = [];
  /** Records that became icons, streams that a rule ended, and those that held. */
  readonly seen = { icons: 0, scaled: 0, ends: 0, whole: 0 };
  readonly #random: Random;
  #told: Told[] = [];
  #over = false;
  #session!: IconStreamSession;

  constructor(random: Random) {
    this.#random = random;
    this.connect();
  }

  [Symbol.dispose](): void {}

  connect(): void {
    this.said = [];
    this.#told = [];
    this.#over = false;
    this.#session = new IconStreamSession({
      log: silentLog,
      builder: (width, height) => new IconScaler(width, height, ICON_SIDE),
      port: {
        icon: (window, { width, height, pixels }) => {
          promised(!this.#over, 'no icon after the end of its stream');
          promised(width >= 1 && width <= ICON_SIDE, 'the width of an icon');
          promised(height >= 1 && height <= ICON_SIDE, 'the height of an icon');
          promised(pixels.length === 4 * width * height, 'all pixels of an icon');
          this.#told.push({ window, width, height });
        },
      },
    });
  }

  async converse(): Promise<void> {
    this.connect();
    const random = this.#random;
    const spoiled = 1 << (2 + random.below(8));
    const records: Uint8Array[] = [];
    for (let i = 1 + random.below(30); i > 0; i--) records.push(this.#record(spoiled));
    this.messages += records.length;
    await this.say(Buffer.concat(records));
    this.#compare();
    // Streams have no state between them; a loop that never ends would stop the timers.
    if (random.oneIn(64)) await new Promise((done) => setImmediate(done));
  }

  async say(bytes: Uint8Array): Promise<void> {
    const random = this.#random;
    const small = random.oneIn(3);
    for (let at = 0; at < bytes.length && !this.#over; ) {
      const end = Math.min(bytes.length, at + 1 + random.below(small ? 9 : 5000));
      const piece = Uint8Array.from(bytes.subarray(at, end));
      this.said.push(bytes.subarray(at, end));
      this.#over = !this.#session.bytes(piece);
      // The buffer of a real stream is filled anew.
      piece.fill(0xee);
      at = end;
    }
  }

  #record(spoiled: number): Uint8Array {
    const random = this.#random;
    const side = () => (random.oneIn(40) ? random.pick(TURNING_SIDES) : 1 + random.below(24));
    const id = random.oneIn(30) ? `${random.word()}${random.word()}` : `${random.field()}`;
    const [width, height] = [side(), side()];
    const zeros = random.oneIn(20) ? '0'.repeat(random.below(3)) : '';
    const head = Buffer.from(`${zeros}${id}\n${width} ${zeros}${height}\n`, 'latin1');
    if (random.oneIn(spoiled)) head[random.below(head.length)] = random.pick(BAD_BYTES);
    const pixels = new Uint8Array(Math.min(4 * width * height, MOST_PIXEL_BYTES));
    for (let at = 0; at < pixels.length; at += 1 + random.below(16)) pixels[at] = random.word();
    const cut = random.oneIn(spoiled * 2) ? random.below(pixels.length + 1) : pixels.length;
    return Buffer.concat([head, pixels.subarray(0, cut)]);
  }

  /** The same bytes, all at once. */
  #compare(): void {
    const bytes = Buffer.concat(this.said);
    const { icons, ended } = readWhole(bytes);
    promised(ended === this.#over, `a stream that ${ended ? 'is over' : 'goes on'}`);
    promised(icons.length === this.#told.length, `${icons.length} icons`);
    for (const [i, icon] of icons.entries()) {
      const told = this.#told[i] as Told;
      const factor = Math.ceil(Math.max(icon.width, icon.height) / ICON_SIDE);
      promised(told.window === icon.window, 'the window of an icon');
      promised(told.width === Math.ceil(icon.width / factor), 'the width that was sent');
      promised(told.height === Math.ceil(icon.height / factor), 'the height that was sent');
      if (factor > 1) this.seen.scaled++;
    }
    this.seen.icons += icons.length;
    if (ended) this.seen.ends++;
    else this.seen.whole++;
  }
}

/** The protocol as its document says it (gui-agent 6.1), without any of our code. */
function readWhole(bytes: Buffer): { icons: Told[]; ended: boolean } {
  const icons: Told[] = [];
  for (let at = 0; at < bytes.length; ) {
    const text = bytes.toString('latin1', at, at + 64);
    const id = /^([^\n]{0,31})\n/.exec(text);
    if (!id) return { icons, ended: text.length >= 32 };
    if (!/^[0-9]+$/.test(id[1] ?? '')) return { icons, ended: true };
    const rest = text.slice(id[0].length);
    const size = /^([^\n]{0,9})\n/.exec(rest);
    if (!size) return { icons, ended: rest.length >= 10 };
    const sides = /^([0-9]+) ([0-9]+)$/.exec(size[1] ?? '');
    if (!sides) return { icons, ended: true };
    const [width, height] = [Number(sides[1]), Number(sides[2])];
    if (Math.min(width, height) < 1 || Math.max(width, height) > SIDE) {
      return { icons, ended: true };
    }
    at += id[0].length + size[0].length + 4 * width * height;
    const window = Number(id[1]);
    if (at <= bytes.length && window <= 0xffff_ffff) icons.push({ window, width, height });
  }
  return { icons, ended: false };
}
