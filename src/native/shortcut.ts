/**
 * The numbers by which JavaScript and the addon's shortcuts (native/src/shortcut.h)
 * understand each other. A shortcut handles one fixed message that comes alone, as
 * it comes sixty times a second while a video plays, without entering JavaScript:
 * in dom0 SHMIMAGE becomes ShmPutImage, in the qube DamageNotify becomes a copy and
 * its reply SHMIMAGE. JavaScript fills a slot with what such a message must be, what
 * bounds its rectangle, the request without the rectangle, and a credit; whatever is
 * not exactly so comes to JavaScript as if there were no shortcut.
 */

/** Words of a gate, which belongs to a connection: nothing overtakes what JavaScript wrote. */
export const GATE = {
  /** Bytes that are not handed to the stream yet. */
  used: 0,
  /** Whose requests were written last. */
  owner: 1,
  /** Number of the last request, its low 32 bits. */
  sequence: 2,
  /** Requests that shortcuts wrote since. */
  added: 3,
  words: 4,
} as const;

const SLOT = { credit: 0, taken: 1, owner: 2, width: 3, height: 4 } as const;

/** dom0's slot; rectangles must lie inside width and height, at most 32767 each. */
export const PUT = {
  ...SLOT,
  room: 5,
  flown: 6,
  bytes: 7,
  least: 8,
  type: 9,
  window: 10,
  request: 11,
  words: 21,
} as const;

/** The qube's slot; what is damaged is clipped to width and height. */
export const COPY = {
  ...SLOT,
  /** Low 16 bits of the request whose reply is waited for, plus one; 0 = none. */
  fence: 5,
  rect: 6,
  event: 10,
  damage: 11,
  drawable: 12,
  requests: 13,
  type: 25,
  window: 26,
  words: 27,
} as const;

/** Off for measurements: everything goes through JavaScript then, with the same result. */
export const SHORTCUTS = process.env['LIVERY_SHORTCUTS'] !== 'off';
