/**
 * Carries out what a qube asks of a window's state: the _NET_WM_STATE of a
 * window that will be mapped, and requests to the window manager about one that
 * is (EWMH, ICCCM 4.1.4).
 */
import type { XWindowId } from '../base/ids.ts';
import type { XConnection } from '../x11/connection.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import type { Atoms } from './atoms.ts';
import type { FrameProperties } from './properties.ts';
import type { QubeWindow } from './qube-window.ts';
import {
  type FlagPolicy,
  initialStates,
  type NetState,
  rememberFlags,
  requestFlags,
} from './window-flags.ts';

const ICONIC_STATE = 3;
const SOURCE_APPLICATION = 1;

export class WindowFlags {
  readonly #x: XConnection;
  readonly #atoms: Atoms;
  readonly #properties: FrameProperties;
  readonly #policy: () => FlagPolicy;

  constructor(x: XConnection, atoms: Atoms, properties: FrameProperties, policy: () => FlagPolicy) {
    this.#x = x;
    this.#atoms = atoms;
    this.#properties = properties;
    this.#policy = policy;
  }

  /** Bits of WINDOW_FLAG; they share none. */
  request(window: QubeWindow, set: number, unset: number): void {
    if (!window.mapped) {
      window.flags = rememberFlags(window.flags, set, unset);
      return;
    }
    if (window.overrideRedirect) return;
    const { state, actions } = requestFlags(window.flags, this.#policy(), set, unset);
    window.flags = state;
    const { frame } = window.windows;
    for (const action of actions) {
      if (action.kind === 'iconify') {
        this.#toManager(frame, this.#atoms.WM_CHANGE_STATE, [ICONIC_STATE, 0, 0, 0, 0]);
      } else this.#change(frame, action.add, action.states);
    }
  }

  /** Window managers forget the state of a withdrawn window: it is written anew for each map. */
  beforeMap(window: QubeWindow): void {
    const { state, states } = initialStates(window.flags, this.#policy());
    window.flags = state;
    this.#properties.setStates(window.windows.frame, states);
  }

  /** Real fullscreen is not allowed any more; on a window that is not, it changes nothing. */
  takeFullscreen(window: QubeWindow): void {
    if (!window.mapped || window.overrideRedirect || window.docked) return;
    this.#change(window.windows.frame, false, ['_NET_WM_STATE_FULLSCREEN']);
  }

  #change(frame: XWindowId, add: boolean, states: readonly NetState[]): void {
    const [first, second] = states.map((name) => this.#atoms[name]);
    const data = [add ? 1 : 0, first ?? 0, second ?? 0, SOURCE_APPLICATION, 0];
    this.#toManager(frame, this.#atoms._NET_WM_STATE, data);
  }

  #toManager(frame: XWindowId, type: number, data: readonly number[]): void {
    this.#x.X.SendEvent(
      this.#x.root,
      0,
      EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect,
      { name: 'ClientMessage', format: 32, wid: frame, message_type: type, data },
    );
  }
}
