/**
 * The pixels of dom0's screen: what changed is told by DAMAGE on the root
 * window, and fetched by MIT-SHM only when somebody wants it, so that nobody
 * who does not look costs the X server anything but a rectangle. Reads what is
 * on the screen and asks no qube. Assumes 4 bytes per pixel, BGRX, as the desktop does.
 */
import { Emitter } from '../base/emitter.ts';
import { intersect, isEmpty, type Rect, type Size, sameRect } from '../base/geometry.ts';
import { type Fd, native } from '../native/addon.ts';
import type { XConnection } from '../x11/connection.ts';
import { type Damage, openDamage } from '../x11/extensions.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import { Shm } from '../x11/shm.ts';

/** Report level of DAMAGE. */
const BOUNDING_BOX = 2;

interface Segment {
  readonly size: Size;
  readonly memory: Fd;
  readonly number: number;
  /** What was read last, and one pixel more. */
  readonly bytes: Buffer;
}

/** A part of the screen. */
export interface Part {
  readonly rect: Rect;
  /** RGBX, rows of width * 4 bytes; X is anything. */
  readonly pixels: Buffer;
}

export class Capture implements Disposable {
  readonly #x: XConnection;
  readonly #shm: Shm;
  readonly #damage: Damage;
  readonly #damageId: number;
  readonly #changes = new Emitter<Rect>();
  readonly #sizes = new Emitter<Size>();
  readonly #events: Disposable;
  #segment: Segment;
  /** One part at a time: they share the segment. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(x: XConnection, shm: Shm, damage: Damage) {
    this.#x = x;
    this.#shm = shm;
    this.#damage = damage;
    this.#damageId = x.allocId();
    this.#segment = this.#makeSegment(x.screen);
    x.X.ChangeWindowAttributes(x.root, { eventMask: EVENT_MASK.structureNotify });
    damage.Create(this.#damageId, x.root, BOUNDING_BOX);
    this.#events = x.on((event) => {
      if (event.name === 'DamageNotify') {
        const { x: left, y: top, w, h } = event.area;
        this.#damage.Subtract(this.#damageId, 0, 0);
        this.#changes.emit({ x: left, y: top, width: w, height: h });
      } else if (event.name === 'ConfigureNotify' && event.wid1 === this.#x.root) {
        this.#resized({ width: event.width, height: event.height });
      }
    });
  }

  /** Rejects when the server lacks DAMAGE or MIT-SHM 1.2. */
  static async open(x: XConnection): Promise<Capture> {
    const [shm, damage] = await Promise.all([Shm.open(x), openDamage(x)]);
    return new Capture(x, shm, damage);
  }

  get size(): Size {
    return this.#segment.size;
  }

  get rect(): Rect {
    return { x: 0, y: 0, ...this.#segment.size };
  }

  /** Something inside of the rectangle is different now. */
  onChange(listener: (rect: Rect) => void): Disposable {
    return this.#changes.on(listener);
  }

  onResize(listener: (size: Size) => void): Disposable {
    return this.#sizes.on(listener);
  }

  /**
   * Calls `work` with the pixels as they are now; they are valid until its promise settles. Undefined
   * when nothing of `wanted` is on the screen. Rejects when the X server is gone, and as `work` does.
   */
  use<T>(wanted: Rect, work: (part: Part) => Promise<T>): Promise<T | undefined> {
    const mine = this.#turn.then(async () => {
      const part = await this.#read(wanted);
      return part && work(part);
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #read(wanted: Rect): Promise<Part | undefined> {
    const segment = this.#segment;
    const rect = intersect(wanted, this.rect);
    if (!rect || isEmpty(rect)) return undefined;
    try {
      await this.#shm.getImage(this.#x.root, rect, segment.number);
    } catch (error) {
      // The screen became smaller meanwhile; its new size is told, and read then.
      if (this.#x.closed) throw error;
      return undefined;
    }
    if (segment !== this.#segment) return undefined;
    const size = rect.width * rect.height * 4;
    const bgrx = segment.bytes.subarray(0, size);
    native().readAt(segment.memory, bgrx, 0);
    // BGRX becomes XRGB, which one byte further on is RGBX: no loop over pixels in JavaScript.
    bgrx.swap32();
    return { rect, pixels: segment.bytes.subarray(1, size + 1) };
  }

  #resized(size: Size): void {
    if (sameRect({ ...this.rect, ...size }, this.rect)) return;
    const old = this.#segment;
    this.#segment = this.#makeSegment(size);
    this.#shm.detach(old.number);
    old.memory[Symbol.dispose]();
    this.#sizes.emit(size);
  }

  #makeSegment({ width, height }: Size): Segment {
    const memory = native().createPool('livery-view', width * height * 4);
    return {
      size: { width, height },
      memory,
      number: this.#shm.attachFd(memory, false),
      bytes: Buffer.alloc((width * height + 1) * 4),
    };
  }

  [Symbol.dispose](): void {
    this.#events[Symbol.dispose]();
    this.#segment.memory[Symbol.dispose]();
  }
}
