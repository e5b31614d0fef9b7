/**
 * The daemon's end of one worker of the renderer: one picture at a time. The
 * pixels go into memory that this process made and sealed, so that nothing a
 * worker does can take it away from the X server; of its answers only two
 * numbers are read.
 */
import { Emitter } from '../base/emitter.ts';
import type { Size } from '../base/geometry.ts';
import { type Fd, native, type Stream } from '../native/addon.ts';
import { DRAWN, encodeRequest, PAIR_BYTES, withinLimits } from '../renderer/wire.ts';
import type { Picture } from './picture.ts';

interface Running {
  readonly id: number;
  readonly size: Size;
  readonly memory: Fd;
  resolve(picture: Picture): void;
  reject(error: Error): void;
}

export class WorkerLink implements Disposable {
  /** Its process, by which the supervisor knows it. */
  readonly pid: number;
  readonly #stream: Stream;
  readonly #closed = new Emitter<void>();
  readonly #warmed = new Emitter<void>();
  readonly #answer = Buffer.alloc(PAIR_BYTES);
  #filled = 0;
  #warm = false;
  #over = false;
  #lastId = 0;
  #running: Running | undefined;

  constructor(stream: Stream, pid: number) {
    this.pid = pid;
    this.#stream = stream;
    stream.start({ readable: () => this.#read(), failed: () => this.#end() });
  }

  /** It can be given a picture now. */
  get idle(): boolean {
    return this.#warm && !this.#over && this.#running === undefined;
  }

  get over(): boolean {
    return this.#over;
  }

  onWarm(listener: () => void): void {
    this.#warmed.on(listener);
  }

  /** It ended, or was disposed of. */
  onClosed(listener: () => void): void {
    this.#closed.on(listener);
  }

  /**
   * Draws; only when idle. Rejects when the drawing is outside of the limits or
   * no picture, there is no memory for it, or the worker ended.
   * @param secret no copy of `svg` is left in this process; the caller overwrites its own
   */
  draw(svg: Uint8Array, { width, height }: Size, secret = false): Promise<Picture> {
    const request = { svgBytes: svg.length, width, height };
    if (!this.idle) return Promise.reject(new Error('the renderer is not ready'));
    if (!withinLimits(request)) {
      return Promise.reject(new Error(`no picture of ${width}x${height} (${svg.length} bytes)`));
    }
    return new Promise((resolve, reject) => {
      const memory = native().createPool('livery-picture', width * height * 4);
      const id = ++this.#lastId;
      this.#running = { id, size: { width, height }, memory, resolve, reject };
      this.#stream.write(encodeRequest({ id, ...request }), [memory]);
      if (secret) this.#sendSecret(svg);
      else this.#stream.write(svg);
    });
  }

  /** Whatever of it the kernel does not take at once waits in memory that is overwritten. */
  #sendSecret(svg: Uint8Array): void {
    using vault = native().createVault(svg.length);
    vault.store(svg);
    this.#stream.writeSecret(new Uint8Array(0), vault);
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  #read(): void {
    const count = this.#stream.read(this.#answer.subarray(this.#filled));
    if (count < 0) {
      this.#end();
      return;
    }
    this.#filled += count;
    if (this.#filled < PAIR_BYTES) return;
    this.#filled = 0;
    const id = this.#answer.readUInt32LE(0);
    const status = this.#answer.readUInt32LE(4);
    if (!this.#warm) {
      if (id !== 0) this.#end();
      this.#warm = !this.#over;
      if (this.#warm) this.#warmed.emit();
      return;
    }
    const running = this.#running;
    if (running?.id !== id) {
      this.#end();
      return;
    }
    this.#running = undefined;
    if (status === DRAWN) {
      running.resolve(new MemoryPicture(running.memory, running.size));
    } else {
      running.memory[Symbol.dispose]();
      running.reject(new Error('the renderer could not draw it'));
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream[Symbol.dispose]();
    const running = this.#running;
    this.#running = undefined;
    running?.memory[Symbol.dispose]();
    running?.reject(new Error('the renderer ended'));
    this.#closed.emit();
  }
}

class MemoryPicture implements Picture {
  readonly fd: Fd;
  readonly width: number;
  readonly height: number;
  readonly stride: number;

  constructor(fd: Fd, { width, height }: Size) {
    this.fd = fd;
    this.width = width;
    this.height = height;
    this.stride = width * 4;
  }

  [Symbol.dispose](): void {
    if (!this.fd.disposed) this.fd[Symbol.dispose]();
  }
}
