/**
 * Where Livery's answer to a case of test/golden/vectors is not the reference's,
 * on purpose: what it does and why. PROTOCOL.md 7.2 has the same rows; a test
 * compares them.
 */

export interface Difference {
  readonly does: string;
  readonly why: string;
}

/** Cases that end the reference daemon's process: the rule that ends the qube's session instead. */
export const ENDS: Readonly<Record<string, string>> = {
  A2: 'GUI_WINDOW_EXISTS',
  A3: 'GUI_CREATE_SIZE',
  A10: 'GUI_LENGTH',
  A11: 'GUI_WINDOW_UNKNOWN',
  A14: 'GUI_WINDOW_UNKNOWN',
  A15: 'GUI_LENGTH',
  A29: 'GUI_DUMP_COVER',
  A34: 'GUI_DUMP_TYPE',
  A35: 'GUI_DUMP_SIZE',
  A36: 'GUI_DUMP_SIZE',
  A38: 'GUI_DUMP_LENGTH',
  A39: 'GUI_DUMP_LENGTH',
  A40: 'GUI_DUMP_LENGTH',
  A41: 'GUI_DUMP_LENGTH',
  A56: 'GUI_MFNDUMP_OFFSET',
  A61: 'GUI_LENGTH',
  A77: 'GUI_CLIPBOARD_LENGTH',
  A80: 'GUI_CLIPBOARD_LENGTH',
  A81: 'GUI_TYPE',
  A82: 'GUI_TYPE',
  H9: 'GUI_VERSION',
  H10: 'GUI_VERSION',
};

const ENDED =
  'no qube ends the program that shows it; its session ends with a code, and begins anew';
const DROPPED = 'nobody is asked "continue anyway?"; what does no harm is not worth a session';

const REFUSED: Difference = {
  does: 'the conversation is closed; the next daemon is waited for',
  why: 'the programs in the qube go on',
};

const ends = Object.entries(ENDS).map(([id, code]): [string, Difference] => [
  id,
  { does: `the session ends, ${code}`, why: ENDED },
]);

export const differs: Readonly<Record<string, Difference>> = {
  ...Object.fromEntries(ends),
  H11: { does: 'the same process connects again', why: 'nothing is lost by going on' },
  A4: {
    does: 'the session ends, GUI_CREATE_SIZE',
    why: 'nobody is asked; a side of 2^31 is no mistake of an honest agent',
  },
  A5: {
    does: 'clamped, and then to the monitor; the qube is told by CONFIGURE',
    why: 'all four sides of a frame are on the screen when it appears',
  },
  A6: {
    does: 'clamped, and then moved onto the monitor',
    why: 'all four sides of a frame are on the screen when it appears',
  },
  A16: { does: 'none, and never in a circle', why: 'window managers must not loop' },
  A17: { does: 'none', why: 'a window that belongs to itself means nothing to a window manager' },
  A21: { does: 'dropped and counted, GUI_CONFIGURE_SIZE', why: DROPPED },
  A22: {
    does: 'clamped, and then to the monitor; the qube is told by CONFIGURE',
    why: 'all four sides of a frame are on the screen when it appears',
  },
  A24: {
    does: 'repeated once, then the qube may have its way',
    why: 'an agent that insists would be answered for ever',
  },
  A25: {
    does: 'a further change is sent after 400 ms without an answer',
    why: 'the reference never sends it, and both are apart from then on',
  },
  A26: {
    does: 'refused; the geometry with which it was docked is sent',
    why: 'until a tray has placed it, an icon has no other',
  },
  A33: {
    does: 'acknowledged, no buffer',
    why: 'an image without pixels does no harm',
  },
  A41: {
    does: 'the session ends at the header',
    why: 'no byte of a body that is refused is awaited',
  },
  A44: { does: 'acknowledged, no buffer', why: 'a picture that cannot be had ends no session' },
  A53: { does: 'merged into one draw at a time', why: 'a burst costs what the last picture costs' },
  A54: {
    does: 'the part of window 0 at the place where the qube has W',
    why: 'a window that dom0 moved still shows its own pixels, and its frame covers none of them',
  },
  A57: {
    does: '120 characters, the last one an ellipsis',
    why: 'a title must not push its prefix or other windows out of sight',
  },
  A58: {
    does: 'control characters are a space, what is no UTF-8 is U+FFFD',
    why: 'one rule for all text of a qube; with titles in ASCII it is _',
  },
  A63: { does: 'that pair is dropped', why: 'a maximum of nothing would hide the window' },
  A66: { does: 'dropped and counted, GUI_FLAGS_OVERLAP', why: DROPPED },
  A70: { does: 'dropped and counted, GUI_CURSOR', why: DROPPED },
  A71: { does: 'dropped and counted, GUI_CURSOR', why: DROPPED },
  G3: REFUSED,
  G4: REFUSED,
  G5: REFUSED,
  D12: {
    does: 'echoed, and nothing is drawn again',
    why: 'a daemon that waits for its answer gets it (E6)',
  },
  D13: {
    does: 'no reply; a side beyond the limits is cut to them',
    why: 'X servers refuse larger pixmaps, and a side that wraps is another size',
  },
  E16: { does: 'reads on', why: 'two peers that both wait hang for ever' },
};
