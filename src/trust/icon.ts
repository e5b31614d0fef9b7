/**
 * Icons as dom0 keeps them: raw pixels of a bounded size. No decoder ever sees
 * a qube's bytes; whoever makes one of these has counted them.
 */

export interface Icon {
  /** 1 to ICON_SIDE. */
  readonly width: number;
  readonly height: number;
  /** Rows of R, G, B, A, not premultiplied: width * height * 4 bytes. */
  readonly pixels: Uint8Array;
}

/**
 * Longest side of an icon that dom0 keeps and shows, in pixels: what task bars
 * and window lists draw. 64 KiB a window, a quarter of what an X request of the
 * plainest server holds.
 */
export const ICON_SIDE = 128;
