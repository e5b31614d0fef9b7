/**
 * Fullscreen, attention and minimised: what a qube asks for, what the window
 * manager is asked, and what the qube is told (DESIGN 8.3, gui-daemon 2.5.12).
 * Pure. Unless dom0's configuration allows it, fullscreen becomes maximise and
 * is reported as fullscreen, so that programs behave; a window manager's own
 * fullscreen is reported as what it is.
 */
import { WINDOW_FLAG } from '../session/port.ts';

/** The parts of _NET_WM_STATE that concern us. */
export const NET_STATES = [
  '_NET_WM_STATE_FULLSCREEN',
  '_NET_WM_STATE_MAXIMIZED_VERT',
  '_NET_WM_STATE_MAXIMIZED_HORZ',
  '_NET_WM_STATE_DEMANDS_ATTENTION',
  '_NET_WM_STATE_HIDDEN',
] as const;
export type NetState = (typeof NET_STATES)[number];

export interface FlagPolicy {
  /** Real fullscreen (with the frame still visible) is allowed. */
  readonly fullscreen: boolean;
  /** The qube has the focus now. */
  readonly focused: boolean;
}

/** What the window manager is asked for a mapped window. */
export type FlagAction =
  | { readonly kind: 'change'; readonly add: boolean; readonly states: readonly NetState[] }
  | { readonly kind: 'iconify' };

export interface FlagState {
  /** For the next map: what the qube asked for while the window was not mapped. */
  readonly wanted: number;
  /** Maximised because the qube asked for fullscreen. */
  readonly maximisedInstead: boolean;
}

export const NO_FLAGS: FlagState = { wanted: 0, maximisedInstead: false };

const MAXIMISED = ['_NET_WM_STATE_MAXIMIZED_VERT', '_NET_WM_STATE_MAXIMIZED_HORZ'] as const;

/** The qube asks for a window that is not mapped: remembered until the map. */
export function rememberFlags(state: FlagState, set: number, unset: number): FlagState {
  const kept = WINDOW_FLAG.fullscreen | WINDOW_FLAG.demandsAttention;
  return { ...state, wanted: ((state.wanted & ~unset) | set) & kept };
}

/** _NET_WM_STATE for a map. Real fullscreen only for the qube that has the focus. */
export function initialStates(
  state: FlagState,
  policy: FlagPolicy,
): { readonly state: FlagState; readonly states: readonly NetState[] } {
  const states: NetState[] = [];
  const fullscreen = (state.wanted & WINDOW_FLAG.fullscreen) !== 0;
  const real = fullscreen && policy.fullscreen && policy.focused;
  if (real) states.push('_NET_WM_STATE_FULLSCREEN');
  else if (fullscreen) states.push(...MAXIMISED);
  if (state.wanted & WINDOW_FLAG.demandsAttention) states.push('_NET_WM_STATE_DEMANDS_ATTENTION');
  return { state: { ...state, maximisedInstead: fullscreen && !real }, states };
}

/**
 * The qube asks for a mapped window. A fullscreen request of a qube without
 * the focus is refused: a window manager may give it the focus with it.
 */
export function requestFlags(
  state: FlagState,
  policy: FlagPolicy,
  set: number,
  unset: number,
): { readonly state: FlagState; readonly actions: readonly FlagAction[] } {
  const actions: FlagAction[] = [];
  let maximisedInstead = state.maximisedInstead;
  if (set & WINDOW_FLAG.fullscreen && policy.focused) {
    if (!policy.fullscreen) maximisedInstead = true;
    actions.push(change(true, policy.fullscreen ? ['_NET_WM_STATE_FULLSCREEN'] : MAXIMISED));
  } else if (unset & WINDOW_FLAG.fullscreen) {
    // Also when fullscreen is not allowed: the user may have made it so.
    actions.push(change(false, maximisedInstead ? MAXIMISED : ['_NET_WM_STATE_FULLSCREEN']));
    maximisedInstead = false;
  }
  if ((set | unset) & WINDOW_FLAG.demandsAttention) {
    const add = (set & WINDOW_FLAG.demandsAttention) !== 0;
    actions.push(change(add, ['_NET_WM_STATE_DEMANDS_ATTENTION']));
  }
  if (set & WINDOW_FLAG.minimize) actions.push({ kind: 'iconify' });
  return { state: { ...state, maximisedInstead }, actions };
}

/** What the property says now: the flags that the qube is told. */
export function observeStates(
  state: FlagState,
  present: ReadonlySet<NetState>,
): { readonly state: FlagState; readonly flags: number } {
  const maximised = MAXIMISED.every((name) => present.has(name));
  const real = present.has('_NET_WM_STATE_FULLSCREEN');
  const maximisedInstead = state.maximisedInstead && maximised && !real;
  const flags =
    (real || maximisedInstead ? WINDOW_FLAG.fullscreen : 0) |
    (present.has('_NET_WM_STATE_DEMANDS_ATTENTION') ? WINDOW_FLAG.demandsAttention : 0) |
    (present.has('_NET_WM_STATE_HIDDEN') ? WINDOW_FLAG.minimize : 0);
  return { state: { ...state, maximisedInstead }, flags };
}

function change(add: boolean, states: readonly NetState[]): FlagAction {
  return { kind: 'change', add, states };
}
