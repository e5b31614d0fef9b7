/**
 * What a qube's WINDOW_FLAGS asks for, by the state of the window (gui-daemon
 * 2.5.12). Pure.
 */
import { WINDOW_FLAG } from './port.ts';

/** The bits that can be asked away: a minimized window comes back by UNMAP and MAP. */
const UNSETTABLE = WINDOW_FLAG.fullscreen | WINDOW_FLAG.demandsAttention;

export interface FlagWish {
  readonly set: number;
  readonly unset: number;
}

/**
 * `set` and `unset` are masked to known bits and share none. An unmapped
 * window's state is replaced whole, and it cannot be minimized; a mapped one
 * changes by what is named, where minimize wins over fullscreen.
 */
export function requestedFlags(mapped: boolean, set: number, unset: number): FlagWish | undefined {
  if (!mapped) {
    const state = set & UNSETTABLE;
    return { set: state, unset: UNSETTABLE & ~state };
  }
  const wanted = set & WINDOW_FLAG.minimize ? set & ~WINDOW_FLAG.fullscreen : set;
  const away = unset & UNSETTABLE;
  return (wanted | away) === 0 ? undefined : { set: wanted, unset: away };
}
