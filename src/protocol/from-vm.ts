/**
 * Agent to daemon: every message that a qube may send, as a table, and the
 * union of what the decoder makes of them. Every byte of it is chosen by the
 * qube; a value of type `FromVm` has all ranges of limits.ts proved, and
 * nothing about windows (that is the session's part).
 */
import type { VmWindowId } from '../base/ids.ts';
import type { Untrusted } from '../base/untrusted.ts';
import {
  Configure,
  Create,
  Cursor,
  Dump,
  Flags,
  GUI_HEADER,
  Hints,
  MapBody,
  MfnDump,
  Nothing,
  Raw,
  ShmImage,
  Title,
  WmClass,
} from './bodies.ts';
import { LIMITS } from './limits.ts';
import type { RuleCode } from './rules.ts';
import { exactly, table } from './table.ts';
import { CLIPBOARD_OLD_MAX } from './version.ts';

/** Every message of the agent, 1.0 to 1.8. */
export const fromVm = table(
  { header: GUI_HEADER, unknown: 'violation', codes: { type: 'GUI_TYPE', length: 'GUI_LENGTH' } },
  [
    {
      type: 130,
      name: 'create',
      wireName: 'CREATE',
      since: 0,
      body: Create,
      length: exactly(Create),
      window: 'must-not-exist',
      doc: 'A window exists from now on, unmapped. Position and size are clamped to the limits; `parent` is ignored; any `overrideRedirect` other than 0 is true. Window 0 is the whole screen of the qube.',
    },
    {
      type: 131,
      name: 'destroy',
      wireName: 'DESTROY',
      since: 0,
      body: Nothing,
      length: exactly(Nothing),
      window: 'must-exist',
      doc: 'The window is gone. Answered by DESTROY from 1.5 on; the agent may use the number again at once.',
    },
    {
      type: 132,
      name: 'map',
      wireName: 'MAP',
      since: 0,
      body: MapBody,
      length: exactly(MapBody),
      window: 'must-exist',
      doc: 'Show the window. `transientFor` names another window of the qube or nothing; an unknown one means none.',
    },
    {
      type: 133,
      name: 'unmap',
      wireName: 'UNMAP',
      since: 0,
      body: Nothing,
      length: exactly(Nothing),
      window: 'must-exist',
      doc: 'Hide the window. Its buffer is let go, except that of window 0.',
    },
    {
      type: 134,
      name: 'configure',
      wireName: 'CONFIGURE',
      since: 0,
      body: Configure,
      length: exactly(Configure),
      window: 'must-exist',
      doc: 'Place and size of the content, or the answer to a CONFIGURE of the daemon. Clamped; a side of 0 is dropped; `overrideRedirect` is ignored.',
    },
    {
      type: 135,
      name: 'mfnDump',
      wireName: 'MFNDUMP',
      since: 0,
      obsolete: true,
      body: MfnDump,
      length: {
        kind: 'counted',
        base: LIMITS.mfnDumpHeaderBytes.value,
        unit: 4,
        countAt: 20,
        maxCount: LIMITS.dumpRefs.value,
        code: 'GUI_MFNDUMP_LENGTH',
        countCode: 'GUI_MFNDUMP_COUNT',
      },
      window: 'must-exist',
      doc: 'Obsolete since 1.2: the buffer of the window as `count` machine frame numbers (u32), the image starting `off` bytes into the first. `shmid`, `bpp` and `domid` are ignored.',
    },
    {
      type: 136,
      name: 'shmImage',
      wireName: 'SHMIMAGE',
      since: 0,
      body: ShmImage,
      length: exactly(ShmImage),
      window: 'must-exist',
      doc: 'This rectangle of the window has new pixels. Negative as a signed number: dropped. Clipped to the buffer when drawn.',
    },
    {
      type: 140,
      name: 'clipboardData',
      wireName: 'CLIPBOARD_DATA',
      since: 0,
      body: Raw,
      length: {
        kind: 'range',
        min: 0,
        max: LIMITS.clipboardMarker.value,
        step: 1,
        older: { minor: 8, max: CLIPBOARD_OLD_MAX },
        code: 'GUI_CLIPBOARD_LENGTH',
      },
      window: 'any',
      doc: 'The answer to CLIPBOARD_REQ. The window means nothing and need not exist.',
    },
    {
      type: 141,
      name: 'title',
      wireName: 'WMNAME',
      since: 0,
      body: Title,
      length: exactly(Title),
      window: 'must-exist',
      doc: 'The title, UTF-8 up to the first NUL; byte 127 counts as NUL.',
    },
    {
      type: 143,
      name: 'dock',
      wireName: 'DOCK',
      since: 0,
      body: Nothing,
      length: exactly(Nothing),
      window: 'must-exist',
      doc: 'Make the (unmapped) window a tray icon.',
    },
    {
      type: 144,
      name: 'hints',
      wireName: 'WINDOW_HINTS',
      since: 0,
      body: Hints,
      length: exactly(Hints),
      window: 'must-exist',
      doc: 'Size hints with the bits of ICCCM WM_NORMAL_HINTS. A pair that is out of range is dropped alone, and unknown bits with it.',
    },
    {
      type: 145,
      name: 'flags',
      wireName: 'WINDOW_FLAGS',
      since: 0,
      body: Flags,
      length: exactly(Flags),
      window: 'must-exist',
      doc: 'State wished for: 1 fullscreen, 2 demands attention, 4 minimize. The same bit in both words: dropped. Unknown bits are ignored, and so is unsetting 4.',
    },
    {
      type: 146,
      name: 'wmClass',
      wireName: 'WMCLASS',
      since: 1,
      body: WmClass,
      length: exactly(WmClass),
      window: 'must-exist',
      doc: 'WM_CLASS, the class first and then the instance, each up to the first NUL and 63 bytes.',
    },
    {
      type: 147,
      name: 'dump',
      wireName: 'WINDOW_DUMP',
      since: 2,
      body: Dump,
      length: {
        kind: 'range',
        min: LIMITS.dumpHeaderBytes.value,
        max: LIMITS.dumpHeaderBytes.value + 4 * LIMITS.dumpRefs.value,
        step: 4,
        code: 'GUI_DUMP_LENGTH',
      },
      window: 'must-exist',
      doc: 'The buffer of the window as references (u32) of 4096-byte pages: rows of width * 4 bytes, B G R X, from byte 0 of the first page. `bpp` is ignored. Replaces the one before; answered by WINDOW_DUMP_ACK from 1.7 on.',
    },
    {
      type: 148,
      name: 'cursor',
      wireName: 'CURSOR',
      since: 3,
      body: Cursor,
      length: exactly(Cursor),
      window: 'must-exist',
      doc: 'The pointer over this window: 0 the default one, else 0x100 + glyph of the X cursor font. Odd glyphs (masks) mean the default one.',
    },
  ],
);

type FromVmName = (typeof fromVm)['rows'][number]['name'];

/** Size hints whose ranges were checked; a group whose flag is clear holds zeros. */
export interface SizeHints {
  /** ICCCM bits, see `HINT`. */
  readonly flags: number;
  readonly minWidth: number;
  readonly minHeight: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly widthInc: number;
  readonly heightInc: number;
  readonly baseWidth: number;
  readonly baseHeight: number;
}

/** Bits of `SizeHints.flags`, as in ICCCM WM_NORMAL_HINTS. */
export const HINT = {
  userPosition: 1 << 0,
  programPosition: 1 << 2,
  minSize: 1 << 4,
  maxSize: 1 << 5,
  resizeInc: 1 << 6,
  baseSize: 1 << 8,
} as const;

/** Bits of WINDOW_FLAGS, both ways. */
export const WINDOW_FLAG = { fullscreen: 1, demandsAttention: 2, minimize: 4 } as const;

interface Of<N extends FromVmName | 'ignored'> {
  readonly name: N;
  readonly window: VmWindowId;
}

interface Placed {
  /** Content in the qube's root coordinates, |x| <= 16384, |y| <= 6144. */
  readonly x: number;
  readonly y: number;
  /** 1 to 16384. */
  readonly width: number;
  /** 1 to 6144. */
  readonly height: number;
}

/** One message of an agent with every range proved. */
export type FromVm =
  | (Of<'create'> & Placed & { readonly parent: VmWindowId; readonly overrideRedirect: boolean })
  | Of<'destroy'>
  | (Of<'map'> & {
      readonly transientFor: VmWindowId | undefined;
      readonly overrideRedirect: boolean;
    })
  | Of<'unmap'>
  | (Of<'configure'> & Placed & { readonly overrideRedirect: boolean })
  | (Of<'mfnDump'> & {
      readonly width: number;
      readonly height: number;
      /** Bytes into the first page at which the image starts, below 4096. */
      readonly offset: number;
      readonly mfns: Uint32Array;
    })
  | (Of<'shmImage'> & {
      /** All four 0 to 2^31 - 1; still to be clipped to the buffer. */
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    })
  /** `data` is a view that is valid until the reader goes on; wipe the reader after use. */
  | (Of<'clipboardData'> & { readonly data: Uint8Array })
  /** At most 127 bytes, no NUL. */
  | (Of<'title'> & { readonly text: Untrusted<Uint8Array> })
  | Of<'dock'>
  | (Of<'hints'> & SizeHints)
  | (Of<'flags'> & { readonly set: number; readonly unset: number })
  /** Each at most 63 bytes, no NUL. */
  | (Of<'wmClass'> & {
      readonly resClass: Untrusted<Uint8Array>;
      readonly resName: Untrusted<Uint8Array>;
    })
  | (Of<'dump'> & {
      /** 0 to 16384. */
      readonly width: number;
      /** 0 to 6144. */
      readonly height: number;
      /** As sent, never to be relied on: pixels are always 4 bytes. */
      readonly bpp: number;
      /** A copy; covers width * height * 4 bytes. */
      readonly refs: Uint32Array;
    })
  /** A glyph of the X cursor font (even, 0 to 152), or undefined for the default cursor. */
  | (Of<'cursor'> & { readonly glyph: number | undefined })
  /** A message that a rule with the effect `drop` takes out of the stream. */
  | (Of<'ignored'> & { readonly rule: RuleCode });
