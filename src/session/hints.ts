/**
 * Size hints in the desktop's words: a group is there or it is not. The ranges
 * were checked by the decoder.
 */
import { HINT, type SizeHints as WireHints } from '../protocol/from-vm.ts';
import type { SizeHints } from './port.ts';

export function toSizeHints(wire: WireHints): SizeHints {
  const { flags } = wire;
  const group = (bit: number, width: number, height: number) =>
    flags & bit ? { width, height } : undefined;
  return {
    userPosition: (flags & HINT.userPosition) !== 0,
    programPosition: (flags & HINT.programPosition) !== 0,
    min: group(HINT.minSize, wire.minWidth, wire.minHeight),
    max: group(HINT.maxSize, wire.maxWidth, wire.maxHeight),
    increment: group(HINT.resizeInc, wire.widthInc, wire.heightInc),
    base: group(HINT.baseSize, wire.baseWidth, wire.baseHeight),
  };
}
