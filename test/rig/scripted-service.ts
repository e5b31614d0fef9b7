/**
 * The qube's end of a service channel, said word by word by a test.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { FrameReader } from '../../src/protocol/framing.ts';
import { type FromQubeDraft, type ToQubeRead, toQube } from '../../src/protocol/service.ts';
import { encodeFromQube } from '../../src/protocol/service-codec.ts';
import { decodeToQube } from '../../src/protocol/service-decode.ts';
import {
  type ServiceHandshake,
  startServiceHandshake,
  stepServiceHandshake,
} from '../../src/protocol/service-handshake.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { eventually } from './eventually.ts';

export class ScriptedService {
  readonly path: string;
  readonly #server: Server;
  #socket: Socket | undefined;
  #handshake: ServiceHandshake = startServiceHandshake().state;
  #reader: FrameReader | undefined;
  connections = 0;
  /** Requests of this connection. */
  requests: ToQubeRead[] = [];
  /** Says hello by itself. */
  polite = true;
  /** The minor version that it says; undefined = the newest. */
  minor: number | undefined;
  /** Called for each request as it comes. */
  onRequest: ((request: ToQubeRead) => void) | undefined;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
    server.on('connection', (socket) => this.#connected(socket));
  }

  static async listen(path: string): Promise<ScriptedService> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return new ScriptedService(path, server);
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  say(...messages: FromQubeDraft[]): void {
    this.sayRaw(Buffer.concat(messages.map(encodeFromQube)));
  }

  sayRaw(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** The `count`-th request of this connection, from 1. */
  async request(count = 1): Promise<ToQubeRead> {
    return eventually(() => this.requests[count - 1], `request ${count}`);
  }

  async connection(count = 1): Promise<void> {
    await eventually(
      () => (this.connections >= count && this.connected ? true : undefined),
      `connection ${count}`,
    );
  }

  async gone(): Promise<void> {
    await eventually(() => (this.#socket ? undefined : true), 'the end of the connection');
  }

  hangUp(): void {
    this.#socket?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connected(socket: Socket): void {
    this.connections++;
    this.#socket = socket;
    this.#reader = undefined;
    this.requests = [];
    const { state, send } = startServiceHandshake();
    this.#handshake = state;
    const hello = send.slice();
    if (this.minor !== undefined) hello[4] = this.minor;
    if (this.polite) socket.write(hello);
    socket.on('error', () => {});
    socket.on('data', (bytes) => this.#data(bytes));
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
  }

  #data(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.#reader) {
      const step = stepServiceHandshake(this.#handshake, bytes);
      this.#handshake = step.state;
      if (step.state.phase !== 'done') return;
      this.#reader = new FrameReader(toQube, { version: NEWEST });
      rest = step.rest;
    }
    this.#reader.push(rest);
    for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
      const request = decodeToQube(frame);
      this.requests.push(request);
      this.onRequest?.(request);
    }
  }
}
