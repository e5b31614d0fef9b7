/**
 * The damage of one window, copied and told without JavaScript: while nothing else
 * happens, damage that comes alone becomes a copy in the addon, and its answer the
 * SHMIMAGE (native/shortcut.ts). It is armed when a copy of ours is done and nothing
 * more is dirty, for as many copies as the window's pace allows.
 */

import type { Socket } from '../channel/channel.ts';
import { COPY, SHORTCUTS } from '../native/shortcut.ts';
import { fromVm } from '../protocol/from-vm.ts';
import type { DrawLane } from '../x11/lane.ts';
import type { GuiLink } from './gui-link.ts';
import type { Pace } from './pace.ts';
import type { Surface } from './surface.ts';

/** Most copies before the pace is asked again. */
const MOST_COPIES = 8;

/** A window whose damage may be copied without us. */
export interface CopyTarget {
  readonly window: { readonly id: number };
  readonly damage: number;
  readonly drawable: number;
  readonly pace: Pace;
}

export class CopyShortcut {
  /** COPY; the addon reads and writes it. */
  readonly slot = new Int32Array(COPY.words);
  readonly #lane: DrawLane;
  readonly #link: GuiLink;
  readonly #copied: (surface: number) => void;
  readonly #adopted = (): void => this.#adopt();
  #to: Socket | undefined;
  #surface: Surface | undefined;
  #pace: Pace | undefined;

  /** @param copied is called when a copy that it began, and that became ours, is done */
  constructor(lane: DrawLane, link: GuiLink, copied: (surface: number) => void) {
    this.#lane = lane;
    this.#link = link;
    this.#copied = copied;
    this.slot[COPY.type] = fromVm.type.shmImage;
  }

  /** What it has under way is ours from now on, and it begins nothing more. */
  disarm(): void {
    this.slot[COPY.credit] = 0;
    this.#lane.settle();
    this.#count();
  }

  /** As `disarm`, if it is armed for this one. */
  forget(surface: Surface): void {
    if (this.#surface !== surface) return;
    this.disarm();
    this.#surface = undefined;
  }

  /** The copy that was made last is told, and nothing is dirty. */
  arm(target: CopyTarget, surface: Surface): void {
    if (!SHORTCUTS) return;
    const to = this.#link.socket;
    if (to === undefined) return;
    this.disarm();
    const { slot } = this;
    if (to !== this.#to) {
      this.#to = to;
      const toGate = this.#link.gate;
      this.#lane.copiesTo({ slot, to, toGate, adopted: this.#adopted, copied: this.#copied });
    }
    this.#surface = surface;
    this.#pace = target.pace;
    slot[COPY.owner] = surface.id;
    slot[COPY.width] = surface.width;
    slot[COPY.height] = surface.height;
    slot[COPY.event] = this.#lane.damageEvent;
    slot[COPY.damage] = target.damage;
    slot[COPY.drawable] = target.drawable;
    slot[COPY.window] = target.window.id;
    const { named, pixmap, gc } = surface;
    this.#lane.copyTemplate(slot, COPY.requests, target.damage, named, pixmap, gc);
    slot[COPY.credit] = Math.min(MOST_COPIES, target.pace.room(performance.now()));
  }

  #adopt(): void {
    const surface = this.#surface;
    if (!surface) return;
    const { slot } = this;
    surface.copying = true;
    surface.flight.x = slot[COPY.rect] as number;
    surface.flight.y = slot[COPY.rect + 1] as number;
    surface.flight.width = slot[COPY.rect + 2] as number;
    surface.flight.height = slot[COPY.rect + 3] as number;
  }

  #count(): void {
    const taken = this.slot[COPY.taken] as number;
    if (taken === 0) return;
    this.slot[COPY.taken] = 0;
    this.#pace?.spend(taken);
  }
}
