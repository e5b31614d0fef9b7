/**
 * A process that draws: gets SVG and the memory for its pixels over one stream,
 * and says when they are there. It gives up its rights before it reads the
 * first byte, and ends with the stream. One that was started for a secret draws
 * once and ends: nothing of the secret is left in any memory of dom0 but the
 * pixels.
 */
import { type Fd, native, type Stream } from '../native/addon.ts';
import { confine } from './confine.ts';
import {
  DRAWN,
  decodeRequest,
  encodePair,
  NOT_DRAWN,
  REQUEST_BYTES,
  type RequestHead,
  WORKER_EXIT,
} from './wire.ts';

/** Where the supervisor puts the stream. */
export const STREAM_FD = 3;
const SIGKILL = 9;

type Draw = typeof import('./draw.ts').draw;

/** Runs until its stream ends, or one picture is drawn when it is for `once`; the exit status. */
export async function runWorker(once: boolean): Promise<number> {
  const addon = native();
  addon.setParentDeathSignal(SIGKILL);
  using stream = addon.adoptStream(addon.adoptFd(STREAM_FD));
  const draw = await loadDraw();
  if (!draw) return WORKER_EXIT.cannotDraw;
  try {
    confine();
  } catch {
    return WORKER_EXIT.notConfined;
  }
  return await new Promise((resolve) => new Worker(stream, draw, once, resolve));
}

/** Only in a worker: the supervisor has no use for the libraries. */
async function loadDraw(): Promise<Draw | undefined> {
  try {
    const { draw, warmUp } = await import('./draw.ts');
    await warmUp();
    return draw;
  } catch {
    return undefined;
  }
}

class Worker {
  readonly #stream: Stream;
  readonly #draw: Draw;
  readonly #once: boolean;
  readonly #end: (status: number) => void;
  #head: RequestHead | undefined;
  /** What is being read: a head, or the SVG that belongs to it. */
  #bytes = Buffer.alloc(REQUEST_BYTES);
  #filled = 0;
  #drawing = false;

  constructor(stream: Stream, draw: Draw, once: boolean, end: (status: number) => void) {
    this.#stream = stream;
    this.#draw = draw;
    this.#once = once;
    this.#end = end;
    stream.start({ readable: () => this.#read(), failed: () => end(WORKER_EXIT.done) });
    stream.write(encodePair(0, DRAWN));
  }

  #read(): void {
    const count = this.#stream.read(this.#bytes.subarray(this.#filled));
    if (count < 0) {
      this.#end(WORKER_EXIT.done);
      return;
    }
    this.#filled += count;
    if (count === 0 || this.#filled < this.#bytes.length) return;
    if (this.#drawing) {
      this.#end(WORKER_EXIT.confused);
      return;
    }
    const complete = this.#bytes;
    this.#filled = 0;
    if (this.#head === undefined) {
      this.#head = decodeRequest(complete);
      if (this.#head === undefined) this.#end(WORKER_EXIT.confused);
      else this.#bytes = Buffer.alloc(this.#head.svgBytes);
      return;
    }
    const [memory, ...others] = this.#stream.takeFds();
    if (!memory || others.length > 0) {
      this.#end(WORKER_EXIT.confused);
      return;
    }
    const head = this.#head;
    this.#head = undefined;
    this.#bytes = Buffer.alloc(REQUEST_BYTES);
    this.#drawing = true;
    void this.#answer(head, complete, memory);
  }

  async #answer(head: RequestHead, svg: Buffer, memory: Fd): Promise<void> {
    const { id, width, height } = head;
    let status = DRAWN;
    try {
      const pixels = await this.#draw(svg, width, height);
      native().writeAt(memory, pixels, 0);
      pixels.fill(0);
    } catch {
      status = NOT_DRAWN;
    }
    svg.fill(0);
    memory[Symbol.dispose]();
    this.#drawing = false;
    if (this.#stream.disposed) return;
    this.#stream.write(encodePair(id, status));
    if (this.#once) this.#end(WORKER_EXIT.done);
  }
}
