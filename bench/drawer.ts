/** The native program that draws (bench/native/draw.cc), wherever it runs. */
import { connect, type Socket } from 'node:net';
import type { Size } from '../src/base/geometry.ts';
import { waitUntil } from '../test/rig/wait.ts';
import { Talk } from './talk.ts';

/** How an update looks: one colour, a picture from shared memory, squares of 64 pixels. */
export type Kind = 'fill' | 'photo' | 'squares';

export interface Drawn {
  readonly drawn: number;
  /** The colour of the last update, and when it was drawn, in ns. */
  readonly last: number;
  readonly lastAt: number;
  readonly ended: number;
}

export class Drawer implements Disposable {
  readonly #socket: Socket;
  readonly #talk: Talk;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#talk = new Talk('draw', socket, socket);
  }

  /** @param until settles when the program cannot come any more */
  static async connect(path: string, until?: Promise<unknown>): Promise<Drawer> {
    const socket = await waitUntil(() => tryConnect(path), 'the drawing program listens', {
      limitMs: 20_000,
      ...(until === undefined ? {} : { until }),
    });
    return new Drawer(socket);
  }

  /** A new window in the place of the one before; resolves when its server has shown it. */
  window(size: Size, x: number, y: number, colour: number): Promise<{ readonly asked: number }> {
    return this.#talk.ask('window', size.width, size.height, x, y, colour);
  }

  /** Draws from a moment on for so many ns; rate 0 = as fast as the X server answers. */
  run(kind: Kind, rate: number, start: number, nanos: number): Promise<Drawn> {
    return this.#talk.ask('run', kind, rate, Math.round(start), Math.round(nanos));
  }

  /** From now on each key fills the window anew. */
  keys(): Promise<void> {
    return this.#talk.ask('keys');
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
