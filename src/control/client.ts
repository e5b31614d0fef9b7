/**
 * A process of dom0 asking the daemon. It trusts the daemon's word, after
 * seeing that its peer is the same user.
 */
import { EXIT, type ExitCode, messageOf, UserError } from '../base/errors.ts';
import { LineReader } from '../channel/lines.ts';
import { native, type Stream } from '../native/addon.ts';
import {
  type ControlAnswer,
  type ControlOp,
  type ControlParams,
  type ControlResults,
  MAX_ANSWER_BYTES,
} from './messages.ts';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class ControlClient implements Disposable {
  readonly #stream: Stream;
  readonly #lines = new LineReader(MAX_ANSWER_BYTES);
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: string | undefined;

  private constructor(stream: Stream) {
    this.#stream = stream;
    // A failed write needs no care of its own: the end that caused it is read next.
    stream.start({ readable: () => this.#read() });
  }

  /**
   * @param path control.sock of the runtime directory
   * @throws UserError DAEMON_ABSENT (exit 4) when no daemon listens, DAEMON_FOREIGN when it is not ours
   */
  static connect(path: string): ControlClient {
    let stream: Stream;
    try {
      stream = native().connectUnix(path);
    } catch (error) {
      if (isDenied(error)) throw foreign(path);
      throw new UserError('DAEMON_ABSENT', `no daemon is running (${path}: ${messageOf(error)})`, {
        exitCode: EXIT.notFound,
        hint: 'start it with: livery daemon',
      });
    }
    // Also root's: it would not answer us.
    if (stream.peerCredentials().uid !== process.getuid?.()) {
      stream[Symbol.dispose]();
      throw foreign(path);
    }
    return new ControlClient(stream);
  }

  /**
   * Asks once. Rejects with the daemon's own UserError, or DAEMON_LOST when
   * it went away before it answered.
   */
  ask<Op extends ControlOp>(op: Op, params: ControlParams<Op>): Promise<ControlResults[Op]> {
    if (this.#ended !== undefined) return Promise.reject(lost(this.#ended));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#stream.write(Buffer.from(`${JSON.stringify({ ...params, id, op })}\n`));
    });
  }

  [Symbol.dispose](): void {
    this.#end('closed by us');
  }

  #read(): void {
    const state = this.#lines.read(this.#stream, (line) => {
      for (const fd of this.#stream.takeFds()) fd[Symbol.dispose]();
      this.#settle(line);
      return this.#ended === undefined;
    });
    if (this.#ended !== undefined || state === 'more') return;
    this.#end(state === 'ended' ? 'the daemon ended' : 'it answered with too long a line');
  }

  #settle(line: string): void {
    const answer = parseAnswer(line);
    const waiting = answer?.id == null ? undefined : this.#waiting.get(answer.id);
    if (!answer || !waiting) {
      this.#end('it said something that is no answer');
      return;
    }
    this.#waiting.delete(answer.id as number);
    if (answer.ok) {
      waiting.resolve(answer.result);
      return;
    }
    const { code, message, hint, exitCode } = answer;
    const options = hint === undefined ? { exitCode } : { exitCode, hint };
    waiting.reject(new UserError(code, message, options));
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#stream[Symbol.dispose]();
    for (const waiting of this.#waiting.values()) waiting.reject(lost(reason));
    this.#waiting.clear();
  }
}

/** The modes of the socket or of its directory keep us out. */
function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EACCES';
}

function foreign(path: string): UserError {
  return new UserError('DAEMON_FOREIGN', `the daemon at ${path} belongs to another user`, {
    hint: 'set LIVERY_RUNTIME_DIR to a directory of your own',
  });
}

function lost(reason: string): UserError {
  return new UserError('DAEMON_LOST', `the connection to the daemon is over: ${reason}`);
}

const EXIT_CODES: readonly number[] = Object.values(EXIT);

function parseAnswer(line: string): ControlAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, ok, result, code, message, hint, exitCode } = value as Record<string, unknown>;
  if (ok === true && typeof id === 'number') return { id, ok, result };
  if (ok !== false || typeof code !== 'string' || typeof message !== 'string') return undefined;
  const known = EXIT_CODES.includes(exitCode as number) ? (exitCode as ExitCode) : EXIT.failed;
  const base = {
    id: typeof id === 'number' ? id : null,
    ok,
    code,
    message,
    exitCode: known,
  } as const;
  return typeof hint === 'string' ? { ...base, hint } : base;
}
