/**
 * The test's end of puppet.mjs, a program that runs inside a qube: tells it
 * what to do and keeps what it saw. The socket lies in the qube's home, which
 * the configuration of the test puts on the host.
 */
import { connect, type Socket } from 'node:net';
import type { Rect, Size } from '../../../src/base/geometry.ts';
import { waitUntil } from '../wait.ts';

/** An X event as a client in the qube got it. */
export interface PuppetEvent {
  readonly name: string;
  readonly window: number;
  readonly synthetic: boolean;
  /** Keycode or button; of focus events the detail. */
  readonly detail?: number;
  readonly state?: number;
  readonly mode?: number;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

export interface WindowKind {
  readonly title: string;
  /** Where, in the qube's root coordinates. */
  readonly rect: Rect;
  /** Which picture it shows (pictureColor). */
  readonly seed: number;
  readonly overrideRedirect?: boolean;
  /** A window of the same puppet. */
  readonly transientFor?: number;
  readonly type?: 'DIALOG' | 'SPLASH' | 'TOOLTIP' | 'POPUP_MENU';
  /** Asks for no decoration (_MOTIF_WM_HINTS). */
  readonly motif?: boolean;
  readonly hints?: {
    readonly position?: 'user' | 'program' | 'none';
    readonly min?: Size;
    readonly max?: Size;
    readonly increment?: Size;
    readonly base?: Size;
  };
  readonly map?: boolean;
}

export interface QubeWindowNow {
  readonly window: number;
  readonly rect: Rect;
  readonly overrideRedirect: boolean;
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

export class Puppet implements Disposable {
  /** Everything that its windows were sent, in order. */
  readonly events: PuppetEvent[] = [];
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #text = '';
  #over: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
    socket.on('close', () => {
      this.#over = new Error('the puppet is gone');
      for (const { reject } of this.#waiting.values()) reject(this.#over);
      this.#waiting.clear();
    });
  }

  /** Waits until it is there. */
  static async connect(path: string): Promise<Puppet> {
    const socket = await waitUntil(() => tryConnect(path), 'the puppet listens in its qube');
    return new Puppet(socket);
  }

  get isGone(): boolean {
    return this.#over !== undefined;
  }

  /** Opens a window; resolves with its number in the qube once the qube's X server has it. */
  async open(kind: WindowKind): Promise<number> {
    return (await this.#ask<{ window: number }>('open', { ...kind })).window;
  }

  configure(window: number, values: Partial<Rect> & { stackMode?: number }): Promise<void> {
    return this.#ask('configure', { window, values });
  }

  map(window: number): Promise<void> {
    return this.#ask('map', { window });
  }

  unmap(window: number): Promise<void> {
    return this.#ask('unmap', { window });
  }

  destroy(window: number): Promise<void> {
    return this.#ask('destroy', { window });
  }

  /** Draws another picture. */
  retile(window: number, seed: number): Promise<void> {
    return this.#ask('retile', { window, seed });
  }

  fullscreen(window: number, on: boolean): Promise<void> {
    return this.#ask('fullscreen', { window, on });
  }

  geometry(window: number): Promise<Rect> {
    return this.#ask('geometry', { window });
  }

  screen(): Promise<Size> {
    return this.#ask('screen', {});
  }

  /** The qube's X server: modifiers in effect, keycodes that are down, whether it repeats keys itself. */
  keyboard(): Promise<{ mask: number; down: readonly number[]; autoRepeat: boolean }> {
    return this.#ask('keyboard', {});
  }

  /** Every window of the qube that shows, whoever made it, bottom first. */
  tree(): Promise<readonly QubeWindowNow[]> {
    return this.#ask('tree', {});
  }

  /** What the qube's X server sent so far has been told. */
  sync(): Promise<void> {
    return this.#ask('sync', {});
  }

  of(name: string, window?: number): PuppetEvent[] {
    return this.events.filter(
      (one) => one.name === name && (window === undefined || one.window === window),
    );
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #ask<T>(op: string, params: Record<string, unknown>): Promise<T> {
    if (this.#over) return Promise.reject(this.#over);
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ ...params, id, op })}\n`);
    });
  }

  #take(chunk: string): void {
    const lines = (this.#text + chunk).split('\n');
    this.#text = lines.pop() as string;
    for (const line of lines) {
      const message = JSON.parse(line) as Record<string, unknown>;
      if (message.event !== undefined) {
        this.events.push(message.event as PuppetEvent);
        continue;
      }
      const waiting = this.#waiting.get(message.id as number);
      this.#waiting.delete(message.id as number);
      if (message.error !== undefined) waiting?.reject(new Error(String(message.error)));
      else waiting?.resolve(message.result as never);
    }
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
