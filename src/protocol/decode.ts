/**
 * Frames to messages. A frame has a known type and a legal length; here every
 * field gets its range, by exactly the checks that need no knowledge of
 * windows. What comes out holds no text that is not `Untrusted`.
 */

import { clamp } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import { Untrusted } from '../base/untrusted.ts';
import {
  Configure,
  Create,
  Cursor,
  Dump,
  Flags,
  Hints,
  MapBody,
  MfnDump,
  ShmImage,
} from './bodies.ts';
import { readI32, readU32Array, untilNul } from './bytes.ts';
import { decodeHints } from './decode-hints.ts';
import type { Frame } from './framing.ts';
import { type FromVm, fromVm } from './from-vm.ts';
import { LIMITS } from './limits.ts';
import { type RuleCode, violation } from './rules.ts';
import type { Wire } from './struct.ts';

const MAX_WIDTH = LIMITS.windowWidth.value;
const MAX_HEIGHT = LIMITS.windowHeight.value;
const PAGE = LIMITS.pageBytes.value;

/**
 * The message in `frame`, which a reader of the table `fromVm` gave. Throws
 * ProtocolViolation with a code of PROTOCOL_RULES. `clipboardData` refers to
 * the reader's memory; everything else is copied.
 */
export function decodeFromVm(frame: Frame): FromVm {
  // The one place where the number of a header becomes a window of the qube.
  const window = frame.window as VmWindowId;
  const row = fromVm.byType[frame.type];
  const { buffer, offset, length } = frame;
  switch (row?.name) {
    case 'create':
      return decodeCreate(window, Create.read(buffer, offset, length));
    case 'map': {
      const { transientFor, overrideRedirect } = MapBody.read(buffer, offset, length);
      return {
        name: 'map',
        window,
        transientFor: transientFor === 0 ? undefined : (transientFor as VmWindowId),
        overrideRedirect: overrideRedirect !== 0,
      };
    }
    case 'configure':
      return decodeConfigure(window, Configure.read(buffer, offset, length));
    case 'mfnDump':
      return decodeMfnDump(window, MfnDump.read(buffer, offset, length));
    case 'shmImage': {
      const { x, y, width, height } = ShmImage.read(buffer, offset, length);
      if (x < 0 || y < 0 || width > 0x7fff_ffff || height > 0x7fff_ffff) {
        return ignored(window, 'GUI_SHMIMAGE_NEGATIVE');
      }
      return { name: 'shmImage', window, x, y, width, height };
    }
    case 'clipboardData':
      return { name: 'clipboardData', window, data: frame.body };
    case 'title':
      return { name: 'title', window, text: text(buffer, offset, LIMITS.titleBytes.value) };
    case 'hints':
      return { name: 'hints', window, ...decodeHints(Hints.read(buffer, offset, length)) };
    case 'flags':
      return decodeFlags(window, Flags.read(buffer, offset, length));
    case 'wmClass': {
      const field = LIMITS.classBytes.value;
      return {
        name: 'wmClass',
        window,
        resClass: text(buffer, offset, field),
        resName: text(buffer, offset + field, field),
      };
    }
    case 'dump':
      return decodeDump(window, Dump.read(buffer, offset, length));
    case 'cursor':
      return decodeCursor(window, Cursor.read(buffer, offset, length).cursor);
    case 'destroy':
    case 'unmap':
    case 'dock':
      return { name: row.name, window };
    case undefined:
      throw violation('GUI_TYPE', `type ${frame.type}`);
  }
}

/** A rectangle to read SHMIMAGE into; see `readShmImage`. */
export interface MutableRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * SHMIMAGE without making an object: fills `out` and returns true, or returns
 * false when the rectangle is negative or empty and has to be dropped. The
 * frame's type is SHMIMAGE.
 */
export function readShmImage(frame: Frame, out: MutableRect): boolean {
  const { buffer, offset } = frame;
  out.x = readI32(buffer, offset);
  out.y = readI32(buffer, offset + 4);
  out.width = readI32(buffer, offset + 8);
  out.height = readI32(buffer, offset + 12);
  return out.x >= 0 && out.y >= 0 && out.width > 0 && out.height > 0;
}

function ignored(window: VmWindowId, rule: RuleCode): FromVm {
  return { name: 'ignored', window, rule };
}

/** At most `field - 1` bytes: the last one of a field counts as NUL. */
function text(buffer: Uint8Array, offset: number, field: number): Untrusted<Uint8Array> {
  return new Untrusted(untilNul(buffer, offset, field - 1));
}

function decodeCreate(window: VmWindowId, wire: Wire<typeof Create>): FromVm {
  const { width, height } = wire;
  if (width === 0 || height === 0 || width > 0x7fff_ffff || height > 0x7fff_ffff) {
    throw violation('GUI_CREATE_SIZE', `${width}x${height}`);
  }
  return {
    name: 'create',
    window,
    ...clamped(wire),
    parent: wire.parent as VmWindowId,
    overrideRedirect: wire.overrideRedirect !== 0,
  };
}

function decodeConfigure(window: VmWindowId, wire: Wire<typeof Configure>): FromVm {
  // Unlike CREATE, a "negative" size is a large one here and is clamped.
  if (wire.width === 0 || wire.height === 0) return ignored(window, 'GUI_CONFIGURE_SIZE');
  return {
    name: 'configure',
    window,
    ...clamped(wire),
    overrideRedirect: wire.overrideRedirect !== 0,
  };
}

function clamped(wire: MutableRect): MutableRect {
  return {
    x: clamp(wire.x, -LIMITS.positionX.value, LIMITS.positionX.value),
    y: clamp(wire.y, -LIMITS.positionY.value, LIMITS.positionY.value),
    width: Math.min(wire.width, MAX_WIDTH),
    height: Math.min(wire.height, MAX_HEIGHT),
  };
}

function decodeDump(window: VmWindowId, wire: Wire<typeof Dump>): FromVm {
  const { type, width, height, bpp } = wire;
  if (type !== 0) throw violation('GUI_DUMP_TYPE', `${type}`);
  if (width > MAX_WIDTH || height > MAX_HEIGHT) {
    throw violation('GUI_DUMP_SIZE', `${width}x${height}`);
  }
  const count = wire.refs.length / 4;
  if (count * PAGE < width * height * 4) {
    throw violation('GUI_DUMP_COVER', `${width}x${height}, ${count} references`);
  }
  return { name: 'dump', window, width, height, bpp, refs: readU32Array(wire.refs, 0, count) };
}

function decodeMfnDump(window: VmWindowId, wire: Wire<typeof MfnDump>): FromVm {
  const { width, height, off, count } = wire;
  if (width > MAX_WIDTH || height > MAX_HEIGHT) {
    throw violation('GUI_MFNDUMP_SIZE', `${width}x${height}`);
  }
  if (off >= PAGE) throw violation('GUI_MFNDUMP_OFFSET', `${off}`);
  if (count * PAGE < width * height * 4 + off) {
    throw violation('GUI_MFNDUMP_COVER', `${width}x${height} at ${off}, ${count} pages`);
  }
  const mfns = readU32Array(wire.mfns, 0, count);
  return { name: 'mfnDump', window, width, height, offset: off, mfns };
}

function decodeFlags(window: VmWindowId, wire: Wire<typeof Flags>): FromVm {
  // Before the masks, as the reference does: 8 in both is refused although 8 means nothing.
  if ((wire.set & wire.unset) !== 0) return ignored(window, 'GUI_FLAGS_OVERLAP');
  return {
    name: 'flags',
    window,
    set: wire.set & LIMITS.flagsSet.value,
    unset: wire.unset & LIMITS.flagsUnset.value,
  };
}

function decodeCursor(window: VmWindowId, cursor: number): FromVm {
  if (cursor === 0) return { name: 'cursor', window, glyph: undefined };
  if (cursor < LIMITS.cursorFirst.value || cursor >= LIMITS.cursorEnd.value) {
    return ignored(window, 'GUI_CURSOR');
  }
  const glyph = cursor - LIMITS.cursorFirst.value;
  return { name: 'cursor', window, glyph: glyph % 2 === 0 ? glyph : undefined };
}
