/**
 * The GUI conversation with one daemon at a time: handshake, messages in and
 * out. Messages of one turn leave in one write; damage is written in place.
 * Reading goes on whatever waits to be written. The daemon is trusted with what
 * it asks for, not with its bytes: what cannot be a message ends the
 * conversation, and the next daemon is waited for.
 */
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Channel, Socket } from '../channel/channel.ts';
import { GATE } from '../native/shortcut.ts';
import { decodeToVm } from '../protocol/decode-to-vm.ts';
import { encodeFromVm } from '../protocol/encode.ts';
import { FrameReader } from '../protocol/framing.ts';
import type { FromVmDraft } from '../protocol/from-vm-draft.ts';
import {
  type AgentHandshake,
  startAgentHandshake,
  stepAgentHandshake,
  type Xconf,
} from '../protocol/handshake.ts';
import { type ToVmRead, toVm } from '../protocol/to-vm.ts';
import type { Version } from '../protocol/version.ts';
import { WRITER_BYTES, writeShmImage } from '../protocol/writers.ts';

export interface GuiLinkEvents {
  /** The handshake is over: this daemon knows no window yet. */
  ready(screen: Xconf): void;
  /** Views in it are valid only during the call. */
  message(message: ToVmRead): void;
  /** Damage may flow again. */
  drained(): void;
  /** The daemon is gone; everything that it was told is forgotten. */
  closed(): void;
}

const READ_BYTES = 64 * 1024;
const OUT_BYTES = 64 * 1024;
/** Damage waits (and merges) while the daemon has this much left to read. */
const CONGESTED_BYTES = 128 * 1024;

export class GuiLink {
  readonly #channel: Channel;
  readonly #own: Version;
  readonly #log: Log;
  readonly #in = new Uint8Array(READ_BYTES);
  readonly #out = new Uint8Array(OUT_BYTES);
  readonly #flushNow = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  /** Of what is written to the daemon (native/shortcut.ts). */
  readonly gate = new Int32Array(GATE.words);
  #scheduled = false;
  #events: GuiLinkEvents | undefined;
  #handshake: AgentHandshake | undefined;
  #reader: FrameReader | undefined;
  #version: Version | undefined;

  /** `own`: the newest version that is offered. */
  constructor(channel: Channel, own: Version, log: Log) {
    this.#channel = channel;
    this.#own = own;
    this.#log = log;
  }

  /** The version of this conversation, while there is one. */
  get version(): Version | undefined {
    return this.#version;
  }

  /** The socket of this conversation, for shortcuts; undefined while there is none. */
  get socket(): Socket | undefined {
    return this.#version ? this.#channel.socket : undefined;
  }

  get #used(): number {
    return this.gate[GATE.used] as number;
  }

  set #used(bytes: number) {
    this.gate[GATE.used] = bytes;
  }

  get congested(): boolean {
    return this.#channel.queuedBytes + this.#used > CONGESTED_BYTES;
  }

  start(events: GuiLinkEvents): void {
    this.#events = events;
    this.#channel.start({
      opened: () => this.#opened(),
      readable: () => this.#readable(),
      drained: () => {
        if (this.#version) events.drained();
      },
      closed: (reason) => this.#closed(reason),
    });
  }

  /** Queues a message; nothing happens while there is no daemon or its version lacks it. */
  send(message: FromVmDraft): void {
    if (!this.#version) return;
    const bytes = encodeFromVm(message, this.#version);
    if (bytes.length > OUT_BYTES) {
      this.flush();
      this.#write(bytes);
      return;
    }
    if (this.#used + bytes.length > OUT_BYTES) this.flush();
    this.#out.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#schedule();
  }

  /** SHMIMAGE without making an object. The caller owes a `flush` at the end of its turn. */
  shmImage(window: number, x: number, y: number, width: number, height: number): void {
    if (!this.#version) return;
    if (this.#used + WRITER_BYTES > OUT_BYTES) this.flush();
    this.#used = writeShmImage(this.#out, this.#used, window, x, y, width, height);
  }

  /** Hands what this turn has queued to the channel; happens by itself at the turn's end. */
  flush(): void {
    if (this.#used === 0) return;
    const bytes = this.#out.subarray(0, this.#used);
    this.#used = 0;
    this.#write(bytes);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushNow);
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#channel.write(bytes);
    } catch (error) {
      // A daemon that never reads: the next one gets everything again.
      this.#hangUp(messageOf(error));
    }
  }

  #opened(): void {
    const { state, send } = startAgentHandshake(this.#own);
    this.#handshake = state;
    this.#write(send);
  }

  #readable(): void {
    const length = this.#channel.read(this.#in);
    if (length <= 0) return;
    try {
      this.#take(this.#in.subarray(0, length));
    } catch (error) {
      this.#hangUp(messageOf(error));
    }
  }

  #take(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#handshake?.phase === 'reply') {
      const { state, rest } = stepAgentHandshake(this.#handshake, chunk);
      this.#handshake = state;
      if (state.phase !== 'done') return;
      this.#version = state.version;
      this.#reader = new FrameReader(toVm, { version: state.version });
      this.#log.info({ version: `1.${state.version.minor}` }, 'a daemon is connected');
      this.#events?.ready(state.screen);
      bytes = rest;
    }
    const reader = this.#reader;
    if (!reader) return;
    reader.push(bytes);
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const message = decodeToVm(frame);
      this.#events?.message(message);
      if (message.name === 'clipboardData') {
        // Its text is kept where it can be wiped, and nowhere else.
        reader.wipe();
        this.#in.fill(0);
      }
      if (this.#reader !== reader) return;
    }
  }

  #hangUp(reason: string): void {
    this.#log.warn({ reason }, 'the conversation with the daemon is ended');
    this.#channel.hangUp(true);
  }

  #closed(reason: string): void {
    const wasOpen = this.#version !== undefined;
    this.#handshake = undefined;
    this.#reader = undefined;
    this.#version = undefined;
    this.#used = 0;
    if (!wasOpen) return;
    this.#log.info({ reason }, 'the daemon is gone');
    this.#events?.closed();
  }
}
