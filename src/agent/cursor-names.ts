/**
 * Names that programs give their cursors (Xlib's, CSS's, and what browsers and
 * toolkits add) as glyphs of the X cursor font. Nothing else of a cursor leaves
 * the qube.
 */

/** The X cursor font in order: glyph = 2 * index (X11/cursorfont.h). */
const FONT = [
  'X_cursor arrow based_arrow_down based_arrow_up boat bogosity bottom_left_corner',
  'bottom_right_corner bottom_side bottom_tee box_spiral center_ptr circle clock coffee_mug cross',
  'cross_reverse crosshair diamond_cross dot dotbox double_arrow draft_large draft_small',
  'draped_box exchange fleur gobbler gumby hand1 hand2 heart icon iron_cross left_ptr left_side',
  'left_tee leftbutton ll_angle lr_angle man middlebutton mouse pencil pirate plus question_arrow',
  'right_ptr right_side right_tee rightbutton rtl_logo sailboat sb_down_arrow sb_h_double_arrow',
  'sb_left_arrow sb_right_arrow sb_up_arrow sb_v_double_arrow shuttle sizing spider spraycan star',
  'target tcross top_left_arrow top_left_corner top_right_corner top_side top_tee trek ul_angle',
  'umbrella ur_angle watch xterm',
]
  .join(' ')
  .split(' ');

/** Other names for the same thing. */
const ALIASES: Readonly<Record<string, string>> = {
  default: 'left_ptr',
  arrow: 'left_ptr',
  left_ptr_watch: 'watch',
  pointer: 'hand2',
  pointing_hand: 'hand2',
  hand: 'hand2',
  openhand: 'hand1',
  grab: 'hand1',
  closedhand: 'fleur',
  grabbing: 'fleur',
  'dnd-none': 'fleur',
  'dnd-move': 'fleur',
  'dnd-copy': 'plus',
  'dnd-link': 'hand2',
  text: 'xterm',
  'vertical-text': 'xterm',
  ibeam: 'xterm',
  wait: 'watch',
  progress: 'watch',
  half_busy: 'watch',
  cell: 'plus',
  help: 'question_arrow',
  'context-menu': 'left_ptr',
  whats_this: 'question_arrow',
  move: 'fleur',
  'all-scroll': 'fleur',
  size_all: 'fleur',
  copy: 'plus',
  alias: 'hand2',
  'no-drop': 'circle',
  'not-allowed': 'circle',
  forbidden: 'circle',
  crossed_circle: 'circle',
  'e-resize': 'right_side',
  'w-resize': 'left_side',
  'n-resize': 'top_side',
  's-resize': 'bottom_side',
  'ne-resize': 'top_right_corner',
  'nw-resize': 'top_left_corner',
  'se-resize': 'bottom_right_corner',
  'sw-resize': 'bottom_left_corner',
  'ew-resize': 'sb_h_double_arrow',
  'col-resize': 'sb_h_double_arrow',
  size_hor: 'sb_h_double_arrow',
  split_h: 'sb_h_double_arrow',
  h_double_arrow: 'sb_h_double_arrow',
  'ns-resize': 'sb_v_double_arrow',
  'row-resize': 'sb_v_double_arrow',
  size_ver: 'sb_v_double_arrow',
  split_v: 'sb_v_double_arrow',
  v_double_arrow: 'sb_v_double_arrow',
  'nesw-resize': 'top_right_corner',
  size_bdiag: 'top_right_corner',
  'nwse-resize': 'top_left_corner',
  size_fdiag: 'top_left_corner',
  'zoom-in': 'plus',
  'zoom-out': 'plus',
};

const GLYPHS: ReadonlyMap<string, number> = new Map(
  FONT.map((name, index) => [name, 2 * index] as const),
);

/** How many cursors the font has; glyphs are even, 0 to 2 * (count - 1). */
export const FONT_CURSORS = FONT.length;

/** The glyph (even, 0 to 152) for a cursor's name, or undefined for an unknown one. */
export function glyphOfName(name: string): number | undefined {
  const alias = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  return GLYPHS.get(alias ?? name);
}
