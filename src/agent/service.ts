/**
 * The qube's end of the service channel: answers each request of dom0 once,
 * and says when programs can be started and when they ended. It can ask dom0
 * for nothing.
 */
import { messageOf } from '../base/errors.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Channel } from '../channel/channel.ts';
import { FrameReader } from '../protocol/framing.ts';
import { type FromQubeDraft, STATUS, type ToQube, toQube } from '../protocol/service.ts';
import { encodeFromQube } from '../protocol/service-codec.ts';
import { decodeToQube } from '../protocol/service-decode.ts';
import {
  type ServiceHandshake,
  startServiceHandshake,
  stepServiceHandshake,
} from '../protocol/service-handshake.ts';
import { NEWEST } from '../protocol/version.ts';
import type { ChosenIcon } from './icon-choice.ts';
import type { IconSent } from './icon-feed.ts';
import type { ProgramEnd, Started } from './programs.ts';

const READ_BYTES = 64 * 1024;
const NONCE_BYTES = 8;
/** While more than this waits for dom0, icons wait too: answers come first. */
const ICON_QUEUE_BYTES = 512 * 1024;

/** Who carries requests out; none of them rejects. */
export interface ServiceActions {
  run(argv: readonly string[], ended: (end: ProgramEnd) => void): Promise<Started>;
  setScreen(screen: Extract<ToQube, { name: 'setScreen' }>): Promise<Started>;
  setKeymap(layout: Extract<ToQube, { name: 'setKeymap' }>): Promise<Started>;
  /** Does the program of this window answer? Resolves with the status. */
  pingWindow(window: VmWindowId): Promise<number>;
  /** A conversation has begun. */
  connected(): void;
}

export class Service {
  readonly #channel: Channel;
  readonly #actions: ServiceActions;
  readonly #version: string;
  readonly #log: Log;
  readonly #in = new Uint8Array(READ_BYTES);
  #handshake: ServiceHandshake | undefined;
  #reader: FrameReader | undefined;
  /** One conversation's answers are not given to the next. */
  #conversation = 0;
  #ready = false;
  #fresh = true;
  /** A program was asked for before `ready` was said: that takes nothing from the first `ready`. */
  #early = false;

  /** `version`: name and version of the agent, for dom0's eyes. */
  constructor(channel: Channel, actions: ServiceActions, version: string, log: Log) {
    this.#channel = channel;
    this.#actions = actions;
    this.#version = version;
    this.#log = log;
  }

  start(): void {
    this.#channel.start({
      opened: () => {
        const { state, send } = startServiceHandshake();
        this.#conversation++;
        this.#handshake = state;
        this.#write(send);
      },
      readable: () => this.#readable(),
      closed: () => {
        this.#conversation++;
        this.#handshake = undefined;
        this.#reader = undefined;
      },
    });
  }

  /** The X server is up. */
  nowReady(): void {
    this.#ready = true;
    this.#sayReady();
  }

  /** The icon of a window, 1 to 256 pixels a side. */
  icon(window: VmWindowId, icon: ChosenIcon): IconSent {
    if (!this.#reader) return 'nobody';
    if (this.#channel.queuedBytes > ICON_QUEUE_BYTES) return 'busy';
    this.#say({ name: 'iconRecord', window, ...icon });
    return 'sent';
  }

  #sayReady(): void {
    if (!this.#ready || !this.#reader) return;
    this.#say({ name: 'ready', fresh: this.#fresh, version: this.#version });
    if (this.#early) this.#fresh = false;
  }

  #readable(): void {
    const length = this.#channel.read(this.#in);
    if (length <= 0) return;
    try {
      this.#take(this.#in.subarray(0, length));
    } catch (error) {
      this.#log.warn({ reason: messageOf(error) }, 'the service conversation is ended');
      this.#channel.hangUp(true);
    }
  }

  #take(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#handshake?.phase === 'hello') {
      const { state, rest } = stepServiceHandshake(this.#handshake, chunk);
      this.#handshake = state;
      if (state.phase !== 'done') return;
      this.#reader = new FrameReader(toQube, { version: NEWEST });
      this.#sayReady();
      this.#actions.connected();
      bytes = rest;
    }
    const reader = this.#reader;
    if (!reader) return;
    reader.push(bytes);
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const message = decodeToQube(frame);
      if (message.name === 'refused') {
        this.#answer(message.id, { status: message.status, detail: '' });
      } else this.#request(message);
      if (this.#reader !== reader) return;
    }
  }

  #request(message: ToQube): void {
    const { id } = message;
    const conversation = this.#conversation;
    const answer = (outcome: Started): void => {
      if (conversation === this.#conversation) this.#answer(id, outcome);
    };
    switch (message.name) {
      case 'ping': {
        const nonce = Buffer.alloc(NONCE_BYTES);
        nonce.writeBigUInt64LE(message.nonce);
        this.#say({ name: 'answer', id, status: STATUS.ok, detail: nonce });
        return;
      }
      case 'setScreen':
        void this.#actions.setScreen(message).then(answer);
        return;
      case 'pingWindow':
        void this.#actions
          .pingWindow(message.window)
          .then((status) => answer({ status, detail: '' }));
        return;
      case 'setKeymap':
        void this.#actions.setKeymap(message).then(answer);
        return;
      case 'runProgram': {
        if (this.#ready) this.#fresh = false;
        else this.#early = true;
        const ended = ({ kind, code }: ProgramEnd): void => {
          if (conversation !== this.#conversation) return;
          this.#say({ name: 'programExited', runId: id, kind, code });
        };
        void this.#actions.run(message.argv, ended).then(answer);
        return;
      }
    }
  }

  #answer(id: number, { status, detail }: Started): void {
    this.#say({ name: 'answer', id, status, detail });
  }

  #say(message: FromQubeDraft): void {
    this.#write(encodeFromQube(message));
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#channel.write(bytes);
    } catch (error) {
      this.#log.warn({ reason: messageOf(error) }, 'the service conversation is ended');
      this.#channel.hangUp(true);
    }
  }
}
