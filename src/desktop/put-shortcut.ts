/**
 * The damage of one window of a qube, put without JavaScript: while nothing
 * happens but that its picture changes, each SHMIMAGE that comes alone and lies in
 * image and window becomes its ShmPutImage in the addon (native/shortcut.ts). It is
 * armed after a put of ours, for as many messages and bytes as the qube's rates and
 * its room under way allow, and disarmed by everything else that the qube says. What
 * happens on dom0's side does no harm: a window that is not mapped or smaller than it was
 * takes no pixels where it is not.
 */
import type { Size } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import { PUT } from '../native/shortcut.ts';
import type { DamageShortcut } from '../session/port.ts';
import type { DrawLane } from '../x11/lane.ts';
import type { DamageCount } from './damage-count.ts';
import { type Flight, MIN_PUT_BYTES } from './flight.ts';

/** As much as the addon takes; larger windows go through JavaScript. */
const MAX_SIDE = 0x7fff;

/** A window whose next damage may go without us, and the put that it becomes. */
export interface PutTarget {
  readonly id: VmWindowId;
  /** The content window. */
  readonly drawable: number;
  readonly owner: number;
  /** Of the content. */
  readonly width: number;
  readonly height: number;
}

export class PutShortcut implements DamageShortcut {
  /** PUT; the addon reads and writes it. */
  readonly slot = new Int32Array(PUT.words);
  readonly #damage: DamageCount;
  readonly #flight: Flight;
  #allowed = 0;
  #taken = 0;

  /** @param type of SHMIMAGE; all of one qube */
  constructor(type: number, damage: DamageCount, flight: Flight) {
    this.#damage = damage;
    this.#flight = flight;
    this.slot[PUT.type] = type;
    this.slot[PUT.least] = MIN_PUT_BYTES;
  }

  allow(messages: number): void {
    this.#allowed = messages;
  }

  disarm(): void {
    this.#allowed = 0;
    this.slot[PUT.credit] = 0;
  }

  taken(): number {
    this.settle();
    const taken = this.#taken;
    this.#taken = 0;
    return taken;
  }

  /** Counts what was put without us. */
  settle(): void {
    const { slot } = this;
    const taken = slot[PUT.taken] as number;
    if (taken === 0) return;
    this.#taken += taken;
    this.#damage.told += taken;
    this.#damage.put += taken;
    this.#damage.bytes += slot[PUT.bytes] as number;
    this.#flight.flew(slot[PUT.flown] as number);
    slot[PUT.taken] = 0;
    slot[PUT.bytes] = 0;
    slot[PUT.flown] = 0;
  }

  /**
   * All that is to be put of the window was. The image lies at `offset` of `segment`, in
   * memory that nobody can take away.
   */
  arm(
    lane: DrawLane,
    target: PutTarget,
    image: Size,
    segment: number,
    offset: number,
    gc: number,
    depth: number,
  ): void {
    const width = Math.min(image.width, target.width);
    const height = Math.min(image.height, target.height);
    const credit = this.#allowed;
    this.#allowed = 0;
    if (credit <= 0 || width > MAX_SIDE || height > MAX_SIDE) return;
    const { slot } = this;
    slot[PUT.owner] = target.owner;
    slot[PUT.width] = width;
    slot[PUT.height] = height;
    slot[PUT.window] = target.id;
    lane.putTemplate(
      slot,
      PUT.request,
      target.drawable,
      gc,
      image.width,
      image.height,
      depth,
      segment,
      offset,
    );
    slot[PUT.room] = this.#flight.room;
    slot[PUT.credit] = credit;
  }
}
