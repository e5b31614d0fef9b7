/**
 * dom0's end of the service channel, for tests of the agent: asks, and keeps
 * every answer and every word of the qube.
 */
import { native, type Stream } from '../../../src/native/addon.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { type FromQube, fromQube, type ToQube } from '../../../src/protocol/service.ts';
import { encodeToQube } from '../../../src/protocol/service-codec.ts';
import { decodeFromQube } from '../../../src/protocol/service-decode.ts';
import {
  type ServiceHandshake,
  startServiceHandshake,
  stepServiceHandshake,
} from '../../../src/protocol/service-handshake.ts';
import { NEWEST } from '../../../src/protocol/version.ts';
import { waitUntil } from '../../rig/wait.ts';

type Draft = ToQube extends infer M ? (M extends ToQube ? Omit<M, 'id'> : never) : never;
type Heard<N extends FromQube['name']> = Extract<FromQube, { readonly name: N }>;

export class ScriptedAsker implements Disposable {
  readonly heard: FromQube[] = [];
  readonly #stream: Stream;
  readonly #buffer = new Uint8Array(64 * 1024);
  #handshake: ServiceHandshake;
  #reader: FrameReader | undefined;
  #nextId = 1;
  #ended = false;

  constructor(path: string) {
    this.#stream = native().connectUnix(path);
    const { state, send } = startServiceHandshake();
    this.#handshake = state;
    this.#stream.write(send);
    this.#stream.start({ readable: () => this.#read() });
  }

  get isConnected(): boolean {
    return this.#reader !== undefined;
  }

  get ended(): boolean {
    return this.#ended;
  }

  all<N extends FromQube['name']>(name: N): Heard<N>[] {
    return this.heard.filter((one): one is Heard<N> => one.name === name);
  }

  async connected(): Promise<this> {
    await waitUntil(() => this.#reader !== undefined, 'the service handshake ends');
    return this;
  }

  /** Sends a request and waits for its answer. */
  async ask(draft: Draft): Promise<Heard<'answer'>> {
    const id = this.tell(draft);
    return waitUntil(
      () => this.all('answer').find((one) => one.id === id),
      `an answer to ${draft.name}`,
    );
  }

  /** Sends a request; returns its id. */
  tell(draft: Draft): number {
    const id = this.#nextId++;
    this.#stream.write(encodeToQube({ ...draft, id } as ToQube));
    return id;
  }

  /** Starts a program; returns the id of the run. */
  async run(argv: readonly string[]): Promise<number> {
    const { id, status } = await this.ask({ name: 'runProgram', argv });
    if (status !== 0) throw new Error(`${argv[0]} did not start: status ${status}`);
    return id;
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  #read(): void {
    const length = this.#stream.read(this.#buffer);
    if (length < 0) this.#ended = true;
    if (length <= 0) return;
    let bytes: Uint8Array = this.#buffer.slice(0, length);
    if (this.#handshake.phase === 'hello') {
      const step = stepServiceHandshake(this.#handshake, bytes);
      this.#handshake = step.state;
      if (step.state.phase !== 'done') return;
      this.#reader = new FrameReader(fromQube, { version: NEWEST });
      bytes = step.rest;
    }
    this.#reader?.push(bytes);
    for (let frame = this.#reader?.next(); frame; frame = this.#reader?.next()) {
      this.heard.push(decodeFromQube(frame));
    }
  }
}
