/**
 * An error that the X server sent. It never ends a connection and is never
 * thrown by itself: a window that went meanwhile is an ordinary thing. It
 * reaches the connection's error listeners, or rejects the promise of the
 * request that it answers.
 */
const NAMES = [
  'Success',
  'BadRequest',
  'BadValue',
  'BadWindow',
  'BadPixmap',
  'BadAtom',
  'BadCursor',
  'BadFont',
  'BadMatch',
  'BadDrawable',
  'BadAccess',
  'BadAlloc',
  'BadColor',
  'BadGC',
  'BadIDChoice',
  'BadName',
  'BadLength',
  'BadImplementation',
] as const;

/** Codes of the core protocol that callers compare with. */
export const X_ERROR = {
  value: 2,
  window: 3,
  match: 8,
  drawable: 9,
  access: 10,
  alloc: 11,
} as const;

export class XError extends Error {
  /** 1..17 core, 128.. of an extension. */
  readonly code: number;
  /** Full-width sequence number of the request. */
  readonly sequence: number;
  readonly major: number;
  readonly minor: number;
  /** The resource or value that was wrong. */
  readonly badValue: number;

  constructor(code: number, sequence: number, major: number, minor: number, badValue: number) {
    const name = NAMES[code] ?? `extension error ${code}`;
    super(
      `${name}: request ${major}.${minor}, sequence ${sequence}, value 0x${badValue.toString(16)}`,
    );
    this.name = 'XError';
    this.code = code;
    this.sequence = sequence;
    this.major = major;
    this.minor = minor;
    this.badValue = badValue;
  }
}
