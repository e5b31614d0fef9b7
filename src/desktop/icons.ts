/**
 * The icons of one qube's frames (DESIGN 8.5): scaled to a bounded size, tinted
 * to the label, written at a bounded rate, the newest of each window. A window
 * without one has a plain icon of the label, so that no panel makes one up.
 * Everything that is kept is kept per qube: no qube can push out another's.
 */
import type { Clock } from '../base/clock.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { IconPixels, IconPort } from '../session/icon-port.ts';
import { ICON_SIDE, type Icon } from '../trust/icon.ts';
import { iconProperty, plainIcon } from '../trust/icon-plain.ts';
import { scaledDown } from '../trust/icon-scale.ts';
import { tinted } from '../trust/icon-tint.ts';
import type { Label } from '../trust/label.ts';
import type { XConnection } from '../x11/connection.ts';
import { ATOM } from '../x11/properties.ts';

import type { QubeWindow, QubeWindows } from './qube-window.ts';

/** Icons for windows that are not there yet: as many as the reference keeps for all qubes together. */
export const UNKNOWN_ICONS = 5;
/** Windows that wait for their icon to be written; the oldest gives way. */
const MAX_WAITING = 64;
/** Windows with an icon of their own: 8 MiB in the X server at the largest size. */
const MAX_OWN_ICONS = 128;

export class QubeIcons implements IconPort, Disposable {
  readonly #x: XConnection;
  readonly #atom: number;
  #label: Label;
  readonly #clock: Clock;
  readonly #windows: QubeWindows;
  readonly #perSecond: number;
  /** Oldest first. */
  readonly #waiting = new Map<VmWindowId, Icon>();
  readonly #unknown = new Map<VmWindowId, Icon>();
  readonly #own = new Set<VmWindowId>();
  #plain: Buffer | undefined;
  /** Icons that may be written now. */
  #allowed: number;
  #allowedAtMs: number;
  #timer: Disposable | undefined;

  /** @param perSecond icons that are written at once, and then each second */
  constructor(
    x: XConnection,
    atom: number,
    label: Label,
    clock: Clock,
    windows: QubeWindows,
    perSecond: number,
  ) {
    this.#x = x;
    this.#atom = atom;
    this.#label = label;
    this.#clock = clock;
    this.#windows = windows;
    this.#perSecond = perSecond;
    this.#allowed = perSecond;
    this.#allowedAtMs = clock.nowMs();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#waiting.clear();
    this.#unknown.clear();
  }

  /**
   * The qube wears another label. Icons of the windows' own were tinted to the old one, and
   * their pixels are gone: until they come again there is the plain one of the new label.
   */
  relabel(label: Label): void {
    this.#label = label;
    this.#plain = undefined;
    this.#own.clear();
    for (const window of this.#windows) {
      if (window.mapped && !window.overrideRedirect) this.mapping(window);
      else this.#x.X.DeleteProperty(window.windows.frame, this.#atom);
    }
  }

  icon(id: VmWindowId, pixels: IconPixels): void {
    const icon = scaledDown(pixels, ICON_SIDE);
    if (this.#windows.get(id)) this.#wait(id, icon);
    else keepNewest(this.#unknown, id, icon, UNKNOWN_ICONS);
  }

  /** Its icon may have come before it. */
  created({ id }: QubeWindow): void {
    const icon = this.#unknown.get(id);
    if (icon === undefined) return;
    this.#unknown.delete(id);
    this.#wait(id, icon);
  }

  /** A managed window is about to be shown. */
  mapping({ id, windows }: QubeWindow): void {
    if (this.#own.has(id)) return;
    this.#plain ??= iconProperty(plainIcon(this.#label));
    this.#write(windows.frame, this.#plain);
  }

  destroyed({ id }: QubeWindow): void {
    this.#waiting.delete(id);
    this.#own.delete(id);
  }

  #wait(id: VmWindowId, icon: Icon): void {
    keepNewest(this.#waiting, id, icon, MAX_WAITING);
    this.#work();
  }

  #work(): void {
    const nowMs = this.#clock.nowMs();
    const earned = ((nowMs - this.#allowedAtMs) * this.#perSecond) / 1000;
    this.#allowed = Math.min(this.#perSecond, this.#allowed + earned);
    this.#allowedAtMs = nowMs;
    for (const [id, icon] of this.#waiting) {
      if (this.#allowed < 1) break;
      this.#waiting.delete(id);
      const window = this.#windows.get(id);
      if (!window || (this.#own.size >= MAX_OWN_ICONS && !this.#own.has(id))) continue;
      this.#allowed--;
      this.#own.add(id);
      this.#write(window.windows.frame, iconProperty(tinted(icon, this.#label.color)));
    }
    if (this.#waiting.size === 0 || this.#timer) return;
    this.#timer = this.#clock.after(
      Math.ceil(((1 - this.#allowed) * 1000) / this.#perSecond),
      () => {
        this.#timer = undefined;
        this.#work();
      },
    );
  }

  #write(frame: number, value: Buffer): void {
    this.#x.X.ChangeProperty(0, frame, this.#atom, ATOM.CARDINAL, 32, value);
  }
}

/** The newest icon of a window takes the place of its older one, and of the oldest of all. */
function keepNewest(icons: Map<VmWindowId, Icon>, id: VmWindowId, icon: Icon, max: number): void {
  icons.delete(id);
  icons.set(id, icon);
  if (icons.size <= max) return;
  const [oldest] = icons.keys();
  if (oldest !== undefined) icons.delete(oldest);
}
