/**
 * The control socket: takes requests of this user's (or root's) processes,
 * checks each against the table and answers it once. A request that is no JSON,
 * unknown or malformed is answered with what was expected; one that is too
 * long ends its connection. Nothing here knows what a request does.
 */
import { rmSync } from 'node:fs';
import * as v from 'valibot';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { Log } from '../base/log.ts';
import { isOwnPeer, LineReader } from '../channel/lines.ts';
import { type Listener, native, type Stream } from '../native/addon.ts';
import {
  type ControlAnswer,
  type ControlHandlers,
  type ControlOp,
  MAX_REQUEST_BYTES,
  REQUESTS,
} from './messages.ts';

const MAX_CONNECTIONS = 64;
/** Requests of one connection that wait for their answer at the same time. */
const MAX_IN_FLIGHT = 64;
/** Answers that a peer may leave unread before it is cut off. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

export class ControlServer implements Disposable {
  readonly #path: string;
  readonly #listener: Listener;
  readonly #handlers: ControlHandlers;
  readonly #log: Log;
  readonly #connections = new Set<Connection>();

  /** @param path control.sock; bound 0600, removed with the server. Throws when it cannot be made. */
  constructor(path: string, handlers: ControlHandlers, log: Log) {
    this.#path = path;
    this.#handlers = handlers;
    this.#log = log;
    this.#listener = native().listenUnix(path);
    this.#listener.start((stream) => this.#accept(stream));
  }

  #accept(stream: Stream): void {
    const { uid } = stream.peerCredentials();
    if (!isOwnPeer(stream) || this.#connections.size >= MAX_CONNECTIONS) {
      this.#log.warn({ uid }, 'control: a connection was refused');
      stream[Symbol.dispose]();
      return;
    }
    const connection = new Connection(stream, this.#handlers, this.#log, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }

  [Symbol.dispose](): void {
    // The name first: nobody should find a socket that nobody listens on.
    rmSync(this.#path, { force: true });
    this.#listener[Symbol.dispose]();
    for (const connection of [...this.#connections]) connection[Symbol.dispose]();
  }
}

class Connection implements Disposable {
  readonly #stream: Stream;
  readonly #handlers: ControlHandlers;
  readonly #log: Log;
  readonly #onEnd: () => void;
  readonly #lines = new LineReader(MAX_REQUEST_BYTES);
  readonly #gone = new AbortController();
  readonly #uid: number;
  #inFlight = 0;

  constructor(stream: Stream, handlers: ControlHandlers, log: Log, onEnd: () => void) {
    this.#stream = stream;
    this.#handlers = handlers;
    this.#log = log;
    this.#onEnd = onEnd;
    this.#uid = stream.peerCredentials().uid;
    stream.start({ readable: () => this.#read() });
  }

  #read(): void {
    const state = this.#lines.read(this.#stream, (line) => {
      // Nobody has a reason to send descriptors here.
      for (const fd of this.#stream.takeFds()) fd[Symbol.dispose]();
      this.#take(line);
      return !this.#stream.disposed;
    });
    if (this.#stream.disposed || state === 'more') return;
    if (state === 'too-long') {
      const message = `the request is longer than ${MAX_REQUEST_BYTES} bytes`;
      this.#write({ id: null, ok: false, code: 'CONTROL_REQUEST', message, exitCode: EXIT.usage });
    }
    this[Symbol.dispose]();
  }

  #take(line: string): void {
    const request = parseRequest(line);
    if ('ok' in request) {
      this.#write(request);
      return;
    }
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      const message = `more than ${MAX_IN_FLIGHT} requests wait for their answers`;
      this.#write({
        id: request.id,
        ok: false,
        code: 'CONTROL_BUSY',
        message,
        exitCode: EXIT.failed,
      });
      return;
    }
    this.#inFlight++;
    void this.#handle(request).then((answer) => {
      this.#inFlight--;
      this.#write(answer);
    });
  }

  /** Never rejects. */
  async #handle({ id, op, params }: Request): Promise<ControlAnswer> {
    try {
      // The parameters were checked by the schema of this very operation.
      const handler = this.#handlers[op] as (
        params: unknown,
        gone: AbortSignal,
        uid: number,
      ) => Promise<unknown>;
      return { id, ok: true, result: await handler(params, this.#gone.signal, this.#uid) };
    } catch (error) {
      if (error instanceof UserError) {
        const { code, message, hint, exitCode } = error;
        return { id, ok: false, code, message, ...(hint === undefined ? {} : { hint }), exitCode };
      }
      this.#log.error({ op, reason: escapeText(messageOf(error)) }, 'control: a request failed');
      return {
        id,
        ok: false,
        code: 'CONTROL_FAILED',
        message: messageOf(error),
        exitCode: EXIT.failed,
      };
    }
  }

  #write(answer: ControlAnswer): void {
    if (this.#stream.disposed) return;
    const unread = this.#stream.write(Buffer.from(`${JSON.stringify(answer)}\n`));
    if (unread > MAX_UNREAD_BYTES) this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#stream.disposed) return;
    this.#stream[Symbol.dispose]();
    this.#gone.abort();
    this.#onEnd();
  }
}

interface Request {
  readonly id: number;
  readonly op: ControlOp;
  readonly params: unknown;
}

/** The request, or the answer to somebody who sent something that is none. */
function parseRequest(line: string): Request | Extract<ControlAnswer, { ok: false }> {
  const refuse = (id: number | null, message: string) =>
    ({ id, ok: false, code: 'CONTROL_REQUEST', message, exitCode: EXIT.usage }) as const;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refuse(null, 'expected one JSON object per line');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(null, 'expected one JSON object per line');
  }
  const { id, op, ...params } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(id) || (id as number) < 0) {
    return refuse(null, 'id: expected a whole number');
  }
  if (typeof op !== 'string' || !Object.hasOwn(REQUESTS, op)) {
    return refuse(id as number, `op: expected one of ${Object.keys(REQUESTS).join(', ')}`);
  }
  const result = v.safeParse(REQUESTS[op as ControlOp], params);
  if (!result.success) {
    const [issue] = result.issues;
    return refuse(id as number, `${escapeText(v.getDotPath(issue) ?? op)}: ${issue.message}`);
  }
  return { id: id as number, op: op as ControlOp, params: result.output };
}
