/**
 * One qube's GUI session: reads its channel in turns of bounded work, does the
 * handshake, and ends the conversation at the first breach of a rule. This is
 * the only place that catches a ProtocolViolation or LimitExceeded; nothing a
 * qube sends can end more than its own session.
 *
 * States: `idle` (not started, or ended and waiting for a hand), `waiting` (no
 * conversation: the channel looks for one, or a pause after a violation runs),
 * `greeting` (connected, no version yet), `ready` (windows may exist).
 */
import { DEFAULT_LIMITS, type Limits } from '../base/budgets.ts';
import type { Clock } from '../base/clock.ts';
import { LimitExceeded, ProtocolViolation } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { PerMinute } from '../base/per-minute.ts';
import type { Channel, Secret } from '../channel/channel.ts';
import { FrameReader } from '../protocol/framing.ts';
import { fromVm } from '../protocol/from-vm.ts';
import { DAEMON_START, screenConfig, stepDaemonHandshake } from '../protocol/handshake.ts';
import type { Version } from '../protocol/version.ts';
import { Incoming } from './incoming.ts';
import { Output } from './output.ts';
import { PassedDamage } from './passed-damage.ts';
import { Placement } from './placement.ts';
import { PoolWatch } from './pool-watch.ts';
import type { DesktopPort, QubePort } from './port.ts';
import { type Conversation, SessionQubePort } from './qube-port.ts';
import { Reconnector } from './reconnector.ts';
import { Throttle } from './throttle.ts';
import { costOf, READ_BYTES, rateOf, TurnCount } from './turn.ts';
import { WindowTable } from './window-table.ts';

export interface GuiSessionOptions {
  /** Owned by the session from now on. */
  readonly channel: Channel;
  readonly clock: Clock;
  /** Knows the qube's name and domain already. */
  readonly log: Log;
  /** What all its images may take, in pages. */
  readonly poolPages: number;
  /** References from 0 to one less than this may exist; `poolPages` if not given. */
  readonly references?: number | undefined;
  /** Default: those of base/budgets.ts. */
  readonly limits?: Limits | undefined;
  /** dom0's screen in pixels; asked at each handshake. */
  screen(): { readonly width: number; readonly height: number; readonly depth: number };
}

export type SessionState =
  | { readonly state: 'idle' }
  | { readonly state: 'waiting' }
  | { readonly state: 'greeting' }
  | { readonly state: 'ready'; readonly version: Version; readonly windows: number };

/** A conversation that is ready, with the parts that only reading needs. */
interface Ready extends Conversation {
  readonly reader: FrameReader;
  readonly incoming: Incoming;
  readonly pool: PoolWatch;
  readonly passed: PassedDamage;
}

/** Bytes on their way from a channel to a reader; one for all sessions, zeroed after each use. */
const chunk = new Uint8Array(READ_BYTES);

export class GuiSession implements Disposable {
  /** What the desktop talks to; good for the whole life of the session. */
  readonly qube: QubePort;
  readonly #options: GuiSessionOptions;
  readonly #channel: Channel;
  readonly #log: Log;
  readonly #limits: Limits;
  readonly #throttle: Throttle;
  readonly #droppedLately: PerMinute;
  readonly #port = new SessionQubePort((error) => this.#notWritten(error));
  #desktop: DesktopPort | undefined;
  #greeting = DAEMON_START;
  #ready: Ready | undefined;
  /** Why this conversation ended or is about to; cleared by the next one. */
  #failure: ProtocolViolation | LimitExceeded | undefined;
  readonly #reconnector: Reconnector;
  #turn: NodeJS.Immediate | undefined;
  readonly #count = new TurnCount();
  /** The channel is not read: for others, or because the qube says too much. */
  #paused = false;
  /** The channel is to be open: it is, or it looks for the qube. */
  #looking = false;
  readonly #again = (): void => {
    this.#turn = undefined;
    if (this.#ready && !this.#failure) this.#guarded(() => this.#work());
  };
  readonly #readAgain = (): void => {
    this.#turn = undefined;
    this.#paused = false;
    this.#channel.resume();
  };
  #dropped = 0;
  #lastEnd: { readonly code: string; readonly reason: string } | undefined;

  constructor(options: GuiSessionOptions) {
    this.#options = options;
    this.#channel = options.channel;
    this.#log = options.log;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#throttle = new Throttle(options.clock, options.log, this.#limits, rateOf);
    this.#droppedLately = new PerMinute(this.#limits.droppedPerMinute);
    this.#reconnector = new Reconnector(options.clock, () => this.#begin());
    this.qube = this.#port;
  }

  /** What was handled since the session object was made. */
  get count(): TurnCount {
    this.#ready?.passed.settle();
    return this.#count;
  }

  get status(): SessionState {
    if (this.#ready) {
      const { version, windows } = this.#ready;
      return { state: 'ready', version, windows: windows.size };
    }
    if (this.#channel.isOpen) return { state: 'greeting' };
    return { state: this.#looking || this.#reconnector.waiting ? 'waiting' : 'idle' };
  }

  /** How the last conversation ended; undefined before the first end and while one is ready. */
  get lastEnd(): { readonly code: string; readonly reason: string } | undefined {
    return this.#ready ? undefined : this.#lastEnd;
  }

  /** Why windows of it have no picture, when its pool is full. */
  get shortage(): string | undefined {
    return this.#ready?.pool.shortage;
  }

  /** It is slowed down: it says more than its rates allow. */
  get throttled(): boolean {
    return this.#throttle.throttled;
  }

  /** How often it was slowed down, since the session object was made. */
  get pauses(): number {
    return this.#throttle.pauses;
  }

  /** Turns of all qubes that were handled before the last key or button that it was told; 0 = none. */
  get lastInput(): number {
    return this.#port.lastInput;
  }

  /** Messages that a rule dropped, since the session object was made. */
  get droppedMessages(): number {
    return this.#dropped;
  }

  /** Begins to look for the qube; tells `desktop` everything from now on. */
  start(desktop: DesktopPort): void {
    this.#desktop = desktop;
    this.#begin();
  }

  /** By hand: ends a pause, or begins again after the last violation. The count of them stays. */
  reconnect(): void {
    if (this.#looking || !this.#desktop) return;
    this.#reconnector[Symbol.dispose]();
    this.#begin();
  }

  #begin(): void {
    this.#looking = true;
    this.#channel.start({
      opened: () => this.#opened(),
      readable: () => this.#readable(),
      drained: () => this.#ready?.output.flush(),
      closed: (reason) => this.#closed(reason),
    });
  }

  /** Ends the session; all windows go. */
  [Symbol.dispose](): void {
    this.#end('SESSION_CLOSED', 'dom0 closed the session');
    this.#looking = false;
    this.#reconnector[Symbol.dispose]();
    this.#throttle[Symbol.dispose]();
    this.#desktop = undefined;
    this.#channel[Symbol.dispose]();
  }

  #opened(): void {
    this.#greeting = DAEMON_START;
    this.#failure = undefined;
  }

  /** One turn: one read and a bounded amount of work. */
  #readable(): void {
    this.#guarded(() => {
      // A read that throws has left behind what nobody knows.
      let count = READ_BYTES;
      try {
        count = this.#channel.read(chunk);
        if (count <= 0) return;
        if (this.#ready) this.#ready.reader.push(chunk, count);
        else this.#greet(chunk.subarray(0, count));
      } finally {
        chunk.fill(0, 0, Math.max(count, 0));
      }
      this.#work();
    });
  }

  #greet(bytes: Uint8Array): void {
    const { width, height, depth } = this.#options.screen();
    const screen = screenConfig(width, height, depth);
    const { state, send, rest } = stepDaemonHandshake(this.#greeting, bytes, screen);
    this.#greeting = state;
    if (state.phase !== 'done') return;
    this.#channel.write(send);
    this.#converse(state.version);
    this.#ready?.reader.push(rest);
  }

  #converse(version: Version): void {
    const { clock, poolPages, references = poolPages } = this.#options;
    const port = this.#desktop as DesktopPort;
    const channel = this.#channel;
    const output = new Output(
      {
        write: (bytes) => this.#write(bytes),
        writeSecret: (header, secret) => this.#writeSecret(header, secret),
        get queuedBytes() {
          return channel.queuedBytes;
        },
      },
      version,
    );
    const placement = new Placement(clock, port, output);
    const windows = new WindowTable(this.#limits.maxWindows);
    const onDropped = () => {
      this.#dropped++;
      if (this.#droppedLately.take(clock.nowMs())) return;
      throw new LimitExceeded('DROPPED_LIMIT', 'it says too much that no rule allows');
    };
    const pool = new PoolWatch({
      clock,
      log: this.#log,
      windows,
      poolPages,
      usedPages: () => incoming.usedPages,
    });
    const onPictures = () => pool.changed();
    const incoming = new Incoming({
      port,
      windows,
      output,
      placement,
      version,
      poolPages,
      references,
      onDropped,
      onPictures,
    });
    const reader = new FrameReader(fromVm, { version });
    const { socket } = channel;
    const shortcut = socket && port.shortcut?.(socket, fromVm.type.shmImage);
    const passed = new PassedDamage(shortcut, this.#throttle, this.#count);
    this.#ready = { version, windows, output, placement, reader, incoming, pool, passed };
    this.#port.conversation = this.#ready;
    this.#reconnector.ready();
    this.#log.info({ version: `${version.major}.${version.minor}` }, 'the session is ready');
    port.sessionReady(`${version.major}.${version.minor}`);
  }

  /** Handles what was read, up to the budgets of a turn; the rest in a later one. */
  #work(): void {
    const ready = this.#ready;
    if (!ready) return;
    const { turnCost, turnRequests } = this.#limits;
    const desktop = this.#desktop as DesktopPort;
    const { reader, incoming, passed } = ready;
    const requestsBefore = desktop.requests ?? 0;
    let cost = 0;
    let end: 'all' | 'budget' | 'rate' = 'budget';
    this.#throttle.begin();
    passed.begin();
    this.#count.begin();
    do {
      const frame = reader.next();
      if (!frame) {
        end = 'all';
        break;
      }
      cost += costOf(frame.type, frame.length);
      this.#count.messages++;
      const { type } = frame;
      incoming.handle(frame);
      if (type === fromVm.type.clipboardData) reader.wipe();
      // Handling it may have made us write more than the qube may leave unread.
      if (this.#failure) return;
      if (!this.#throttle.take(type)) {
        end = 'rate';
        break;
      }
    } while (cost < turnCost && (desktop.requests ?? 0) - requestsBefore < turnRequests);
    incoming.settle();
    this.#count.end(cost, (desktop.requests ?? 0) - requestsBefore, end === 'budget');
    // Only a damage message costs 1.
    if (cost === 1 && end === 'all' && !this.#paused && reader.isBetween) passed.allow();
    this.#goOn(end);
  }

  /** Never two turns in one round of the loop, which serves every other qube in between. */
  #goOn(end: 'all' | 'budget' | 'rate'): void {
    if (end === 'all' && !this.#paused) return;
    if (end === 'rate') this.#throttle.pause(this.#again);
    else this.#turn = setImmediate(end === 'budget' ? this.#again : this.#readAgain);
    if (!this.#paused) this.#channel.pause();
    this.#paused = true;
  }

  /** The one catch: a breach of a rule ends this session and nothing else. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolViolation || error instanceof LimitExceeded)) throw error;
      this.#failure = error;
    }
    if (this.#failure) this.#violated(this.#failure);
  }

  /** Never throws: called from the desktop's event handlers. */
  #write(bytes: Uint8Array): void {
    if (this.#failure) return;
    try {
      this.#channel.write(bytes);
    } catch (error) {
      this.#notWritten(error);
    }
  }

  /** As `#write`; false when the conversation ends over it, or is about to. */
  #writeSecret(header: Uint8Array, secret: Secret): boolean {
    if (this.#failure) return false;
    try {
      this.#channel.writeSecret(header, secret);
      return true;
    } catch (error) {
      this.#notWritten(error);
      return false;
    }
  }

  /** The end comes in a turn of its own. */
  #notWritten(error: unknown): void {
    if (!(error instanceof LimitExceeded)) throw error;
    this.#failure = error;
    setImmediate(() => {
      if (this.#failure === error) this.#violated(error);
    });
  }

  #violated(error: ProtocolViolation | LimitExceeded): void {
    if (!this.#looking) return;
    this.#looking = false;
    const { code, message } = error;
    const retryMs = this.#reconnector.violated();
    const windows = this.#ready?.windows.size;
    this.#log.warn({ code, windows, retryMs }, `the session ends: ${message}`);
    this.#end(code, message);
    this.#channel.hangUp(false);
  }

  #closed(reason: string): void {
    if (this.#failure || !this.#desktop) return;
    this.#reconnector.closed();
    this.#end('CHANNEL_CLOSED', reason);
  }

  /** All windows of this conversation go. Silent when it had not begun, unless a rule was broken. */
  #end(code: string, reason: string): void {
    const ready = this.#ready;
    ready?.passed.settle();
    this.#ready = undefined;
    this.#port.conversation = undefined;
    this.#greeting = DAEMON_START;
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#paused = false;
    this.#throttle[Symbol.dispose]();
    if (!ready && this.#failure === undefined) return;
    // A text may lie in it: half of one, one whose turn did not come, one that broke a rule.
    ready?.reader.clear();
    ready?.windows.clear();
    ready?.pool[Symbol.dispose]();
    this.#lastEnd = { code, reason };
    this.#log.debug({ code }, 'the session ended');
    this.#desktop?.sessionEnded(code, reason);
  }
}
