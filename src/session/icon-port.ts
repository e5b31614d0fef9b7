/**
 * The face through which icons reach the desktop, from wherever a qube sends
 * them: the icon stream of a Qubes agent, or the service channel of ours. It is
 * no part of the GUI conversation; icons may come before and after windows.
 */
import type { VmWindowId } from '../base/ids.ts';

/** A qube's pixels: R, G, B, A by row, not premultiplied, as many as the sides say. */
export interface IconPixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export interface IconPort {
  /**
   * The icon that the qube wants for one of its windows, which need not exist.
   * The pixels are the callee's from now on.
   */
  icon(window: VmWindowId, icon: IconPixels): void;
}

/** Takes the pixels of one icon as they come. */
export interface IconBuilder {
  /** A view that is overwritten after the call. */
  push(bytes: Uint8Array): void;
  /** All of them, or undefined while some are missing. */
  finished(): IconPixels | undefined;
}
