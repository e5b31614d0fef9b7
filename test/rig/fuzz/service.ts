/**
 * One service session under fuzzing, while dom0 asks its own questions: each gets
 * one answer or a refusal, and the qube's icons are what they say they are.
 */
import { UserError } from '../../../src/base/errors.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { readU32 } from '../../../src/protocol/bytes.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { SERVICE_LIMITS } from '../../../src/protocol/limits.ts';
import { fromQube, STATUS, toQube } from '../../../src/protocol/service.ts';
import { encodeFromQube } from '../../../src/protocol/service-codec.ts';
import { startServiceHandshake } from '../../../src/protocol/service-handshake.ts';
import { NEWEST } from '../../../src/protocol/version.ts';
import { ServiceSession } from '../../../src/session/service-session.ts';
import { ManualClock } from '../manual-clock.ts';
import { unlimited } from '../unlimited.ts';
import { promised } from './checking-desktop.ts';
import { MemoryChannel } from './memory-channel.ts';
import { MessageMaker } from './messages.ts';
import type { Random } from './random.ts';

const MAX_OPEN = 20;

export class ServiceFuzz implements Disposable {
  messages = 0;
  said: Uint8Array[] = [];
  /** What reached dom0: icons, answers, ends. */
  readonly seen = { icons: 0, answers: 0, refusals: 0, ends: 0, ready: 0 };
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #maker: MessageMaker;
  readonly #channel: MemoryChannel;
  readonly #session: ServiceSession;
  #ears: FrameReader | undefined;
  #connected = false;
  #open = 0;
  /** Requests that were not answered. */
  readonly #ids: number[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#maker = new MessageMaker(fromQube, random, []);
    this.#channel = new MemoryChannel((bytes) => this.#heard(bytes));
    this.#session = new ServiceSession({
      channel: this.#channel,
      clock: this.#clock,
      log: silentLog,
      limits: unlimited(),
      events: {
        connected: () => {
          promised(!this.#connected, 'one connection at a time');
          this.#connected = true;
        },
        ready: () => {
          promised(this.#connected, 'ready after the handshake');
          this.seen.ready++;
        },
        ended: () => {
          this.#connected = false;
          this.seen.ends++;
        },
      },
      icons: {
        icon: (_window, { width, height, pixels }) => {
          const side = SERVICE_LIMITS.iconSide.value;
          promised(width >= 1 && width <= side, 'the width of an icon');
          promised(height >= 1 && height <= side, 'the height of an icon');
          promised(pixels.length === 4 * width * height, 'all pixels of an icon');
          this.seen.icons++;
        },
      },
    });
    this.#session.start();
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
  }

  async converse(): Promise<void> {
    const random = this.#random;
    this.connect();
    const hello = startServiceHandshake().send.slice();
    if (random.oneIn(50)) hello[random.below(hello.length)] = random.below(256);
    await this.say(hello);
    const spoiling = { body: 1 << (3 + random.below(8)), header: 1 << (6 + random.below(8)) };
    for (let i = random.below(40); i > 0 && this.#channel.isOpen; i--) {
      const count = 1 + random.below(1 << random.below(7));
      await this.say(this.#maker.make(count, spoiling));
      if (this.#channel.isOpen) this.messages += count;
      this.#act();
      await this.#answer();
    }
    this.#channel.leave();
    await new Promise((done) => setImmediate(done));
    promised(!this.#session.isConnected, 'the connection is over');
  }

  connect(): void {
    this.said = [];
    this.#ears = undefined;
    this.#ids.length = 0;
    this.#maker.begin();
    if (!this.#channel.connect()) {
      this.#clock.advance(31_000);
      this.#session.reconnect();
      promised(this.#channel.connect(), 'a connection can be made again');
    }
  }

  async say(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length && this.#channel.isOpen) {
      const end = this.#random.oneIn(4)
        ? at + 1 + this.#random.below(bytes.length - at)
        : bytes.length;
      const piece = bytes.slice(at, end);
      this.said.push(piece);
      this.#channel.feed(piece);
      at = end;
    }
  }

  /** As an honest qube does, mostly. */
  async #answer(): Promise<void> {
    const id = this.#ids.pop();
    if (id === undefined || this.#random.oneIn(4)) return;
    const detail = new Uint8Array(8);
    await this.say(encodeFromQube({ name: 'answer', id, status: STATUS.ok, detail }));
    if (this.#random.oneIn(2)) {
      await this.say(encodeFromQube({ name: 'programExited', runId: id, kind: 'exited', code: 0 }));
    }
  }

  #act(): void {
    const random = this.#random;
    if (random.oneIn(3) && this.#open < MAX_OPEN) {
      const ask = random.oneIn(3)
        ? this.#askWindow()
        : random.oneIn(2)
          ? this.#session.ping()
          : this.#session.runProgram(['program', 'argument']).then(({ exited }) => exited);
      this.#open++;
      void ask.then(
        () => {
          this.#open--;
          this.seen.answers++;
        },
        (error: unknown) => {
          this.#open--;
          if (!(error instanceof UserError)) throw error;
          this.seen.refusals++;
        },
      );
    }
    if (random.oneIn(5)) this.#clock.advance(random.below(8000));
  }

  async #askWindow(): Promise<void> {
    const life = await this.#session.pingWindow(this.#random.below(4) as VmWindowId);
    promised(
      life === undefined || ['answered', 'silent', 'unknown'].includes(life),
      'what is said of a window',
    );
  }

  #heard(bytes: Uint8Array): void {
    if (!this.#ears) {
      this.#ears = new FrameReader(toQube, { version: NEWEST });
      return;
    }
    this.#ears.push(bytes);
    for (let frame = this.#ears.next(); frame; frame = this.#ears.next()) {
      promised(frame.row !== undefined, 'requests that exist');
      this.#ids.push(readU32(frame.buffer, frame.offset));
    }
    promised(this.#ears.pending === 0, 'whole requests');
  }
}
