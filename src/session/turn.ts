/**
 * How much of one qube's work is done before others have theirs. The unit is
 * about what one damage message costs; what makes X requests costs more.
 */
import { fromVm } from '../protocol/from-vm.ts';

/** Work of one turn of one qube. */
export const TURN_COST = 256;
/** Bytes read in one turn. */
export const READ_BYTES = 64 * 1024;

const { type } = fromVm;

/** Cost of a message of this type with a body of `length` bytes. */
export function costOf(messageType: number, length: number): number {
  switch (messageType) {
    case type.shmImage:
      return 1;
    case type.create:
    case type.destroy:
      return 16;
    case type.map:
    case type.unmap:
    case type.configure:
    case type.dock:
      return 8;
    case type.dump:
      return 4 + (length >> 10);
    default:
      return 4;
  }
}
