/**
 * One page that looks: gets the changed parts of the screen, one picture after
 * the other as it has drawn the one before, and once a second what the daemon
 * tells. Whatever a page does not take is not kept for it: what it has not seen
 * is some rectangles, and the next news have all of the former.
 */
import type { WebSocket } from 'ws';
import { messageOf } from '../base/errors.ts';
import { intersect, type Rect, sameRect } from '../base/geometry.ts';
import type { WindowListing } from '../control/messages.ts';
import type { XConnection } from '../x11/connection.ts';
import type { Capture } from './capture.ts';
import { Changed } from './changed.ts';
import type { Input } from './input.ts';
import {
  type Control,
  PICTURE,
  parsePageMessage,
  pictureMessage,
  type ViewMessage,
} from './messages.ts';
import { jpegOf, thumbnailOf } from './picture.ts';
import type { DaemonState } from './state.ts';
import { uncovered } from './uncovered.ts';

/** The most pictures a second that a page is sent: 20. */
const PICTURE_EVERY_MS = 50;
const STATE_EVERY_MS = 1000;
const THUMBNAILS_EVERY_MS = 2000;
const THUMBNAIL = { width: 224, height: 140 };
/** What a page may leave unread before news are left out. */
const MOST_UNREAD_BYTES = 256 * 1024;
/** A page that has drawn nothing for so long, and does not answer, is taken to be gone. */
const PING_EVERY_MS = 15_000;
/** A page that draws nothing for so long is asked nothing for either. */
const STALLED_MS = 5000;
const POLICY_VIOLATION = 1008;

export interface ViewerParts {
  readonly socket: WebSocket;
  readonly x: XConnection;
  readonly capture: Capture;
  readonly state: DaemonState;
  readonly control: Control;
  /** Undefined: the page only looks. */
  readonly input: Input | undefined;
}

export class Viewer implements Disposable {
  readonly #parts: ViewerParts;
  readonly #changed = new Changed();
  readonly #stale = new Set<number>();
  readonly #disposables: Disposable[];
  readonly #timers: NodeJS.Timeout[];
  /** Pictures that the page was sent and has not drawn. */
  #underWay = 0;
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #seen = { event: 0, log: 0 };
  #windows: readonly WindowListing[] = [];
  #alive = true;
  #refusedMs = Number.NEGATIVE_INFINITY;
  #looking = false;
  #picturing = false;
  #closed = false;

  constructor(parts: ViewerParts) {
    this.#parts = parts;
    const { socket, capture, control } = parts;
    socket.on('message', (data, isBinary) => this.#take(isBinary ? '' : String(data)));
    socket.on('pong', () => {
      this.#alive = true;
    });
    this.#disposables = [
      capture.onChange((rect) => this.#note(rect)),
      capture.onResize(() => this.#begin()),
    ];
    this.#timers = [
      setInterval(() => void this.#look(), STATE_EVERY_MS),
      setInterval(() => void this.#thumbnails(), THUMBNAILS_EVERY_MS),
      setInterval(() => this.#ping(), PING_EVERY_MS),
    ];
    this.#say({ kind: 'screen', size: capture.size, control });
    this.#note(capture.rect);
    void this.#look().then(() => this.#thumbnails());
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#timer);
    for (const one of this.#disposables) one[Symbol.dispose]();
    // Another page that is open presses its keys again.
    this.#parts.input?.release();
    this.#parts.socket.terminate();
  }

  /** The screen has another size: everything is new. */
  #begin(): void {
    const { capture, control } = this.#parts;
    this.#changed.take();
    this.#say({ kind: 'screen', size: capture.size, control });
    this.#note(capture.rect);
  }

  #note(rect: Rect): void {
    this.#changed.add(rect);
    for (const { window, frame } of this.#windows) {
      if (intersect(frame, rect)) this.#stale.add(window);
    }
    this.#plan();
  }

  #plan(): void {
    if (this.#closed || this.#busy || this.#underWay > 0 || this.#changed.empty) return;
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#lastMs + PICTURE_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, waitMs);
  }

  async #send(): Promise<void> {
    this.#busy = true;
    this.#lastMs = performance.now();
    try {
      for (const rect of this.#changed.take()) {
        const message = await this.#parts.capture.use(rect, async ({ rect: part, pixels }) =>
          pictureMessage(PICTURE.screen, part, 0, await jpegOf(pixels, part)),
        );
        if (this.#closed) return;
        if (!message) continue;
        this.#underWay++;
        this.#parts.socket.send(message);
      }
    } catch (error) {
      this.#say({ kind: 'away', reason: messageOf(error) });
    }
    this.#busy = false;
    this.#plan();
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#full || this.#stalled) return;
    this.#looking = true;
    try {
      const state = await this.#parts.state.look(this.#seen);
      this.#seen = {
        event: state.events.at(-1)?.seq ?? this.#seen.event,
        log: state.log.at(-1)?.seq ?? this.#seen.log,
      };
      this.#follow(state.windows.filter(({ mapped }) => mapped));
      this.#say(state);
    } catch (error) {
      // Another daemon counts from the beginning.
      this.#seen = { event: 0, log: 0 };
      this.#say({ kind: 'away', reason: messageOf(error) });
    }
    this.#looking = false;
  }

  /** Windows that are new or have moved want another picture. */
  #follow(windows: readonly WindowListing[]): void {
    const before = new Map(this.#windows.map((one) => [one.window, one.frame]));
    for (const { window, frame } of windows) {
      const old = before.get(window);
      if (!old || !sameRect(old, frame)) this.#stale.add(window);
    }
    this.#windows = windows;
    const there = new Set(windows.map(({ window }) => window));
    for (const window of [...this.#stale]) {
      if (!there.has(window as WindowListing['window'])) this.#stale.delete(window);
    }
  }

  async #thumbnails(): Promise<void> {
    if (this.#picturing || this.#full || this.#stalled || this.#stale.size === 0) return;
    this.#picturing = true;
    const { x, capture, socket } = this.#parts;
    try {
      const wanted = this.#windows.filter(({ window }) => this.#stale.has(window));
      const free = await uncovered(x, wanted);
      for (const { window, frame } of wanted) {
        if (!free.has(window)) continue;
        this.#stale.delete(window);
        const message = await capture.use(frame, async ({ rect, pixels }) =>
          pictureMessage(
            PICTURE.thumbnail,
            rect,
            window,
            await thumbnailOf(pixels, rect, THUMBNAIL),
          ),
        );
        if (this.#closed) return;
        if (message) socket.send(message);
      }
    } catch {
      // The X server is gone; whoever owns the connection is told so.
    }
    this.#picturing = false;
  }

  #take(text: string): void {
    if (this.#closed) return;
    const message = parsePageMessage(text);
    if (!message) {
      this.#parts.socket.close(POLICY_VIOLATION, 'not a message of this page');
      return;
    }
    this.#alive = true;
    if (message.kind === 'drawn') {
      this.#underWay = Math.max(0, this.#underWay - 1);
      this.#plan();
      return;
    }
    this.#parts.input?.take(message, (why) => {
      const nowMs = performance.now();
      if (nowMs - this.#refusedMs < STATE_EVERY_MS) return;
      this.#refusedMs = nowMs;
      this.#say({ kind: 'refused', why });
    });
  }

  #ping(): void {
    if (!this.#alive) {
      this[Symbol.dispose]();
      return;
    }
    this.#alive = false;
    this.#parts.socket.ping();
  }

  get #full(): boolean {
    return this.#closed || this.#parts.socket.bufferedAmount > MOST_UNREAD_BYTES;
  }

  /** What nobody sees is not asked for: a hidden tab costs the daemon nothing. */
  get #stalled(): boolean {
    return this.#underWay > 0 && performance.now() - this.#lastMs > STALLED_MS;
  }

  #say(message: ViewMessage): void {
    if (!this.#full) this.#parts.socket.send(JSON.stringify(message));
  }
}
