/**
 * A program in the qube that writes over its shared memory as fast as it can,
 * from a thread of its own, until it is disposed of.
 */
import { Worker } from 'node:worker_threads';
import type { Fd } from '../../src/native/addon.ts';

const PAGE_BYTES = 4096;
const SOURCE = `
const { openSync, writeSync, closeSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { path, bytes, control } = workerData;
const fd = openSync(path, 'r+');
const noise = Buffer.alloc(bytes);
parentPort.postMessage('ready');
let fill = 0;
while (Atomics.load(control, 0) === 0) {
  noise.fill(fill = (fill + 37) & 255);
  try {
    writeSync(fd, noise, 0, bytes, 0);
  } catch (error) {
    // Somebody has just made it smaller.
    if (error.code !== 'EFBIG' && error.code !== 'ENOSPC') throw error;
  }
  Atomics.add(control, 1, 1);
}
closeSync(fd);
`;

export class Scribbler implements AsyncDisposable {
  readonly #worker: Worker;
  /** Stop, and how often everything was written. */
  readonly #control: Int32Array;
  readonly #ended: Promise<unknown>;

  private constructor(worker: Worker, control: Int32Array) {
    this.#worker = worker;
    this.#control = control;
    this.#ended = new Promise((resolve, reject) => {
      worker.once('exit', resolve);
      worker.once('error', reject);
    });
  }

  /** Over the first `pages` pages of `memory`; resolves when it writes. */
  static async over(memory: Fd, pages: number): Promise<Scribbler> {
    const control = new Int32Array(new SharedArrayBuffer(8));
    const path = `/proc/self/fd/${memory.number}`;
    const workerData = { path, bytes: pages * PAGE_BYTES, control };
    const worker = new Worker(SOURCE, { eval: true, workerData });
    const scribbler = new Scribbler(worker, control);
    await new Promise((resolve) => worker.once('message', resolve));
    return scribbler;
  }

  get rounds(): number {
    return Atomics.load(this.#control, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Atomics.store(this.#control, 0, 1);
    await this.#ended;
    this.#worker.removeAllListeners();
  }
}
