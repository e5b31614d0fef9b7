/**
 * Between a client and a real X server: passes everything on, and says that an
 * extension is present which the server does not have.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const QUERY_EXTENSION = 98;

export class XProxy implements AsyncDisposable {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /** Listens at `path` and adds `extension` to what the server at `target` has. */
  static async listen(path: string, target: string, extension: string): Promise<XProxy> {
    const server = createServer();
    const proxy = new XProxy(path, server);
    server.on('connection', (client) => proxy.#serve(client, connect(target), extension));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket, server: Socket, extension: string): void {
    const asked = new Set<number>();
    const requests = new Requests((sequence, name) => {
      if (name === extension) asked.add(sequence);
    });
    const replies = new Replies(asked);
    client.on('data', (bytes) => {
      requests.look(bytes);
      server.write(bytes);
    });
    server.on('data', (bytes) => client.write(replies.change(bytes)));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => other.destroy());
    }
  }
}

/** Finds QueryExtension in what a client says. */
class Requests {
  readonly #onQuery: (sequence: number, name: string) => void;
  #held = Buffer.alloc(0);
  #greeted = false;
  #sequence = 0;

  constructor(onQuery: (sequence: number, name: string) => void) {
    this.#onQuery = onQuery;
  }

  look(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    for (let size = this.#size(); size > 0 && this.#held.length >= size; size = this.#size()) {
      const request = this.#held.subarray(0, size);
      this.#held = this.#held.subarray(size);
      if (!this.#greeted) {
        this.#greeted = true;
        continue;
      }
      this.#sequence++;
      if (request[0] !== QUERY_EXTENSION) continue;
      const length = request.readUInt16LE(4);
      this.#onQuery(this.#sequence, request.toString('latin1', 8, 8 + length));
    }
  }

  /** Bytes of the message at the front, 0 when that is not known yet. */
  #size(): number {
    const head = this.#held;
    if (this.#greeted) return head.length < 4 ? 0 : 4 * head.readUInt16LE(2);
    if (head.length < 12) return 0;
    const padded = (length: number) => (length + 3) & ~3;
    return 12 + padded(head.readUInt16LE(6)) + padded(head.readUInt16LE(8));
  }
}

/** Sets `present` in the replies to the requests in `asked`. */
class Replies {
  readonly #asked: ReadonlySet<number>;
  #held = Buffer.alloc(0);
  #greeted = false;

  constructor(asked: ReadonlySet<number>) {
    this.#asked = asked;
  }

  change(bytes: Buffer): Buffer {
    this.#held = Buffer.concat([this.#held, bytes]);
    const out: Buffer[] = [];
    for (let size = this.#size(); size > 0 && this.#held.length >= size; size = this.#size()) {
      const message = this.#held.subarray(0, size);
      this.#held = this.#held.subarray(size);
      if (this.#greeted && message[0] === 1 && this.#asked.has(message.readUInt16LE(2))) {
        message[8] = 1;
      }
      this.#greeted = true;
      out.push(message);
    }
    return Buffer.concat(out);
  }

  #size(): number {
    const head = this.#held;
    if (head.length < 8) return 0;
    if (!this.#greeted) return 8 + 4 * head.readUInt16LE(6);
    return head[0] === 1 ? 32 + 4 * head.readUInt32LE(4) : 32;
  }
}
