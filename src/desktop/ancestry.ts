/**
 * Which top-level window holds a frame: the frame itself, or the window that a
 * window manager put around it. A move of that window moves the frame, and
 * some managers say nothing else about it during a drag (DESIGN 5).
 */
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import type { RootWatch } from './root-watch.ts';

interface Held {
  top: number;
  /** Called when the top-level window moved; not for the frame's own moves. */
  readonly moved: () => void;
  /** Counts reparentings, so that a slow answer about an earlier one is dropped. */
  generation: number;
}

interface Tree {
  readonly root: number;
  readonly parent: number;
  readonly children: readonly number[];
}

/** More windows in each other than any window manager makes. */
const MAX_DEPTH = 16;

export class Ancestry {
  readonly #x: XConnection;
  readonly #frames = new Map<XWindowId, Held>();
  readonly #byTop = new Map<number, Set<XWindowId>>();
  readonly #tops = new Set<number>();

  constructor(x: XConnection, root: RootWatch) {
    this.#x = x;
    root.onMoved((window) => {
      for (const frame of this.#byTop.get(window) ?? []) {
        if (frame !== window) this.#frames.get(frame)?.moved();
      }
    });
  }

  /** The top-level windows that hold frames; live. */
  get tops(): ReadonlySet<number> {
    return this.#tops;
  }

  /** The top-level window that holds this frame; undefined = nobody added it. */
  topOf(frame: XWindowId): number | undefined {
    return this.#frames.get(frame)?.top;
  }

  /** A managed frame, still a child of the root. */
  add(frame: XWindowId, moved: () => void): void {
    this.remove(frame);
    this.#frames.set(frame, { top: 0, moved, generation: 0 });
    this.#setTop(frame, frame);
  }

  remove(frame: XWindowId): void {
    if (!this.#frames.has(frame)) return;
    this.#setTop(frame, 0);
    this.#frames.delete(frame);
  }

  /** The frame has a new parent; its top-level window is looked up and then taken to have moved. */
  reparented(frame: XWindowId, parent: number): void {
    const held = this.#frames.get(frame);
    if (!held) return;
    const generation = ++held.generation;
    if (parent === this.#x.root) {
      this.#setTop(frame, frame);
      return;
    }
    void this.#climb(parent).then((top) => {
      if (top === undefined || held.generation !== generation) return;
      if (this.#frames.get(frame) !== held) return;
      this.#setTop(frame, top);
      held.moved();
    });
  }

  async #climb(from: number): Promise<number | undefined> {
    let window = from;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const at = window;
      try {
        const { parent } = await this.#x.request<Tree>((done) => this.#x.X.QueryTree(at, done));
        if (parent === this.#x.root) return window;
        window = parent;
      } catch {
        // It went meanwhile; another reparenting follows.
        return undefined;
      }
    }
    return undefined;
  }

  #setTop(frame: XWindowId, top: number): void {
    const held = this.#frames.get(frame);
    if (!held || held.top === top) return;
    const before = this.#byTop.get(held.top);
    before?.delete(frame);
    if (before?.size === 0) {
      this.#byTop.delete(held.top);
      this.#tops.delete(held.top);
    }
    held.top = top;
    if (top === 0) return;
    const now = this.#byTop.get(top) ?? new Set();
    now.add(frame);
    this.#byTop.set(top, now);
    this.#tops.add(top);
  }
}
