/**
 * A daemon for tests of the agent: speaks the real wire over the real socket,
 * keeps everything that was said in order, and answers as a daemon must unless
 * told not to.
 */
import type { VmWindowId } from '../../../src/base/ids.ts';
import { native, type Stream } from '../../../src/native/addon.ts';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { encodeToVm } from '../../../src/protocol/encode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { type FromVm, fromVm } from '../../../src/protocol/from-vm.ts';
import {
  DAEMON_START,
  type DaemonHandshake,
  screenConfig,
  stepDaemonHandshake,
} from '../../../src/protocol/handshake.ts';
import type { ToVm } from '../../../src/protocol/to-vm.ts';
import type { Version } from '../../../src/protocol/version.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Said } from './stream-checker.ts';

export interface DaemonOptions {
  readonly width?: number;
  readonly height?: number;
  /** Answer dumps and DESTROYs (default), or leave that to the test. */
  readonly acknowledge?: boolean;
}

export type Message<N extends FromVm['name']> = Extract<FromVm, { readonly name: N }>;

export class ScriptedDaemon implements Disposable {
  /** Everything, both ways, in the order in which this side saw it. */
  readonly log: Said[] = [];
  readonly messages: FromVm[] = [];
  /** Bytes of the agent as they came. */
  readonly bytes: Uint8Array[] = [];
  /** Called for each message as it is read. */
  onMessage: ((message: FromVm) => void) | undefined;
  readonly #stream: Stream;
  readonly #acknowledge: boolean;
  readonly #screen: { width: number; height: number };
  readonly #buffer = new Uint8Array(256 * 1024);
  #handshake: DaemonHandshake = DAEMON_START;
  #reader: FrameReader | undefined;
  #version: Version | undefined;
  #ended = false;

  constructor(path: string, options: DaemonOptions = {}) {
    this.#stream = native().connectUnix(path);
    this.#acknowledge = options.acknowledge ?? true;
    this.#screen = { width: options.width ?? 1024, height: options.height ?? 768 };
    this.#stream.start({ readable: () => this.#read() });
  }

  get version(): Version | undefined {
    return this.#version;
  }

  /** The agent closed the connection. */
  get ended(): boolean {
    return this.#ended;
  }

  send(message: ToVm): void {
    if (!this.#version) throw new Error('the handshake is not over');
    this.log.push({ by: 'daemon', message });
    this.#stream.write(encodeToVm(message, this.#version));
  }

  /** Bytes as they are, instead of a message. */
  sendRaw(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  all<N extends FromVm['name']>(name: N, window?: VmWindowId): Message<N>[] {
    return this.messages.filter(
      (one): one is Message<N> =>
        one.name === name && (window === undefined || one.window === window),
    );
  }

  /** Waits for the first (or any further) message that fits. */
  expect<N extends FromVm['name']>(
    name: N,
    fits: (message: Message<N>) => boolean = () => true,
    what: string = name,
  ): Promise<Message<N>> {
    return waitUntil(() => this.all(name).find(fits), `the agent says ${what}`);
  }

  /** The window whose title is `title`, once it is mapped. */
  async window(title: string): Promise<VmWindowId> {
    const { window } = await this.expect('title', (one) => textOf(one.text) === title, title);
    await this.expect('map', (one) => one.window === window, `MAP of ${title}`);
    return window;
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  #read(): void {
    const length = this.#stream.read(this.#buffer);
    if (length < 0) {
      this.#ended = true;
      return;
    }
    if (length === 0) return;
    let bytes: Uint8Array = this.#buffer.slice(0, length);
    this.bytes.push(bytes);
    if (this.#handshake.phase === 'version') {
      const screen = screenConfig(this.#screen.width, this.#screen.height, 24);
      const step = stepDaemonHandshake(this.#handshake, bytes, screen);
      this.#handshake = step.state;
      this.#stream.write(step.send);
      if (step.state.phase !== 'done') return;
      this.#version = step.state.version;
      this.#reader = new FrameReader(fromVm, { version: step.state.version });
      bytes = step.rest;
    }
    this.#reader?.push(bytes);
    for (let frame = this.#reader?.next(); frame; frame = this.#reader?.next()) {
      const message = decodeFromVm(frame);
      const body = Uint8Array.from(frame.body);
      const kept = message.name === 'clipboardData' ? { ...message, data: body } : message;
      this.messages.push(kept);
      this.log.push({ by: 'agent', type: frame.type, window: frame.window, body, message: kept });
      this.onMessage?.(kept);
      if (!this.#acknowledge) continue;
      if (message.name === 'dump') this.send({ name: 'dumpAck', window: message.window });
      if (message.name === 'destroy') this.send({ name: 'destroyAck', window: message.window });
    }
  }
}

export function textOf(text: { parse<R>(fn: (value: Uint8Array) => R): R }): string {
  return text.parse((bytes) => Buffer.from(bytes).toString('utf8'));
}
