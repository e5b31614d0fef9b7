/**
 * One window of the qube as the agent knows it: what the X server said, and
 * what this daemon was told. The second part is forgotten when a daemon goes.
 */
import type { Rect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { SizeHints } from '../protocol/from-vm.ts';
import type { StepQueue } from './step-queue.ts';

/** What the daemon of now was told; equal messages are not repeated. */
export interface Told {
  created: boolean;
  mapped: boolean;
  docked: boolean;
  rect: Rect | undefined;
  title: Uint8Array | undefined;
  wmClass: WmClass | undefined;
  hints: SizeHints | undefined;
  cursor: number | undefined;
  urgent: boolean;
}

export interface WmClass {
  readonly resClass: Uint8Array;
  readonly resName: Uint8Array;
}

/** A tray icon's frame of ours, whose pixels are the icon's. */
export interface Dock {
  readonly embedder: number;
}

export function nothingTold(): Told {
  return {
    created: false,
    mapped: false,
    docked: false,
    rect: undefined,
    title: undefined,
    wmClass: undefined,
    hints: undefined,
    cursor: undefined,
    urgent: false,
  };
}

export class QubeWindow {
  /** The window's XID. */
  readonly id: VmWindowId;
  /** What needs the X server's answers first, in the order of its events. */
  readonly steps: StepQueue;
  told: Told = nothingTold();
  /** Where it is, or will be when the X server has done what we asked. */
  rect: Rect;
  /** Size of its pixels in the X server now, and what lies around them. */
  pixelWidth: number;
  pixelHeight: number;
  pixelBorder = 0;
  overrideRedirect: boolean;
  inputOnly = false;
  /** 0 until known. */
  depth = 0;
  viewable = false;
  /** Counts what gave it new pixels: the X server makes another pixmap for each map and size. */
  pixelSerial = 0;
  gone = false;
  /** Properties that a waiting step will read. */
  readonly loading = new Set<number>();
  /** Sequence number of our last ConfigureWindow on it: older news of its place are void. */
  configuredAt = 0;
  dock: Dock | undefined;

  title: Uint8Array | undefined;
  wmClass: WmClass | undefined;
  hints: SizeHints | undefined;
  transientFor: VmWindowId | undefined;
  /** Atoms of _NET_WM_STATE. */
  states: readonly number[] = [];
  deleteWindow = false;
  takeFocus = false;
  /** Its program says that it answers _NET_WM_PING. */
  answersPing = false;
  /** WM_HINTS.input; programs that do not say want it. */
  acceptsInput = true;
  startsIconic = false;
  urgent = false;

  constructor(id: VmWindowId, rect: Rect, overrideRedirect: boolean, steps: StepQueue) {
    this.id = id;
    this.rect = rect;
    this.pixelWidth = rect.width;
    this.pixelHeight = rect.height;
    this.overrideRedirect = overrideRedirect;
    this.steps = steps;
  }

  /**
   * The X server says how large it is; true when that gave it new pixels. A window that
   * had another size or border in between has new ones although it is as before.
   */
  sized(width: number, height: number, border: number): boolean {
    if (this.pixelWidth === width && this.pixelHeight === height && this.pixelBorder === border) {
      return false;
    }
    this.pixelWidth = width;
    this.pixelHeight = height;
    this.pixelBorder = border;
    this.pixelSerial++;
    return true;
  }

  /** What its pixels are copied from. */
  get drawable(): number {
    return this.dock?.embedder ?? this.id;
  }

  /** The daemon shows it, so that it may be told of pixels. */
  get shownByDaemon(): boolean {
    return this.told.mapped || this.told.docked;
  }

  /** It has pixels to show. */
  get showable(): boolean {
    return (
      !this.gone && !this.inputOnly && this.viewable && (this.depth === 24 || this.depth === 32)
    );
  }
}
