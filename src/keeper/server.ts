/**
 * The keeper's socket: takes requests of this user's (or root's) processes and
 * answers each once. A connection that breaks the rules of the line, or does
 * not read what it is told, is closed; others do not notice.
 */
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isOwnPeer, LineReader } from '../channel/lines.ts';
import { type Fd, type Listener, native, type Stream } from '../native/addon.ts';
import { keeperSocketPath } from './directory.ts';
import type { KeeperAnswer, KeeperRequest, QubeStatus } from './messages.ts';
import { encodeLine, MAX_REQUEST_BYTES, parseRequest } from './wire.ts';

/** More than dom0 has processes that ask; each costs a descriptor. */
const MAX_CONNECTIONS = 64;
/** Events that somebody who watches may leave unread. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** What the keeper can be asked to do. */
export interface KeeperService {
  list(): readonly QubeStatus[];
  start(name: string): Promise<QubeStatus>;
  stop(name: string): Promise<QubeStatus>;
  pause(name: string): Promise<QubeStatus>;
  /** The pool stays the keeper's. */
  attach(name: string): { readonly status: QubeStatus; readonly pool: Fd };
  watch(listener: (qube: QubeStatus) => void): Disposable;
  /** Takes over what its configuration says now, if it is the one with this SHA-256. Throws UserError. */
  reload(digest: string): Promise<readonly QubeStatus[]>;
  /** Ends all qubes; the keeper ends when the answer has been written. */
  shutdown(): Promise<readonly QubeStatus[]>;
}

export class KeeperServer implements Disposable {
  readonly #listener: Listener;
  readonly #service: KeeperService;
  readonly #log: Log;
  readonly #connections = new Set<Connection>();

  /** Throws when the socket cannot be made. */
  constructor(runtimeDir: string, service: KeeperService, log: Log) {
    this.#service = service;
    this.#log = log;
    this.#listener = native().listenUnix(keeperSocketPath(runtimeDir));
    this.#listener.start((stream) => this.#accept(stream));
  }

  #accept(stream: Stream): void {
    if (!isOwnPeer(stream) || this.#connections.size >= MAX_CONNECTIONS) {
      this.#log.warn({ uid: stream.peerCredentials().uid }, 'a connection was refused');
      stream[Symbol.dispose]();
      return;
    }
    const connection = new Connection(stream, this.#service, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
    for (const connection of [...this.#connections]) connection[Symbol.dispose]();
  }
}

class Connection implements Disposable {
  readonly #stream: Stream;
  readonly #service: KeeperService;
  readonly #onEnd: () => void;
  readonly #lines = new LineReader(MAX_REQUEST_BYTES);
  #watching: Disposable | undefined;

  constructor(stream: Stream, service: KeeperService, onEnd: () => void) {
    this.#stream = stream;
    this.#service = service;
    this.#onEnd = onEnd;
    stream.start({ readable: () => this.#read() });
  }

  #read(): void {
    const onLine = (line: string): boolean => {
      // Nobody has a reason to send descriptors here.
      for (const fd of this.#stream.takeFds()) fd[Symbol.dispose]();
      const request = parseRequest(line);
      if (!request) {
        this[Symbol.dispose]();
        return false;
      }
      this.#answer(request);
      return !this.#stream.disposed;
    };
    const state = this.#lines.read(this.#stream, onLine);
    if (state !== 'more') this[Symbol.dispose]();
  }

  #answer(request: KeeperRequest): void {
    switch (request.op) {
      case 'list':
        this.#succeed(request, this.#service.list());
        break;
      case 'watch':
        this.#watching ??= this.#service.watch((qube) => this.#write({ event: 'changed', qube }));
        // In the same turn: no change can fall between the two.
        this.#succeed(request, this.#service.list());
        break;
      case 'attach':
        this.#attach(request);
        break;
      case 'start':
        this.#settle(request, this.#service.start(request.name));
        break;
      case 'stop':
        this.#settle(request, this.#service.stop(request.name));
        break;
      case 'pause':
        this.#settle(request, this.#service.pause(request.name));
        break;
      case 'reload':
        this.#settle(request, this.#service.reload(request.digest));
        break;
      case 'shutdown':
        this.#settle(request, this.#service.shutdown());
        break;
    }
  }

  #attach(request: Extract<KeeperRequest, { op: 'attach' }>): void {
    try {
      const { status, pool } = this.#service.attach(request.name);
      this.#succeed(request, [status], pool);
    } catch (error) {
      this.#fail(request, error);
    }
  }

  #settle(request: KeeperRequest, work: Promise<QubeStatus | readonly QubeStatus[]>): void {
    work.then(
      (result) => this.#succeed(request, [result].flat()),
      (error: unknown) => this.#fail(request, error),
    );
  }

  #succeed({ id }: KeeperRequest, qubes: readonly QubeStatus[], pool?: Fd): void {
    this.#write({ id, ok: true, qubes }, pool);
  }

  #fail({ id }: KeeperRequest, error: unknown): void {
    this.#write({ id, ok: false, ...describe(error) });
  }

  #write(message: Parameters<typeof encodeLine>[0], pool?: Fd): void {
    if (this.#stream.disposed) return;
    const unread = this.#stream.write(encodeLine(message), pool ? [pool] : []);
    if (unread > MAX_UNREAD_BYTES) this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#stream.disposed) return;
    this.#watching?.[Symbol.dispose]();
    this.#stream[Symbol.dispose]();
    this.#onEnd();
  }
}

function describe(error: unknown): Omit<Extract<KeeperAnswer, { ok: false }>, 'id' | 'ok'> {
  if (error instanceof UserError) {
    const { code, message, hint, exitCode } = error;
    return { code, message, hint, exitCode };
  }
  return { code: 'KEEPER_FAILED', message: messageOf(error), exitCode: EXIT.failed };
}
