/**
 * What became of a qube's damage; for `livery stats`. Plain numbers that are added
 * to in place, for this is the damage lane.
 */
export class DamageCount {
  /** Rectangles that the painter was told of. */
  told = 0;
  /** Those that became part of another one before they were put. */
  merged = 0;
  /** Rectangles put on the screen, and the bytes of their pixels. */
  put = 0;
  bytes = 0;
}
