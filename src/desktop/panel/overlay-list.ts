/**
 * The list in the middle of the attention overlay: which qubes there are, which
 * one is chosen, and what a key or a click does to it. Kept by name, so that a
 * qube that comes or goes meanwhile never moves a press to another one.
 */
import { hasPoint } from '../../base/geometry.ts';
import type { QubeName } from '../../base/ids.ts';
import type { OverlayButton, OverlayFacts, OverlayRow } from '../../surface/overlay-picture.ts';

export type OverlayAct = {
  readonly kind: 'pause' | 'go-on' | 'stop';
  readonly qube: QubeName;
};

export class OverlayList {
  #rows: readonly OverlayRow[] = [];
  #chosen: QubeName | undefined;
  #armed: QubeName | undefined;

  /** What is true now. @param first chosen when nothing is */
  update(rows: readonly OverlayRow[], first?: QubeName): void {
    this.#rows = rows;
    const has = (name: QubeName | undefined): boolean => rows.some(({ qube }) => qube === name);
    if (!has(this.#chosen)) this.#chosen = has(first) ? first : rows[0]?.qube;
    if (!has(this.#armed)) this.#armed = undefined;
  }

  get facts(): OverlayFacts {
    const armed = this.#at(this.#armed);
    return {
      rows: this.#rows,
      chosen: Math.max(0, this.#at(this.#chosen)),
      armed: armed < 0 ? undefined : armed,
    };
  }

  /** "Stop" was asked for once for the chosen qube. */
  get isArmed(): boolean {
    return this.#armed !== undefined && this.#armed === this.#chosen;
  }

  arm(): void {
    this.#armed = this.#chosen;
  }

  disarm(): void {
    this.#armed = undefined;
  }

  /** Chooses a row by its qube; nothing happens when there is none. */
  choose(qube: QubeName): void {
    if (this.#at(qube) < 0 || qube === this.#chosen) return;
    this.#chosen = qube;
    this.#armed = undefined;
  }

  move(by: 1 | -1): void {
    const count = this.#rows.length;
    const next = this.#rows[(Math.max(0, this.#at(this.#chosen)) + by + count) % count];
    if (next) this.choose(next.qube);
  }

  rowAt(index: number): OverlayRow | undefined {
    return this.#rows[index];
  }

  /** What "pause" means for the chosen qube now; undefined when it is somebody else's. */
  pauseAct(): OverlayAct | undefined {
    const row = this.#rows[this.#at(this.#chosen)];
    if (!row?.own) return undefined;
    this.#armed = undefined;
    return { kind: row.note === 'paused' ? 'go-on' : 'pause', qube: row.qube };
  }

  stopAct(): OverlayAct | undefined {
    const row = this.#rows[this.#at(this.#chosen)];
    if (!row?.own) return undefined;
    this.#armed = undefined;
    return { kind: 'stop', qube: row.qube };
  }

  #at(qube: QubeName | undefined): number {
    return this.#rows.findIndex((row) => row.qube === qube);
  }
}

/** The button under a point of the picture. */
export function buttonAt(
  buttons: readonly OverlayButton[],
  x: number,
  y: number,
): OverlayButton | undefined {
  return buttons.find(({ rect }) => hasPoint(rect, x, y));
}
