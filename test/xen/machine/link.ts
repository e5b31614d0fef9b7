/**
 * Speaks with the test's program in dom0 (image/driver.mjs) over QEMU's serial
 * port: runs programs there, reads and writes files, and opens sockets of dom0
 * as sockets of this host.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Words {
  readonly id?: number;
  /** Milliseconds of dom0's clock. */
  readonly at?: number;
  readonly ready?: boolean;
  readonly open?: boolean;
  readonly done?: boolean;
  readonly data?: string;
  readonly out?: string;
  readonly err?: string;
  readonly pid?: number;
  readonly error?: string;
  readonly end?: { readonly status?: number | null; readonly signal?: string | null };
}
type Listener = (words: Words) => void;

/** How a program ended, and all that it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Told what it says, as it comes, and when dom0's clock says that it was said. */
  readonly said?: (text: string, atMs: number) => void;
}

/** A program that runs in dom0. */
export class Program {
  readonly ended: Promise<Ended>;
  readonly #link: Link;
  readonly #id: number;
  readonly #options: ProgramOptions;
  #out = '';
  #err = '';
  #end: (ended: Ended) => void = () => {};
  #over = false;

  constructor(link: Link, id: number, options: ProgramOptions) {
    this.#link = link;
    this.#id = id;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  get over(): boolean {
    return this.#over;
  }

  signal(signal: NodeJS.Signals): void {
    this.#link.send({ op: 'kill', of: this.#id, signal });
  }

  take({ at = 0, out = '', err = '', error, end }: Words): void {
    this.#out += out;
    this.#err += err + (error ?? '');
    if (out || err || error) this.#options.said?.(out + err + (error ?? ''), at);
    if (this.#over || (!end && error === undefined)) return;
    this.#over = true;
    const { status = null, signal = null } = end ?? {};
    this.#end({ status, signal, out: this.#out, err: this.#err });
  }
}

export class Link implements Disposable {
  /** Settles when the program in dom0 speaks for the first time. */
  readonly ready: Promise<void>;
  readonly #socket: Socket;
  readonly #listeners = new Map<number, Listener>();
  #lastId = 0;
  #isReady: () => void = () => {};

  /** @param path where QEMU listens */
  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('error', () => {});
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    createInterface({ input: this.#socket }).on('line', (line) => this.#take(line));
    this.#socket.once('close', () => {
      const words: Words = { error: 'the machine is gone', end: {} };
      for (const listener of [...this.#listeners.values()]) listener(words);
    });
  }

  #take(line: string): void {
    const words = JSON.parse(line) as Words;
    if (words.ready) this.#isReady();
    else if (words.id !== undefined) this.#listeners.get(words.id)?.(words);
  }

  send(order: object): void {
    this.#socket.write(`${JSON.stringify(order)}\n`);
  }

  start(argv: readonly string[], options: ProgramOptions = {}): Program {
    const id = ++this.#lastId;
    const program = new Program(this, id, options);
    this.#listeners.set(id, (words) => program.take(words));
    void program.ended.then(() => this.#listeners.delete(id));
    const { env = {}, cwd = '/' } = options;
    this.send({ id, op: 'spawn', argv, env, cwd });
    return program;
  }

  /** Runs a program to its end. */
  run(...argv: string[]): Promise<Ended> {
    return this.start(argv).ended;
  }

  /** The same; throws with its words when it fails. Returns what it printed. */
  async must(...argv: string[]): Promise<string> {
    const { status, out, err } = await this.run(...argv);
    if (status === 0) return out;
    throw new Error(`in dom0: ${argv.join(' ')}: ${status}: ${err || out}`);
  }

  async write(path: string, data: string | Buffer, mode = 0o644): Promise<void> {
    const text = Buffer.from(data).toString('base64');
    await this.#ask({ op: 'write', path, data: text, mode });
  }

  /** Undefined when there is no such file. */
  async read(path: string): Promise<Buffer | undefined> {
    try {
      return Buffer.from((await this.#ask({ op: 'read', path })).data ?? '', 'base64');
    } catch (error) {
      if (/ENOENT/.test(`${error}`)) return undefined;
      throw error;
    }
  }

  /** What dom0's clock shows, in milliseconds: when the answer was given, which is before it is here. */
  async now(): Promise<number> {
    return (await this.#ask({ op: 'time' })).at ?? 0;
  }

  #ask(order: object): Promise<Words> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#listeners.set(id, (words) => {
        this.#listeners.delete(id);
        if (words.error === undefined) resolve(words);
        else reject(new Error(`in dom0: ${words.error}`));
      });
      this.send({ id, ...order });
    });
  }

  /** Joins a socket of this host with one that dom0 listens on at `path`. */
  join(socket: Socket, path: string): void {
    const id = ++this.#lastId;
    this.#listeners.set(id, ({ data, end }) => {
      if (data !== undefined) socket.write(Buffer.from(data, 'base64'));
      if (!end) return;
      this.#listeners.delete(id);
      socket.end();
    });
    this.send({ id, op: 'connect', path });
    socket.on('data', (bytes) => {
      this.send({ op: 'data', of: id, data: bytes.toString('base64') });
    });
    socket.on('error', () => {});
    socket.on('close', () => this.send({ op: 'close', of: id }));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
