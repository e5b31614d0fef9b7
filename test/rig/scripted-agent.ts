/**
 * The qube's end of a GUI channel, said word by word by a test: a real unix
 * socket, the wire by src/protocol, and raw bytes for what an agent must not
 * say.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { decodeToVm } from '../../src/protocol/decode-to-vm.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import { FrameReader } from '../../src/protocol/framing.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import {
  type AgentHandshake,
  startAgentHandshake,
  stepAgentHandshake,
  type Xconf,
} from '../../src/protocol/handshake.ts';
import { type ToVmRead, toVm } from '../../src/protocol/to-vm.ts';
import { NEWEST, type Version } from '../../src/protocol/version.ts';
import { eventually } from './eventually.ts';

export interface ScriptedAgentOptions {
  /** What it announces; `null` = nothing, the test sends every byte itself. */
  readonly version?: Version | null;
}

export class ScriptedAgent {
  readonly path: string;
  readonly #server: Server;
  readonly #version: Version | null;
  #socket: Socket | undefined;
  #handshake: AgentHandshake | undefined;
  #reader: FrameReader | undefined;
  /** Connections that came so far. */
  connections = 0;
  /** Every byte that dom0 sent in this conversation. */
  received = Buffer.alloc(0);
  /** Every message of dom0 in this conversation. */
  messages: ToVmRead[] = [];
  screen: Xconf | undefined;
  /** The version of this conversation. */
  version: Version | undefined;
  /** dom0 closed the conversation. */
  ended = false;

  private constructor(path: string, server: Server, version: Version | null) {
    this.path = path;
    this.#server = server;
    this.#version = version;
    server.on('connection', (socket) => this.#connected(socket));
  }

  static async listen(path: string, options: ScriptedAgentOptions = {}): Promise<ScriptedAgent> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return new ScriptedAgent(
      path,
      server,
      options.version === undefined ? NEWEST : options.version,
    );
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** The handshake is done. */
  async ready(): Promise<void> {
    await eventually(() => this.version, 'the handshake');
  }

  send(...messages: FromVmDraft[]): void {
    const version = this.version ?? NEWEST;
    this.sendRaw(Buffer.concat(messages.map((message) => encodeFromVm(message, version))));
  }

  sendRaw(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** Resolves when everything that was sent is with the kernel. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket?.write(new Uint8Array(0), () => resolve());
    });
  }

  /** Stops reading: what dom0 sends piles up. */
  stopReading(): void {
    this.#socket?.pause();
  }

  goOnReading(): void {
    this.#socket?.resume();
  }

  /** The messages of this name so far. */
  heard<N extends ToVmRead['name']>(name: N): Extract<ToVmRead, { name: N }>[] {
    return this.messages.filter(
      (message): message is Extract<ToVmRead, { name: N }> => message.name === name,
    );
  }

  /** Waits for `count` messages of this name. */
  async hear<N extends ToVmRead['name']>(
    name: N,
    count = 1,
  ): Promise<Extract<ToVmRead, { name: N }>[]> {
    return eventually(
      () => {
        const heard = this.heard(name);
        return heard.length >= count ? heard : undefined;
      },
      `${count} ${name}, have ${this.messages.map((message) => message.name).join(' ')}`,
    );
  }

  /** Ends the conversation after what was sent (EOF). */
  hangUp(): void {
    this.#socket?.end();
  }

  /** Resolves when dom0 has closed the conversation. */
  async gone(): Promise<void> {
    await eventually(() => (this.ended ? true : undefined), 'the end of the conversation');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connected(socket: Socket): void {
    this.connections++;
    this.#socket = socket;
    this.#reader = undefined;
    this.received = Buffer.alloc(0);
    this.messages = [];
    this.version = undefined;
    this.screen = undefined;
    this.ended = false;
    socket.on('data', (bytes) => this.#data(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.version = undefined;
      this.ended = true;
    });
    if (this.#version === null) return;
    const { state, send } = startAgentHandshake(this.#version);
    this.#handshake = state;
    socket.write(send);
  }

  #data(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    if (this.#handshake === undefined) return;
    let rest: Uint8Array = bytes;
    if (!this.#reader) {
      const step = stepAgentHandshake(this.#handshake, bytes);
      this.#handshake = step.state;
      if (step.state.phase !== 'done') return;
      this.version = step.state.version;
      this.screen = step.state.screen;
      this.#reader = new FrameReader(toVm, { version: step.state.version });
      rest = step.rest;
    }
    this.#reader.push(rest);
    for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
      const message = decodeToVm(frame);
      this.messages.push('data' in message ? { ...message, data: message.data.slice() } : message);
    }
  }
}
