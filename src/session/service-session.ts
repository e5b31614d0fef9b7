/**
 * One qube's service channel in dom0: requests with ids and time limits, and
 * what the qube may say by itself. A breach of its rules ends this connection
 * and no more; the windows of the qube stay. Requests made before the qube is
 * there wait for it, within their time.
 */
import type { Clock } from '../base/clock.ts';
import { LimitExceeded, ProtocolViolation, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { Log } from '../base/log.ts';
import type { Untrusted } from '../base/untrusted.ts';
import type { Channel } from '../channel/channel.ts';
import { FrameReader } from '../protocol/framing.ts';
import { type FromQube, fromQube, type Monitor, STATUS, type ToQube } from '../protocol/service.ts';
import { encodeToQube } from '../protocol/service-codec.ts';
import { decodeFromQube } from '../protocol/service-decode.ts';
import { startServiceHandshake, stepServiceHandshake } from '../protocol/service-handshake.ts';
import { OpenRequests } from '../protocol/service-requests.ts';
import { NEWEST } from '../protocol/version.ts';
import { Reconnector } from './reconnector.ts';

/** Bytes read in one turn: bounds the messages of it to some hundreds. */
const READ_BYTES = 4096;

/** How long dom0 waits for an answer, in milliseconds. */
export const ANSWER_MS = { run: 30_000, screen: 5000, ping: 5000 } as const;

/** What the qube tells by itself. */
export interface ServiceEvents {
  /** The handshake is done; requests are sent from now on. */
  connected(): void;
  /** The qube's X server is up; `fresh`: by its word no program was ever started in it. */
  ready(fresh: boolean): void;
  /** The connection is over; a new one follows by itself, or after a pause. */
  ended(code: string): void;
}

export interface ServiceSessionOptions {
  /** Owned by the session from now on. */
  readonly channel: Channel;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: ServiceEvents;
}

/** How a program in the qube ended, by the qube's word. */
export interface ProgramEnd {
  readonly kind: 'exited' | 'signalled';
  /** The exit status, or the number of the signal. */
  readonly code: number;
}

export interface StartedProgram {
  /** The number of the request; not used again by this session. */
  readonly run: number;
  /** Rejects with UserError QUBE_GONE when the connection ends before the program. */
  readonly exited: Promise<ProgramEnd>;
}

/** The qube's answer to a request. */
export interface ServiceAnswer {
  readonly id: number;
  readonly status: number;
  /** The qube's words, made safe to print. */
  readonly detail: string;
  /** The end of the program that was started. */
  readonly exited: Promise<ProgramEnd> | undefined;
}

type Draft = ToQube extends infer M ? (M extends ToQube ? Omit<M, 'id'> : never) : never;

interface Waiting {
  readonly draft: Draft;
  resolve(answer: ServiceAnswer): void;
  reject(error: Error): void;
  readonly timer: Disposable;
}

interface Running {
  resolve(end: ProgramEnd): void;
  reject(error: Error): void;
}

const chunk = new Uint8Array(READ_BYTES);

export class ServiceSession implements Disposable {
  readonly #options: ServiceSessionOptions;
  readonly #channel: Channel;
  readonly #log: Log;
  readonly #reconnector: Reconnector;
  #hello = startServiceHandshake().state;
  #reader: FrameReader | undefined;
  readonly #open = new OpenRequests<Waiting>();
  #unsent: Waiting[] = [];
  readonly #running = new Map<number, Running>();
  #failed = false;
  #started = false;

  constructor(options: ServiceSessionOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.#log = options.log;
    this.#reconnector = new Reconnector(options.clock, () => this.start());
  }

  /** Somebody has the other end, whether or not they said hello. */
  get isReached(): boolean {
    return this.#channel.isOpen;
  }

  /** The qube's end answers: the handshake is done. */
  get isConnected(): boolean {
    return this.#reader !== undefined;
  }

  start(): void {
    this.#started = true;
    this.#channel.start({
      opened: () => this.#opened(),
      readable: () => this.#guarded(() => this.#readable()),
      closed: (reason) => this.#closed(reason),
    });
  }

  /** By hand, after the last violation. */
  reconnect(): void {
    if (this.#channel.isOpen || !this.#started) return;
    this.#reconnector[Symbol.dispose]();
    this.start();
  }

  /**
   * Starts a program in the qube. Throws UserError: PROGRAM_NOT_FOUND,
   * PROGRAM_FAILED, QUBE_SILENT when no answer came in time, QUBE_GONE.
   */
  async runProgram(argv: readonly string[]): Promise<StartedProgram> {
    const answer = await this.#ask({ name: 'runProgram', argv }, ANSWER_MS.run);
    const { id, status, detail, exited } = answer;
    if (exited !== undefined) return { run: id, exited };
    const program = escapeText(argv[0] ?? '');
    if (status === STATUS.notFound) {
      throw new UserError('PROGRAM_NOT_FOUND', `the qube has no program '${program}'`);
    }
    const why = detail === '' ? `status ${status}` : `it says: ${detail}`;
    throw new UserError('PROGRAM_FAILED', `the qube did not start '${program}' (${why})`);
  }

  /** Tells the size of dom0's screen in pixels. */
  setScreen(width: number, height: number, dpi: number, monitors: readonly Monitor[]) {
    return this.#ask({ name: 'setScreen', width, height, dpi, monitors }, ANSWER_MS.screen);
  }

  /** Milliseconds that the answer took. */
  async ping(): Promise<number> {
    const { clock } = this.#options;
    const startMs = clock.nowMs();
    await this.#ask({ name: 'ping', nonce: 0n }, ANSWER_MS.ping);
    return clock.nowMs() - startMs;
  }

  /** Every request that waits is refused with QUBE_GONE. */
  [Symbol.dispose](): void {
    this.#started = false;
    this.#reconnector[Symbol.dispose]();
    this.#channel[Symbol.dispose]();
    this.#endConnection();
    for (const waiting of this.#unsent.splice(0)) fail(waiting, gone());
  }

  #ask(draft: Draft, limitMs: number): Promise<ServiceAnswer> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        draft,
        resolve,
        reject,
        timer: this.#options.clock.after(limitMs, () => {
          this.#unsent = this.#unsent.filter((other) => other !== waiting);
          const what = this.isConnected ? 'did not answer' : 'is not there yet';
          fail(waiting, new UserError('QUBE_SILENT', `the qube ${what} (${limitMs / 1000} s)`));
        }),
      };
      if (this.isConnected) this.#send(waiting);
      else this.#unsent.push(waiting);
    });
  }

  #send(waiting: Waiting): void {
    try {
      const id = this.#open.ask(waiting);
      this.#channel.write(encodeToQube({ ...waiting.draft, id } as ToQube));
    } catch (error) {
      // Too many requests or too many bytes that the qube leaves alone.
      if (!(error instanceof LimitExceeded)) throw error;
      fail(waiting, new UserError('QUBE_SILENT', `the qube does not answer: ${error.message}`));
    }
  }

  #opened(): void {
    this.#failed = false;
    const { state, send } = startServiceHandshake();
    this.#hello = state;
    this.#channel.write(send);
  }

  #readable(): void {
    const count = this.#channel.read(chunk);
    if (count <= 0) return;
    let bytes: Uint8Array = chunk.subarray(0, count);
    if (!this.#reader) {
      const { state, rest } = stepServiceHandshake(this.#hello, bytes);
      this.#hello = state;
      if (state.phase !== 'done') return;
      // The newest version of the GUI wire means strict lengths; this wire has no other.
      this.#reader = new FrameReader(fromQube, { version: NEWEST });
      bytes = rest;
      this.#connected();
    }
    const reader = this.#reader;
    reader.push(bytes);
    for (let frame = reader.next(); frame; frame = reader.next()) {
      this.#heard(decodeFromQube(frame));
      if (this.#reader !== reader) return;
    }
  }

  #connected(): void {
    this.#reconnector.ready();
    this.#log.debug({}, 'the service channel is up');
    this.#options.events.connected();
    for (const waiting of this.#unsent.splice(0)) this.#send(waiting);
  }

  #heard(message: FromQube): void {
    switch (message.name) {
      case 'answer': {
        const { id, status } = message;
        const waiting = this.#open.settle(id);
        // Here and not where the answer arrives: the next message may be the program's end.
        const started = waiting.draft.name === 'runProgram' && status === STATUS.ok;
        const exited = started ? this.#follow(id) : undefined;
        succeed(waiting, { id, status, detail: printable(message.detail), exited });
        return;
      }
      case 'ready':
        this.#options.events.ready(message.fresh);
        return;
      case 'programExited': {
        const running = this.#running.get(message.runId);
        this.#running.delete(message.runId);
        running?.resolve({ kind: message.kind, code: message.code });
        return;
      }
      case 'iconRecord':
      case 'fileOffer':
        // Nobody in dom0 takes them yet; they cost the qube its own turn.
        return;
    }
  }

  #follow(run: number): Promise<ProgramEnd> {
    const exited = new Promise<ProgramEnd>((resolve, reject) => {
      this.#running.set(run, { resolve, reject });
    });
    // Nobody may wait for it.
    exited.catch(() => {});
    return exited;
  }

  /** A breach of a rule of this wire ends this connection and nothing else. */
  #guarded(work: () => void): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolViolation || error instanceof LimitExceeded)) throw error;
      this.#failed = true;
      const { code, message } = error;
      const retryMs = this.#reconnector.violated();
      this.#log.warn({ code, retryMs }, `the service channel ends: ${message}`);
      this.#endConnection();
      this.#channel.hangUp(false);
      this.#options.events.ended(code);
    }
  }

  #closed(reason: string): void {
    if (this.#failed) return;
    this.#reconnector.closed();
    const had = this.isConnected;
    this.#endConnection();
    if (!had) return;
    this.#log.debug({ reason }, 'the service channel closed');
    this.#options.events.ended('CHANNEL_CLOSED');
  }

  #endConnection(): void {
    this.#reader = undefined;
    const { state } = startServiceHandshake();
    this.#hello = state;
    for (const waiting of this.#open.drain()) fail(waiting, gone());
    for (const running of this.#running.values()) running.reject(gone());
    this.#running.clear();
  }
}

function printable(detail: Untrusted<Uint8Array>): string {
  return detail.parse((bytes) => escapeText(new TextDecoder('utf-8').decode(bytes)));
}

function gone(): UserError {
  return new UserError('QUBE_GONE', 'the qube went away before it answered');
}

function succeed(waiting: Waiting, answer: ServiceAnswer): void {
  waiting.timer[Symbol.dispose]();
  waiting.resolve(answer);
}

function fail(waiting: Waiting, error: Error): void {
  waiting.timer[Symbol.dispose]();
  waiting.reject(error);
}
