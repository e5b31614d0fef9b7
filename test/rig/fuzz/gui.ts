/**
 * One GUI session under fuzzing: a peer that says what MessageMaker makes, a
 * desktop that checks what it is told and acts by itself, and a look at every byte
 * that the session says to the peer.
 */
import type { VmWindowId } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { decodeToVm } from '../../../src/protocol/decode-to-vm.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { parseVersionWord, type Version } from '../../../src/protocol/version.ts';
import { GuiSession } from '../../../src/session/gui-session.ts';
import { ManualClock } from '../manual-clock.ts';
import { unlimited } from '../unlimited.ts';
import { CheckingDesktop, promised } from './checking-desktop.ts';
import { MemoryChannel } from './memory-channel.ts';
import { MessageMaker } from './messages.ts';
import type { Random } from './random.ts';

const POOL_PAGES = 64;
const MAX_WINDOWS = 8;

export class GuiFuzz implements Disposable {
  readonly desktop = new CheckingDesktop(POOL_PAGES, MAX_WINDOWS);
  /** Messages that were handled: those of chunks that were read to their end. */
  messages = 0;
  /** What the peer has said in this conversation, in the pieces in which it was said. */
  said: Uint8Array[] = [];
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #maker: MessageMaker;
  readonly #channel: MemoryChannel;
  readonly #session: GuiSession;
  /** Reads what the session says; undefined until the handshake was answered. */
  #ears: FrameReader | undefined;
  #version: Version = { major: 1, minor: 8 };

  constructor(random: Random, recorded: readonly Uint8Array[]) {
    this.#random = random;
    this.#maker = new MessageMaker(fromVm, random, recorded);
    this.#channel = new MemoryChannel((bytes) => this.#heard(bytes));
    this.#session = new GuiSession({
      channel: this.#channel,
      clock: this.#clock,
      log: silentLog,
      poolPages: POOL_PAGES,
      limits: unlimited({ maxWindows: MAX_WINDOWS }),
      screen: () => ({ width: 1920, height: 1080, depth: 24 }),
    });
    this.#session.start(this.desktop);
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
  }

  /** One conversation from its beginning to its end, whoever ends it. */
  async converse(): Promise<void> {
    const random = this.#random;
    this.#begin();
    const spoiling = { body: 1 << (4 + random.below(8)), header: 1 << (6 + random.below(8)) };
    const chunks = 1 + random.below(80);
    for (let i = 0; i < chunks && this.#channel.isOpen; i++) {
      const count = 1 + random.below(1 << random.below(8));
      const bytes = this.#maker.make(count, spoiling);
      await this.say(bytes);
      if (this.#channel.isOpen) this.messages += count;
      this.act();
    }
    this.#channel.leave();
    promised(!this.desktop.ready && this.desktop.windows.size === 0, 'all windows go at the end');
  }

  /** Connects and says a version; any word now and then. */
  #begin(): void {
    const random = this.#random;
    this.connect();
    const minor = random.oneIn(3) ? random.below(10) : 8;
    const word = random.oneIn(200) ? random.word() : 0x10000 | minor;
    const bytes = new Uint8Array(Uint32Array.of(word).buffer);
    this.#version = { major: 1, minor: Math.min(8, parseVersionWord(word).minor) };
    this.#hand(bytes);
  }

  connect(): void {
    this.said = [];
    this.#ears = undefined;
    this.#maker.begin();
    if (!this.#channel.connect()) {
      // The pause after a violation, or a person who begins again.
      this.#clock.advance(31_000);
      this.#session.reconnect();
      promised(this.#channel.connect(), 'a session can begin again');
    }
  }

  /** In pieces, and as many turns as its budget makes of it. */
  async say(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length && this.#channel.isOpen) {
      const whole = !this.#random.oneIn(4);
      const end = whole ? bytes.length : at + 1 + this.#random.below(bytes.length - at);
      this.#hand(bytes.slice(at, end));
      while (!this.#channel.turn()) await new Promise((done) => setImmediate(done));
      at = end;
    }
  }

  #hand(bytes: Uint8Array): void {
    this.said.push(bytes);
    this.#channel.feed(bytes);
  }

  /** What a person and a window manager do meanwhile. */
  act(): void {
    const random = this.#random;
    const { qube } = this.#session;
    const known = [...this.desktop.windows.keys()];
    for (let i = random.below(6); i > 0; i--) {
      const id = (random.oneIn(8) ? random.below(12) : (random.pick(known) ?? 0)) as VmWindowId;
      const x = random.below(2000) - 100;
      const y = random.below(2000) - 100;
      switch (random.below(11)) {
        case 0:
          qube.key(id, random.oneIn(2), x, y, random.below(256), 8 + random.below(248));
          break;
        case 1:
          qube.button(id, random.oneIn(2), x, y, 0, 1 + random.below(5));
          break;
        case 2:
          qube.motion(id, x, y, random.below(256));
          break;
        case 3:
          qube.focus(id, random.oneIn(2), random.below(8));
          break;
        case 4:
        case 5:
          qube.placed(id, { x, y, width: 1 + random.below(900), height: 1 + random.below(900) });
          break;
        case 6:
          qube.flags(id, random.below(8));
          break;
        case 7:
          qube.close(id);
          break;
        case 8:
          qube.clipboardRequest(id);
          break;
        case 9:
          qube.crossing(id, random.oneIn(2), x, y, 0, 0, 0, false);
          break;
        case 10:
          qube.mapped(id, false);
          break;
      }
    }
    if (random.oneIn(6)) this.#clock.advance(random.below(400));
    if (random.oneIn(9)) this.#channel.queuedBytes = 1000;
    if (random.oneIn(5)) this.#channel.drain();
  }

  /** What the session says: whole legal messages, about windows that the peer knows. */
  #heard(bytes: Uint8Array): void {
    if (!this.#ears) {
      // The answer of the handshake.
      this.#ears = new FrameReader(toVm, { version: this.#version });
      return;
    }
    this.#ears.push(bytes);
    for (let frame = this.#ears.next(); frame; frame = this.#ears.next()) {
      const message = decodeToVm(frame);
      promised(message.name !== 'ignored', 'nothing is said that makes no sense');
      if (message.name === 'keymap' || message.name === 'clipboardData') continue;
      promised(this.desktop.created.has(frame.window), `${message.name} of a window that is known`);
      const last = message.name === 'destroyAck' && !this.desktop.windows.has(frame.window);
      // From here on the number is free again.
      if (last) this.desktop.created.delete(frame.window);
    }
    promised(this.#ears.pending === 0 && this.#ears.skipped === 0, 'whole legal messages');
  }
}
