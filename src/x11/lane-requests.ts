/**
 * The requests of the drawing connection, each encoded in place in the lane's
 * output buffer: no object is made for one. Layouts are the X11 protocol's and
 * its extensions'. Coordinates are the caller's to clip: what does not fit 16
 * bits wraps.
 */
import type { LaneFacts } from './lane-setup.ts';

export abstract class LaneRequests {
  protected readonly facts: LaneFacts;
  protected readonly view: DataView;

  constructor(facts: LaneFacts, view: DataView) {
    this.facts = facts;
    this.view = view;
  }

  /** Makes room for a request of `bytes` and writes its head; returns where it begins. */
  protected abstract begin(opcode: number, detail: number, bytes: number): number;

  detach(segment: number): void {
    this.#withId(this.facts.shm, 2, segment);
  }

  createShmPixmap(
    pixmap: number,
    drawable: number,
    width: number,
    height: number,
    depth: number,
    segment: number,
    offset: number,
  ): void {
    const at = this.begin(this.facts.shm, 5, 28);
    const view = this.view;
    view.setUint32(at + 4, pixmap, true);
    view.setUint32(at + 8, drawable, true);
    view.setUint16(at + 12, width, true);
    view.setUint16(at + 14, height, true);
    view.setUint32(at + 16, depth, true);
    view.setUint32(at + 20, segment, true);
    view.setUint32(at + 24, offset, true);
  }

  /** Draws a part of the ZPixmap image at `offset` of `segment`. */
  putImage(
    drawable: number,
    gc: number,
    totalWidth: number,
    totalHeight: number,
    srcX: number,
    srcY: number,
    width: number,
    height: number,
    dstX: number,
    dstY: number,
    depth: number,
    segment: number,
    offset: number,
  ): void {
    const at = this.begin(this.facts.shm, 3, 40);
    const view = this.view;
    view.setUint32(at + 4, drawable, true);
    view.setUint32(at + 8, gc, true);
    view.setUint16(at + 12, totalWidth, true);
    view.setUint16(at + 14, totalHeight, true);
    view.setUint16(at + 16, srcX, true);
    view.setUint16(at + 18, srcY, true);
    view.setUint16(at + 20, width, true);
    view.setUint16(at + 22, height, true);
    view.setInt16(at + 24, dstX, true);
    view.setInt16(at + 26, dstY, true);
    // depth, format ZPixmap, no completion event
    view.setUint32(at + 28, depth | (2 << 8), true);
    view.setUint32(at + 32, segment, true);
    view.setUint32(at + 36, offset, true);
  }

  /** The same with a rectangle that is still to be filled in, as words of `into` from `at` on. */
  putTemplate(
    into: Int32Array,
    at: number,
    drawable: number,
    gc: number,
    totalWidth: number,
    totalHeight: number,
    depth: number,
    segment: number,
    offset: number,
  ): void {
    into[at] = this.facts.shm | (3 << 8) | (10 << 16);
    into[at + 1] = drawable;
    into[at + 2] = gc;
    into[at + 3] = totalWidth | (totalHeight << 16);
    into[at + 7] = depth | (2 << 8);
    into[at + 8] = segment;
    into[at + 9] = offset;
  }

  /** Subtract, CopyArea without a rectangle and GetInputFocus, as words of `into` from `at` on. */
  copyTemplate(
    into: Int32Array,
    at: number,
    damage: number,
    from: number,
    to: number,
    gc: number,
  ): void {
    into[at] = this.facts.damage | (3 << 8) | (4 << 16);
    into[at + 1] = damage;
    into[at + 2] = 0;
    into[at + 3] = 0;
    into[at + 4] = 62 | (7 << 16);
    into[at + 5] = from;
    into[at + 6] = to;
    into[at + 7] = gc;
    into[at + 11] = 43 | (1 << 16);
  }

  /** The event that damage comes as. */
  get damageEvent(): number {
    return this.facts.damageEvent;
  }

  /** A GC without graphics exposures for drawables of that drawable's depth. */
  createGc(gc: number, drawable: number): void {
    const at = this.begin(55, 0, 20);
    this.view.setUint32(at + 4, gc, true);
    this.view.setUint32(at + 8, drawable, true);
    this.view.setUint32(at + 12, 0x10000, true);
    this.view.setUint32(at + 16, 0, true);
  }

  freeGc(gc: number): void {
    this.#withId(60, 0, gc);
  }

  copyArea(
    from: number,
    to: number,
    gc: number,
    fromX: number,
    fromY: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    const at = this.begin(62, 0, 28);
    const view = this.view;
    view.setUint32(at + 4, from, true);
    view.setUint32(at + 8, to, true);
    view.setUint32(at + 12, gc, true);
    view.setInt16(at + 16, fromX, true);
    view.setInt16(at + 18, fromY, true);
    view.setInt16(at + 20, x, true);
    view.setInt16(at + 22, y, true);
    view.setUint16(at + 24, width, true);
    view.setUint16(at + 26, height, true);
  }

  /** Fills with the window's background; width or height 0 = to the edge. */
  clearArea(window: number, x: number, y: number, width: number, height: number): void {
    const at = this.begin(61, 0, 16);
    this.view.setUint32(at + 4, window, true);
    this.view.setInt16(at + 8, x, true);
    this.view.setInt16(at + 10, y, true);
    this.view.setUint16(at + 12, width, true);
    this.view.setUint16(at + 14, height, true);
  }

  freePixmap(pixmap: number): void {
    this.#withId(54, 0, pixmap);
  }

  /** `pixmap` names the redirected window's present pixmap until it is freed. */
  nameWindowPixmap(window: number, pixmap: number): void {
    const at = this.begin(this.facts.composite, 6, 12);
    this.view.setUint32(at + 4, window, true);
    this.view.setUint32(at + 8, pixmap, true);
  }

  /** Watches `drawable` at level bounding box: one event until the next subtract, unless it grows. */
  damageCreate(damage: number, drawable: number): void {
    const at = this.begin(this.facts.damage, 1, 16);
    this.view.setUint32(at + 4, damage, true);
    this.view.setUint32(at + 8, drawable, true);
    this.view.setUint32(at + 12, 2, true);
  }

  damageDestroy(damage: number): void {
    this.#withId(this.facts.damage, 2, damage);
  }

  /** Forgets the damage so far; do it before copying. */
  damageSubtract(damage: number): void {
    const at = this.begin(this.facts.damage, 3, 16);
    this.view.setUint32(at + 4, damage, true);
    this.view.setUint32(at + 8, 0, true);
    this.view.setUint32(at + 12, 0, true);
  }

  #withId(opcode: number, detail: number, id: number): void {
    const at = this.begin(opcode, detail, 8);
    this.view.setUint32(at + 4, id, true);
  }
}
