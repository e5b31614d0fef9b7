/**
 * A qube's end of a channel with nothing but bytes and descriptors: takes the
 * place of a scripted end, whose sockets cannot send descriptors. The daemon
 * finds it when the scripted conversation is over.
 */
import { unlinkSync } from 'node:fs';
import { type Fd, type Listener, native, type Stream } from '../../src/native/addon.ts';
import { eventually } from '../rig/eventually.ts';

export interface ScriptedEnd {
  readonly path: string;
  hangUp(): void;
}

export class RawEnd implements Disposable {
  readonly #listener: Listener;
  #stream: Stream | undefined;
  #ended = false;
  /** Bytes of the daemon so far, of all conversations. */
  received = 0;
  connections = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Listens where `end` did and waits until the daemon is here. */
  static async instead(end: ScriptedEnd): Promise<RawEnd> {
    unlinkSync(end.path);
    const raw = new RawEnd(native().listenUnix(end.path));
    raw.#listener.start((stream) => raw.#take(stream));
    end.hangUp();
    await eventually(() => raw.#stream, 'the daemon connects again');
    return raw;
  }

  /** Bytes with descriptors on the first of them. */
  write(bytes: Uint8Array, fds: readonly Fd[] = []): void {
    this.#stream?.write(bytes, fds);
  }

  /** The daemon has said at least so much. */
  async heard(bytes: number): Promise<void> {
    await eventually(() => (this.received >= bytes ? true : undefined), `${bytes} bytes`);
  }

  /** The daemon has closed the conversation. */
  async gone(): Promise<void> {
    await eventually(() => (this.#ended ? true : undefined), 'the end of the conversation');
  }

  [Symbol.dispose](): void {
    this.#stream?.[Symbol.dispose]();
    this.#listener[Symbol.dispose]();
  }

  #take(stream: Stream): void {
    this.connections++;
    this.#stream?.[Symbol.dispose]();
    this.#stream = stream;
    this.#ended = false;
    const into = new Uint8Array(4096);
    const over = (): void => {
      if (this.#stream === stream) this.#ended = true;
    };
    stream.start({
      readable: () => {
        const count = stream.read(into);
        if (count < 0) over();
        else this.received += count;
      },
      failed: over,
    });
  }
}
