/**
 * Which window of one qube has the X focus, from the FocusIn and FocusOut
 * events of its connection (DESIGN 8.6). Pure.
 *
 * - Detail Pointer, PointerRoot or None is no focus: the focus is the root or
 *   nowhere, and keys only happen to arrive under the pointer.
 * - Modes Normal and WhileGrabbed change it (some window managers switch
 *   windows while they hold the keyboard). Modes Grab and Ungrab say that
 *   somebody else holds the keyboard for a while; the focus stays where it is.
 * - Every FocusOut releases what is pressed: the release would not come.
 */
import type { VmWindowId } from '../base/ids.ts';

export interface FocusState {
  readonly window: VmWindowId | undefined;
  /** Somebody has grabbed the keyboard: no key comes, modifiers are not the qube's. */
  readonly grabbed: boolean;
}

export interface FocusEvent {
  readonly kind: 'in' | 'out';
  readonly window: VmWindowId;
  /** The X event's mode and detail. */
  readonly mode: number;
  readonly detail: number;
}

export type FocusEffect =
  | { readonly kind: 'release-keys' }
  | { readonly kind: 'lost' | 'gained'; readonly window: VmWindowId };

export interface FocusStep {
  readonly state: FocusState;
  readonly effects: readonly FocusEffect[];
}

export const NO_FOCUS: FocusState = { window: undefined, grabbed: false };

const MODE = { normal: 0, grab: 1, ungrab: 2, whileGrabbed: 3 } as const;
/** Details from here on: Pointer, PointerRoot, None. */
const FIRST_FALSE_DETAIL = 5;

export function stepFocus(state: FocusState, event: FocusEvent): FocusStep {
  return event.kind === 'in' ? focusIn(state, event) : focusOut(state, event);
}

/** The window is gone or hidden for good; no event tells it of a destroyed one. */
export function forgetFocus(state: FocusState, window: VmWindowId): FocusStep {
  if (state.window !== window) return { state, effects: [] };
  return { state: { ...state, window: undefined }, effects: [{ kind: 'release-keys' }] };
}

/** Modifiers may be shown to the qube: it has the focus and nobody holds the keyboard. */
export function hasKeyboard(state: FocusState): boolean {
  return state.window !== undefined && !state.grabbed;
}

function focusIn(state: FocusState, { window, mode, detail }: FocusEvent): FocusStep {
  if (detail >= FIRST_FALSE_DETAIL) return { state, effects: [] };
  if (mode === MODE.ungrab) return { state: { ...state, grabbed: false }, effects: [] };
  if (mode === MODE.grab) return { state, effects: [] };
  const grabbed = mode === MODE.whileGrabbed;
  if (state.window === window) return { state: { window, grabbed }, effects: [] };
  const effects: FocusEffect[] = [];
  // The FocusOut of the window before was not seen: that one is gone.
  if (state.window !== undefined) effects.push({ kind: 'release-keys' });
  effects.push({ kind: 'gained', window });
  return { state: { window, grabbed }, effects };
}

function focusOut(state: FocusState, { window, mode, detail }: FocusEvent): FocusStep {
  const effects: FocusEffect[] = [{ kind: 'release-keys' }];
  if (mode === MODE.grab) return { state: { ...state, grabbed: true }, effects };
  if (mode === MODE.ungrab || detail >= FIRST_FALSE_DETAIL) return { state, effects };
  if (state.window !== window) return { state, effects };
  effects.push({ kind: 'lost', window });
  return { state: { window: undefined, grabbed: mode === MODE.whileGrabbed }, effects };
}
