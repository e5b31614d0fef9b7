/**
 * A listening socket for bytes of one qube that only ever come in, handed over
 * by a process of dom0 (which may be told anything by the qube, but connects as
 * this user or root). One connection at a time: a newer one takes the older
 * one's place, as a sender that begins again does. At most RATE_BYTES a second
 * are taken; what comes faster waits in the kernel.
 */
import { rmSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { type Listener, native, type Stream } from '../native/addon.ts';
import { isOwnPeer } from './lines.ts';

/** What is read in one turn: as much as a turn of the GUI channel. */
const READ_BYTES = 16 * 1024;
/** A window of icons at the size that agents send takes a hundredth of it. */
export const RATE_BYTES = 8 * 1024 * 1024;
const SLICE_MS = 100;
const SLICE_BYTES = (RATE_BYTES * SLICE_MS) / 1000;

/** Who takes the bytes of one connection. */
export interface Intake {
  /** A view that is overwritten after the call. False = no more of this connection. */
  bytes(view: Uint8Array): boolean;
}

export interface InletOptions {
  /** Bound with mode 0600, removed with the inlet. */
  readonly path: string;
  readonly clock: Clock;
  /** A connection was made; the one before it is over. */
  opened(): Intake;
  /** Somebody else's process connected and was turned away. */
  refused(uid: number): void;
}

const chunk = new Uint8Array(READ_BYTES);

export class Inlet implements Disposable {
  readonly #options: InletOptions;
  readonly #listener: Listener;
  #stream: Stream | undefined;
  #sliceEndMs = 0;
  #taken = 0;
  #pause: Disposable | undefined;

  /** Throws with errno when the path cannot be bound. */
  constructor(options: InletOptions) {
    this.#options = options;
    this.#listener = native().listenUnix(options.path);
    this.#listener.start((stream) => this.#accept(stream));
  }

  [Symbol.dispose](): void {
    if (this.#listener.disposed) return;
    // The name first: nobody should find a socket that nobody listens on.
    rmSync(this.#options.path, { force: true });
    this.#listener[Symbol.dispose]();
    this.#end();
  }

  #accept(stream: Stream): void {
    if (!isOwnPeer(stream)) {
      const { uid } = stream.peerCredentials();
      stream[Symbol.dispose]();
      this.#options.refused(uid);
      return;
    }
    this.#end();
    this.#stream = stream;
    const intake = this.#options.opened();
    stream.start({ readable: () => this.#read(stream, intake) });
  }

  #read(stream: Stream, intake: Intake): void {
    const count = stream.read(chunk);
    // Nobody has a reason to send descriptors here.
    const fds = stream.takeFds();
    for (const fd of fds) fd[Symbol.dispose]();
    const goesOn = count >= 0 && fds.length === 0;
    if (!goesOn || (count > 0 && !intake.bytes(chunk.subarray(0, count)))) {
      if (this.#stream === stream) this.#end();
      return;
    }
    this.#spend(stream, count);
  }

  #spend(stream: Stream, count: number): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs >= this.#sliceEndMs) {
      this.#sliceEndMs = nowMs + SLICE_MS;
      this.#taken = 0;
    }
    this.#taken += count;
    if (this.#taken < SLICE_BYTES) return;
    stream.pause();
    this.#pause = clock.after(Math.max(1, this.#sliceEndMs - nowMs), () => {
      if (this.#stream === stream) stream.resume();
    });
  }

  #end(): void {
    this.#pause?.[Symbol.dispose]();
    this.#stream?.[Symbol.dispose]();
    this.#stream = undefined;
  }
}
