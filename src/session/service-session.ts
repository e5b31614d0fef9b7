/**
 * One qube's service channel in dom0: the handshake, requests (service-requests.ts)
 * and what the qube may say by itself. A breach of its rules ends this
 * connection and no more; the windows of the qube stay.
 */
import { DEFAULT_LIMITS, type Limits } from '../base/budgets.ts';
import type { Clock } from '../base/clock.ts';
import { EXIT, LimitExceeded, ProtocolViolation, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Channel } from '../channel/channel.ts';
import { FrameReader } from '../protocol/framing.ts';
import { SERVICE_LIMITS } from '../protocol/limits.ts';
import { type FromQube, fromQube, type Monitor, STATUS, toQube } from '../protocol/service.ts';
import { decodeFromQube } from '../protocol/service-decode.ts';
import { startServiceHandshake, stepServiceHandshake } from '../protocol/service-handshake.ts';
import { NEWEST, type Version } from '../protocol/version.ts';
import type { IconPort } from './icon-port.ts';
import type { PingPort, ProgramLife } from './ping-port.ts';
import { Reconnector } from './reconnector.ts';
import { type ProgramEnd, type ServiceAnswer, ServiceRequests } from './service-requests.ts';
import { Throttle } from './throttle.ts';
import { TurnCount } from './turn.ts';

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
  /** The connection is over; `again`: a new one follows by itself, at once or after a pause. */
  ended(code: string, again: boolean): void;
}

export interface ServiceSessionOptions {
  /** Owned by the session from now on. */
  readonly channel: Channel;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: ServiceEvents;
  /** Default: those of base/budgets.ts. */
  readonly limits?: Limits | undefined;
  /** Where the qube's icons go; without it they are dropped. */
  readonly icons?: IconPort;
}

/** Why a connection was ended by us. */
export interface ServiceEnd {
  readonly code: string;
  readonly reason: string;
}

export interface StartedProgram {
  /** The number of the request; not used again by this session. */
  readonly run: number;
  /** Rejects with UserError QUBE_GONE when the connection ends before the program. */
  readonly exited: Promise<ProgramEnd>;
}

const chunk = new Uint8Array(READ_BYTES);

export class ServiceSession implements PingPort, Disposable {
  readonly #options: ServiceSessionOptions;
  readonly #channel: Channel;
  readonly #log: Log;
  readonly #reconnector: Reconnector;
  readonly #requests: ServiceRequests;
  readonly #throttle: Throttle;
  /** What was handled since the session object was made. */
  readonly count = new TurnCount();
  #hello = startServiceHandshake().state;
  #version: Version | undefined;
  #reader: FrameReader | undefined;
  #failed = false;
  #started = false;
  #lastEnd: ServiceEnd | undefined;

  constructor(options: ServiceSessionOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.#log = options.log;
    const { limits = DEFAULT_LIMITS } = options;
    this.#throttle = new Throttle(options.clock, options.log, limits, () => 'servicePerSecond');
    this.#reconnector = new Reconnector(options.clock, () => this.start());
    this.#requests = new ServiceRequests(options.clock, (bytes) => this.#write(bytes));
  }

  /** Somebody has the other end, whether or not they said hello. */
  get isReached(): boolean {
    return this.#channel.isOpen;
  }

  /** The broken rule that ended the last connection; undefined while one is up. */
  get lastEnd(): ServiceEnd | undefined {
    return this.isConnected ? undefined : this.#lastEnd;
  }

  /** It is slowed down: it says more than its rates allow. */
  get throttled(): boolean {
    return this.#throttle.throttled;
  }

  /** How often it was slowed down, since the session object was made. */
  get pauses(): number {
    return this.#throttle.pauses;
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
   * Starts a program in the qube. Throws UserError: USAGE when the command line
   * is too long, PROGRAM_NOT_FOUND, PROGRAM_FAILED, QUBE_SILENT when no answer
   * came in time, QUBE_GONE.
   */
  async runProgram(argv: readonly string[]): Promise<StartedProgram> {
    const max = SERVICE_LIMITS.argvBytes.value;
    const sizeBytes = argv.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    if (sizeBytes > max) {
      const message = `the command line has ${sizeBytes} bytes; at most ${max} can be sent`;
      throw new UserError('USAGE', message, { exitCode: EXIT.usage });
    }
    const answer = await this.#requests.ask({ name: 'runProgram', argv }, ANSWER_MS.run);
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
  setScreen(
    width: number,
    height: number,
    dpi: number,
    monitors: readonly Monitor[],
  ): Promise<ServiceAnswer> {
    return this.#requests.ask(
      { name: 'setScreen', width, height, dpi, monitors },
      ANSWER_MS.screen,
    );
  }

  /** Milliseconds that the answer took. */
  async ping(): Promise<number> {
    const { clock } = this.#options;
    const startMs = clock.nowMs();
    await this.#requests.ask({ name: 'ping', nonce: 0n }, ANSWER_MS.ping);
    return clock.nowMs() - startMs;
  }

  /** A question is open until it is answered or the connection ends, however long that takes. */
  pingWindow(window: VmWindowId): Promise<ProgramLife> | undefined {
    const { since = 0 } = toQube.byType[toQube.type.pingWindow] ?? {};
    if (!this.#reader || !this.#version || this.#version.minor < since) return undefined;
    return this.#requests.ask({ name: 'pingWindow', window }, undefined).then(
      ({ status }) => lifeOf(status),
      (error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        // Nobody is left who could tell; a qube that leaves all its requests open could.
        return error.code === 'QUBE_GONE' ? 'unknown' : 'silent';
      },
    );
  }

  /** Every request that waits is refused with QUBE_GONE. */
  [Symbol.dispose](): void {
    this.#started = false;
    this.#reconnector[Symbol.dispose]();
    this.#channel[Symbol.dispose]();
    this.#endConnection();
    this.#requests[Symbol.dispose]();
  }

  #opened(): void {
    this.#failed = false;
    const { state, send } = startServiceHandshake();
    this.#hello = state;
    this.#write(send);
  }

  /** Never throws: called for whoever asks something. The end comes in a turn of its own. */
  #write(bytes: Uint8Array): void {
    try {
      this.#channel.write(bytes);
    } catch (error) {
      if (!(error instanceof LimitExceeded)) throw error;
      setImmediate(() => {
        if (this.#started && this.#channel.isOpen) this.#violated(error);
      });
    }
  }

  #readable(): void {
    const count = this.#channel.read(chunk);
    if (count <= 0) return;
    let bytes: Uint8Array = chunk.subarray(0, count);
    if (!this.#reader) {
      const { state, rest } = stepServiceHandshake(this.#hello, bytes);
      this.#hello = state;
      if (state.phase !== 'done') return;
      this.#version = state.version;
      // The newest version of the GUI wire means strict lengths; this wire has no other.
      this.#reader = new FrameReader(fromQube, { version: NEWEST });
      bytes = rest;
      this.#connected();
    }
    const reader = this.#reader;
    reader.push(bytes);
    this.count.begin();
    this.#throttle.begin();
    let cost = 0;
    let kept = true;
    for (let frame = reader.next(); frame; frame = reader.next()) {
      cost++;
      this.count.messages++;
      this.#heard(decodeFromQube(frame));
      if (this.#reader !== reader) return;
      kept = this.#throttle.take(frame.type) && kept;
    }
    this.count.end(cost, 0, false);
    if (kept) return;
    this.#throttle.pause(() => this.#channel.resume());
    this.#channel.pause();
  }

  #connected(): void {
    this.#reconnector.ready();
    this.#lastEnd = undefined;
    this.#log.debug({}, 'the service channel is up');
    this.#options.events.connected();
    this.#requests.connected();
  }

  #heard(message: FromQube): void {
    switch (message.name) {
      case 'answer':
        this.#requests.answered(message);
        return;
      case 'ready':
        this.#options.events.ready(message.fresh);
        return;
      case 'programExited':
        this.#requests.exited(message);
        return;
      case 'iconRecord':
        this.#options.icons?.icon(message.window, message);
        return;
      case 'fileOffer':
        // Nobody in dom0 takes them yet; they cost the qube its own turn.
        return;
    }
  }

  /** A breach of a rule of this wire ends this connection and nothing else. */
  #guarded(work: () => void): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolViolation || error instanceof LimitExceeded)) throw error;
      this.#violated(error);
    }
  }

  #violated({ code, message }: ProtocolViolation | LimitExceeded): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#lastEnd = { code, reason: message };
    const retryMs = this.#reconnector.violated();
    this.#log.warn({ code, retryMs }, `the service channel ends: ${message}`);
    this.#endConnection();
    this.#channel.hangUp(false);
    this.#options.events.ended(code, retryMs !== undefined);
  }

  #closed(reason: string): void {
    if (this.#failed) return;
    this.#reconnector.closed();
    const had = this.isConnected;
    this.#endConnection();
    if (!had) return;
    this.#log.debug({ reason }, 'the service channel closed');
    this.#options.events.ended('CHANNEL_CLOSED', true);
  }

  #endConnection(): void {
    this.#reader = undefined;
    this.#version = undefined;
    this.#throttle[Symbol.dispose]();
    const { state } = startServiceHandshake();
    this.#hello = state;
    this.#requests.disconnected();
  }
}

function lifeOf(status: number): ProgramLife {
  switch (status) {
    case STATUS.ok:
      return 'answered';
    case STATUS.unsupported:
    case STATUS.notFound:
      return 'unknown';
    default:
      return 'silent';
  }
}
