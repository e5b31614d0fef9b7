/**
 * How much of one qube's drawing is under way to the X server: asked for, and
 * not known to be done. One bound for all windows of a qube, so that a qube with
 * many windows makes nobody wait longer than one with a single one.
 */
import type { Canvas } from './canvas.ts';

/** Bytes under way of one qube: eight full-HD images, some ms of the server's time. */
const QUBE_BYTES = 64 << 20;
/** A put costs the server something however small it is: at most 256 are under way. */
export const MIN_PUT_BYTES = QUBE_BYTES / 256;

export class Flight {
  readonly #goOn: (canvas: Canvas) => void;
  readonly #ask: (landed: () => void) => void;
  readonly #landed = (): void => this.#land();
  /** Windows with something to put, for which there was no room. */
  readonly #waiting: Canvas[] = [];
  #bytes = 0;
  /** The part of them that the fence under way covers; 0 = none is. */
  #fenced = 0;

  /**
   * @param goOn is called for each window that waited, when there may be room again
   * @param ask is to call `landed` when the server has carried out everything of before
   */
  constructor(goOn: (canvas: Canvas) => void, ask: (landed: () => void) => void) {
    this.#goOn = goOn;
    this.#ask = ask;
  }

  get hasRoom(): boolean {
    return this.#bytes < QUBE_BYTES;
  }

  /** Bytes that may be put before we have to ask, or wait for the answer. */
  get room(): number {
    return (this.#fenced > 0 ? QUBE_BYTES : QUBE_BYTES / 2) - this.#bytes;
  }

  wait(canvas: Canvas): void {
    this.#waiting.push(canvas);
  }

  /** A put of so many bytes was asked for. */
  took(bytes: number): void {
    this.#bytes += Math.max(MIN_PUT_BYTES, bytes);
  }

  /** So much was put without us. */
  flew(bytes: number): void {
    this.#bytes += bytes;
  }

  /** To be called after puts: asks when they are done, if it is time to know. */
  mind(): void {
    if (this.#fenced > 0 || this.#bytes <= QUBE_BYTES / 2) return;
    this.#fenced = this.#bytes;
    this.#ask(this.#landed);
  }

  #land(): void {
    this.#bytes -= this.#fenced;
    this.#fenced = 0;
    // A put larger than all the room may have followed the fence: nobody else would ask for it.
    this.mind();
    for (const canvas of this.#waiting.splice(0)) this.#goOn(canvas);
  }
}
