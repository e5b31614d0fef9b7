/**
 * Lets the npm package `x11` speak over the addon's stream: the few members of
 * a Node socket that it uses, with one ordered queue behind them. The package's
 * own way of passing descriptors overtakes queued requests and corrupts the
 * connection under load, so it is never used.
 */
import { EventEmitter } from 'node:events';
import type { Fd, Stream } from '../native/addon.ts';
import { setupLength, thinSetup } from './setup-reply.ts';

/** Largest part of what waits that is read before others get their turn. */
const BYTES_PER_TURN = 256 * 1024;
const READ_BYTES = 64 * 1024;

type Done = (error?: Error) => void;

export class PackageStream extends EventEmitter {
  /** The package asks for this before it uses `sendFds`. */
  readonly _fdCapable = true;
  readonly #stream: Stream;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  /** What has come of the answer to our greeting; undefined when the package has it. */
  #setup: Buffer | undefined = Buffer.alloc(0);
  #waiting: Done[] = [];
  #ended = false;
  #destroyed = false;

  constructor(stream: Stream) {
    super();
    this.#stream = stream;
    // The package adds listeners of its own; an 'error' without one would throw.
    this.on('error', () => {});
  }

  /** Begins reading; the package must have been given the stream before. */
  start(): void {
    this.#stream.start({
      readable: () => this.#read(),
      drained: () => this.#drained(),
      // What the server said before it went (why it refuses us, say) is still
      // to be read; the end of the stream follows it.
      failed: () => {},
    });
  }

  get writableLength(): number {
    return this.#destroyed ? 0 : this.#stream.pendingBytes;
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  get writableEnded(): boolean {
    return this.#ended;
  }

  /** Queues a copy; always true, because the queue is the addon's. */
  write(bytes: Buffer, done?: Done): boolean {
    if (this.#destroyed || this.#ended) {
      done?.(new Error('the X connection is closed'));
      return true;
    }
    if (bytes.length > 0) {
      this.#stream.write(bytes);
      done?.();
    } else if (done) {
      // An empty write asks to be told when everything before it has gone.
      if (this.#stream.pendingBytes === 0) done();
      else this.#waiting.push(done);
    }
    return true;
  }

  /** Queues `bytes` with descriptors on its first byte; they are duplicates made for this and are closed here. */
  sendFds(bytes: Buffer, fds: readonly Fd[], done?: Done): void {
    try {
      if (this.#destroyed || this.#ended) {
        done?.(new Error('the X connection is closed'));
        return;
      }
      this.#stream.write(bytes, fds);
      done?.();
    } finally {
      for (const fd of fds) fd[Symbol.dispose]();
    }
  }

  /** Sends EOF after what is queued. */
  end(): void {
    if (this.#ended || this.#destroyed) return;
    this.#ended = true;
    this.#stream.end();
  }

  /** Closes at once; what is queued is lost. */
  destroy(): void {
    this.#close();
  }

  #read(): void {
    let budget = BYTES_PER_TURN;
    while (budget > 0 && !this.#destroyed) {
      const length = this.#stream.read(this.#buffer);
      if (length === 0) return;
      if (length < 0) {
        this.#close();
        return;
      }
      budget -= length;
      // The package keeps what it cannot use yet, so it gets a copy.
      this.#came(Buffer.from(this.#buffer.subarray(0, length)));
      // What came meanwhile brings us here again.
      if (length < READ_BYTES) return;
    }
  }

  #came(bytes: Buffer): void {
    if (!this.#setup) {
      this.emit('data', bytes);
      return;
    }
    const have = Buffer.concat([this.#setup, bytes]);
    const wanted = setupLength(have);
    if (wanted === undefined || have.length < wanted) {
      this.#setup = have;
      return;
    }
    this.#setup = undefined;
    this.emit('data', thinSetup(have.subarray(0, wanted)));
    if (have.length > wanted) this.emit('data', have.subarray(wanted));
  }

  #drained(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }

  #close(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#waiting = [];
    const { length = 0 } = this.#setup ?? {};
    // Cut short, it is the package's to complain about.
    if (this.#setup && length > 0) this.emit('data', this.#setup);
    this.#setup = undefined;
    this.#stream[Symbol.dispose]();
    this.emit('end');
    this.emit('close');
  }
}
