/**
 * A process of dom0 talking to the keeper: the daemon takes pools and follows
 * the life of qubes with it, the command line starts and stops them. A client
 * lives as long as its connection; after `onClosed` one connects again. It
 * trusts the keeper's word, after seeing that its peer is the same user or root.
 */
import { Emitter } from '../base/emitter.ts';
import { BugError, EXIT, messageOf, UserError } from '../base/errors.ts';
import { isOwnPeer, LineReader } from '../channel/lines.ts';
import { type Fd, native, type Stream } from '../native/addon.ts';
import { keeperSocketPath } from './directory.ts';
import type { KeeperAnswer, KeeperRequest, QubeStatus } from './messages.ts';
import { encodeLine, MAX_ANSWER_BYTES, parseKeeperLine } from './wire.ts';

type Request = KeeperRequest extends infer R ? (R extends R ? Omit<R, 'id'> : never) : never;
type Answer = Extract<KeeperAnswer, { ok: true }>;

interface Waiting {
  /** Takes the descriptor that comes with the answer. */
  readonly onPool: ((pool: Fd | undefined) => void) | undefined;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** A qube that was taken: its state, and its shared memory, owned by the caller. */
export interface AttachedQube {
  readonly status: QubeStatus;
  readonly pool: Fd;
}

export class KeeperClient implements Disposable {
  readonly #stream: Stream;
  readonly #lines = new LineReader(MAX_ANSWER_BYTES);
  readonly #waiting = new Map<number, Waiting>();
  /** Descriptors whose answers are not complete yet, in the order of the answers. */
  readonly #pools: Fd[] = [];
  readonly #changed = new Emitter<QubeStatus>();
  readonly #closed = new Emitter<string>();
  #lastId = 0;
  #ended: string | undefined;

  private constructor(stream: Stream) {
    this.#stream = stream;
    // A failed write needs no care of its own: the end that caused it is read next.
    stream.start({ readable: () => this.#read() });
  }

  /**
   * Throws UserError KEEPER_ABSENT when no keeper listens in `runtimeDir`, and
   * KEEPER_FOREIGN when the one that does belongs to somebody else.
   */
  static async connect(runtimeDir: string): Promise<KeeperClient> {
    const path = keeperSocketPath(runtimeDir);
    let stream: Stream;
    try {
      stream = native().connectUnix(path);
    } catch (error) {
      throw new UserError('KEEPER_ABSENT', `no keeper is running (${path}: ${messageOf(error)})`, {
        exitCode: EXIT.notFound,
        hint: 'start it with: livery keeper',
      });
    }
    if (!isOwnPeer(stream)) {
      stream[Symbol.dispose]();
      throw new UserError('KEEPER_FOREIGN', `the keeper at ${path} belongs to another user`, {
        hint: 'set LIVERY_RUNTIME_DIR to a directory of your own',
      });
    }
    return new KeeperClient(stream);
  }

  get connected(): boolean {
    return this.#ended === undefined;
  }

  /** Every qube of the configuration, in its order. */
  async list(): Promise<readonly QubeStatus[]> {
    return (await this.#ask({ op: 'list' })).qubes;
  }

  /**
   * Answers when the qube's agent listens; at once if it does already. One that
   * is paused goes on. Throws
   * the keeper's UserError: UNKNOWN_QUBE, or why it did not start.
   */
  async start(name: string): Promise<QubeStatus> {
    return only(await this.#ask({ op: 'start', name }));
  }

  /** Answers when no process of the qube is left. */
  async stop(name: string): Promise<QubeStatus> {
    return only(await this.#ask({ op: 'stop', name }));
  }

  /**
   * Answers when none of its processes runs any more; `start` lets them go on.
   * Throws UserError QUBE_NOT_RUNNING, QUBE_NOT_PAUSED.
   */
  async pause(name: string): Promise<QubeStatus> {
    return only(await this.#ask({ op: 'pause', name }));
  }

  /** Takes the pool of a qube that runs or starts; throws UserError QUBE_NOT_RUNNING if it does not. */
  async attach(name: string): Promise<AttachedQube> {
    let pool: Fd | undefined;
    const answer = await this.#ask({ op: 'attach', name }, (fd) => {
      pool = fd;
    });
    if (!pool) throw new BugError('the keeper answered attach without a descriptor');
    return { status: only(answer), pool };
  }

  /**
   * The state of all qubes now; from then on `listener` is called for every
   * change, in order and without a gap.
   */
  async watch(listener: (qube: QubeStatus) => void): Promise<readonly QubeStatus[]> {
    this.#changed.on(listener);
    return (await this.#ask({ op: 'watch' })).qubes;
  }

  /**
   * Has the keeper read its configuration again; answers with its qubes. Throws UserError,
   * and nothing is another: KEEPER_FILE, RELOAD_REFUSED, CONFIG.
   * @param digest SHA-256 of the file that is meant, in hex
   */
  async reload(digest: string): Promise<readonly QubeStatus[]> {
    return (await this.#ask({ op: 'reload', digest })).qubes;
  }

  /** Ends all qubes and the keeper; returns when no process of theirs is left. */
  async shutdown(): Promise<void> {
    await this.#ask({ op: 'shutdown' });
  }

  /** Called once when the connection is over, with the reason; at once if it is over already. */
  onClosed(listener: (reason: string) => void): Disposable {
    if (this.#ended !== undefined) listener(this.#ended);
    return this.#closed.on(listener);
  }

  [Symbol.dispose](): void {
    this.#end('closed by us');
  }

  #ask(request: Request, onPool?: (pool: Fd | undefined) => void): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(lost(this.#ended));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onPool });
      this.#stream.write(encodeLine({ ...request, id }));
    });
  }

  #read(): void {
    const onLine = (line: string): boolean => {
      this.#pools.push(...this.#stream.takeFds());
      const message = parseKeeperLine(line);
      if (!message) this.#end('it said something that is no answer');
      else if ('event' in message) this.#changed.emit(message.qube);
      else this.#settle(message);
      return this.connected;
    };
    const state = this.#lines.read(this.#stream, onLine);
    if (state !== 'more') this.#end('the keeper ended');
  }

  #settle(answer: KeeperAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) {
      waiting?.onPool?.(this.#pools.shift());
      waiting?.resolve(answer);
      return;
    }
    const { exitCode, hint } = answer;
    const options = hint === undefined ? { exitCode } : { exitCode, hint };
    waiting?.reject(new UserError(answer.code, answer.message, options));
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const fd of [...this.#pools, ...this.#stream.takeFds()]) fd[Symbol.dispose]();
    this.#pools.length = 0;
    this.#stream[Symbol.dispose]();
    for (const waiting of this.#waiting.values()) waiting.reject(lost(reason));
    this.#waiting.clear();
    this.#closed.emit(reason);
  }
}

function lost(reason: string): UserError {
  return new UserError('KEEPER_LOST', `the connection to the keeper is over: ${reason}`);
}

function only(answer: Answer): QubeStatus {
  const [status] = answer.qubes;
  if (!status) throw new BugError('the keeper answered without a qube');
  return status;
}
