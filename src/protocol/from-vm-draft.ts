/**
 * What our agent says, before it is bytes: the messages of `FromVm` with plain
 * bytes where the daemon sees `Untrusted` ones.
 */
import { BugError, unreachable } from '../base/errors.ts';
import type { VmWindowId } from '../base/ids.ts';
import { writeU32 } from './bytes.ts';
import type { FromVm, SizeHints } from './from-vm.ts';
import { LIMITS } from './limits.ts';
import type { Fields, WireOf } from './struct.ts';

type Plain =
  | 'create'
  | 'destroy'
  | 'map'
  | 'unmap'
  | 'configure'
  | 'mfnDump'
  | 'shmImage'
  | 'clipboardData'
  | 'dock'
  | 'flags';

/** One message to send to a daemon. */
export type FromVmDraft =
  | Extract<FromVm, { readonly name: Plain }>
  | ({ readonly name: 'hints'; readonly window: VmWindowId } & SizeHints)
  /** UTF-8; longer than 127 bytes is cut at a whole character and ends in an ellipsis. */
  | { readonly name: 'title'; readonly window: VmWindowId; readonly text: Uint8Array }
  /** Each cut to 63 bytes. */
  | {
      readonly name: 'wmClass';
      readonly window: VmWindowId;
      readonly resClass: Uint8Array;
      readonly resName: Uint8Array;
    }
  /** `refs` cover width * height * 4 bytes; `bpp` is 32 when absent. */
  | {
      readonly name: 'dump';
      readonly window: VmWindowId;
      readonly width: number;
      readonly height: number;
      readonly bpp?: number;
      readonly refs: Uint32Array;
    }
  /** A glyph of the X cursor font, 0 to 153, or undefined for the default cursor. */
  | {
      readonly name: 'cursor';
      readonly window: VmWindowId;
      readonly glyph: number | undefined;
    };

/** The body of `message`, to be written by the struct of its row. */
export function fromVmBody(message: FromVmDraft): WireOf<Fields> {
  switch (message.name) {
    case 'create': {
      const { x, y, width, height, parent } = message;
      return { x, y, width, height, parent, overrideRedirect: message.overrideRedirect ? 1 : 0 };
    }
    case 'map':
      return {
        transientFor: message.transientFor ?? 0,
        overrideRedirect: message.overrideRedirect ? 1 : 0,
      };
    case 'configure': {
      const { x, y, width, height } = message;
      return { x, y, width, height, overrideRedirect: message.overrideRedirect ? 1 : 0 };
    }
    case 'mfnDump': {
      const { width, height, offset, mfns } = message;
      const count = checkedCount(mfns);
      return { shmid: 0, width, height, bpp: 32, off: offset, count, domid: 0, mfns: packed(mfns) };
    }
    case 'shmImage': {
      const { x, y, width, height } = message;
      return { x, y, width, height };
    }
    case 'clipboardData':
      return { data: message.data };
    case 'title':
      return { text: padded(cutTitle(message.text), LIMITS.titleBytes.value) };
    case 'hints': {
      const { name: _name, window: _window, ...hints } = message;
      return hints;
    }
    case 'flags':
      return { set: message.set, unset: message.unset };
    case 'wmClass': {
      const size = LIMITS.classBytes.value;
      return {
        resClass: padded(message.resClass.subarray(0, size - 1), size),
        resName: padded(message.resName.subarray(0, size - 1), size),
      };
    }
    case 'dump': {
      const { width, height, bpp, refs } = message;
      checkedCount(refs);
      return { type: 0, width, height, bpp: bpp ?? 32, refs: packed(refs) };
    }
    case 'cursor': {
      const { glyph } = message;
      return { cursor: glyph === undefined ? 0 : LIMITS.cursorFirst.value + glyph };
    }
    case 'destroy':
    case 'unmap':
    case 'dock':
      return {};
    default:
      return unreachable(message);
  }
}

function checkedCount(refs: Uint32Array): number {
  if (refs.length > LIMITS.dumpRefs.value) {
    throw new BugError(`${refs.length} references in one dump`);
  }
  return refs.length;
}

function packed(numbers: Uint32Array): Uint8Array {
  const out = new Uint8Array(4 * numbers.length);
  for (let i = 0; i < numbers.length; i++) writeU32(out, 4 * i, numbers[i] as number);
  return out;
}

function padded(text: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  out.set(text);
  return out;
}

/** At most 127 bytes that end in a whole character, an ellipsis if anything was cut. */
function cutTitle(text: Uint8Array): Uint8Array {
  const room = LIMITS.titleBytes.value - 1;
  if (text.length <= room) return text;
  let end = room - 3;
  // Step back over the tail bytes of a character that would be cut in two.
  while (end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--;
  const out = new Uint8Array(end + 3);
  out.set(text.subarray(0, end));
  out.set([0xe2, 0x80, 0xa6], end);
  return out;
}
