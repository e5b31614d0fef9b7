/**
 * The rig's own default of [frame]: no frame says the qube's name. Most tests have no
 * window manager, where every frame would, and know where frames and contents are to a pixel.
 */
export const PLAIN_FRAME = '[frame]\nname = false\n';

/** A livery.toml with that default, unless it has a [frame] of its own; no line of it moves. */
export function withPlainFrame(toml: string): string {
  return /^\[frame\]/m.test(toml) ? toml : `${toml}\n${PLAIN_FRAME}`;
}
