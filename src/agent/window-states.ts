/**
 * _NET_WM_STATE both ways: what programs ask for becomes flags for the daemon,
 * what dom0 made of it becomes the property. The property is never changed on a
 * program's word alone: it says what dom0 shows.
 */
import { WINDOW_FLAG } from '../protocol/from-vm.ts';
import type { ClientMessageEvent } from '../x11/events.ts';
import { setAtoms, setCardinals } from '../x11/properties.ts';
import type { Announcer } from './announcer.ts';
import type { QubeWindow } from './window.ts';
import { readAtoms } from './window-properties.ts';
import type { WindowTable } from './window-table.ts';
import type { XScreen } from './x-screen.ts';

const ACTION = { remove: 0, add: 1, toggle: 2 } as const;
const WM_STATE = { normal: 1, iconic: 3 } as const;

export class WindowStates {
  readonly #screen: XScreen;
  readonly #table: WindowTable;
  readonly #announcer: Announcer;
  /** Bit of WINDOW_FLAG by atom. */
  readonly #bits: ReadonlyMap<number, number>;

  constructor(screen: XScreen, table: WindowTable, announcer: Announcer) {
    this.#screen = screen;
    this.#table = table;
    this.#announcer = announcer;
    const { atoms } = screen;
    this.#bits = new Map([
      [atoms._NET_WM_STATE_FULLSCREEN, WINDOW_FLAG.fullscreen],
      [atoms._NET_WM_STATE_DEMANDS_ATTENTION, WINDOW_FLAG.demandsAttention],
      [atoms._NET_WM_STATE_HIDDEN, WINDOW_FLAG.minimize],
    ]);
  }

  /** Reads the property again. */
  async load(window: QubeWindow): Promise<void> {
    window.states = await readAtoms(this.#screen.x, window.id, this.#screen.atoms._NET_WM_STATE);
  }

  /** The flags that a window has when it is mapped. */
  flagsOf(window: QubeWindow): number {
    return window.states.reduce((flags, atom) => flags | (this.#bits.get(atom) ?? 0), 0);
  }

  /** A client message to the root; true when it was one for us. */
  requested(event: ClientMessageEvent): boolean {
    const { atoms } = this.#screen;
    const window = this.#table.get(event.wid);
    switch (event.message_type) {
      case atoms._NET_WM_STATE:
        if (window && event.format === 32) this.#change(window, event.data);
        return true;
      case atoms.WM_CHANGE_STATE:
        if (window && event.data[0] === WM_STATE.iconic) {
          this.#announcer.flags(window, WINDOW_FLAG.minimize, 0);
        }
        return true;
      case atoms._NET_ACTIVE_WINDOW:
        // Only dom0's user gives the focus away; the window may say that it wants it.
        if (window) this.#announcer.flags(window, WINDOW_FLAG.demandsAttention, 0);
        return true;
      default:
        return false;
    }
  }

  /** WINDOW_FLAGS of the daemon: the window has these states in dom0. */
  told(window: QubeWindow, set: number, unset: number): void {
    const { x, atoms } = this.#screen;
    const kept = window.states.filter((atom) => !((set | unset) & (this.#bits.get(atom) ?? 0)));
    const added = [...this.#bits].filter(([, bit]) => bit & set).map(([atom]) => atom);
    window.states = [...kept, ...added];
    setAtoms(x, window.id, atoms._NET_WM_STATE, window.states);
    if (!((set | unset) & WINDOW_FLAG.minimize) || window.overrideRedirect) return;
    const state = set & WINDOW_FLAG.minimize ? WM_STATE.iconic : WM_STATE.normal;
    setCardinals(x, window.id, atoms.WM_STATE, [state, 0], atoms.WM_STATE);
  }

  #change(window: QubeWindow, data: readonly number[]): void {
    const [action, first = 0, second = 0] = data;
    const bits = (this.#bits.get(first) ?? 0) | (this.#bits.get(second) ?? 0);
    const has = this.flagsOf(window) & bits;
    const set = action === ACTION.add ? bits : action === ACTION.toggle ? bits & ~has : 0;
    const unset = action === ACTION.remove ? bits : action === ACTION.toggle ? has : 0;
    // A window is restored by dom0's user or by a map, not by this.
    this.#announcer.flags(window, set, unset & ~WINDOW_FLAG.minimize);
  }
}
