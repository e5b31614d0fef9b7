import { describe, expect, test } from 'vitest';
import {
  type FlagPolicy,
  initialStates,
  type NetState,
  NO_FLAGS,
  observeStates,
  rememberFlags,
  requestFlags,
} from '../../../src/desktop/window-flags.ts';
import { WINDOW_FLAG } from '../../../src/session/port.ts';

const { fullscreen, demandsAttention, minimize } = WINDOW_FLAG;
const PLAIN: FlagPolicy = { fullscreen: false, focused: true };
const REAL: FlagPolicy = { fullscreen: true, focused: true };
const FULL: NetState = '_NET_WM_STATE_FULLSCREEN';
const MAX: readonly NetState[] = ['_NET_WM_STATE_MAXIMIZED_VERT', '_NET_WM_STATE_MAXIMIZED_HORZ'];

function seen(...states: NetState[]): ReadonlySet<NetState> {
  return new Set(states);
}

describe('flags of a mapped window', () => {
  test('fullscreen becomes maximise and is reported as fullscreen', () => {
    const asked = requestFlags(NO_FLAGS, PLAIN, fullscreen, 0);
    expect(asked.actions).toEqual([{ kind: 'change', add: true, states: MAX }]);
    expect(observeStates(asked.state, seen(...MAX)).flags).toBe(fullscreen);
    expect(observeStates(asked.state, seen(MAX[0] as NetState)).flags).toBe(0);
  });

  test('a window that the user maximised is not reported as fullscreen', () => {
    expect(observeStates(NO_FLAGS, seen(...MAX)).flags).toBe(0);
  });

  test('leaving it takes the maximise away', () => {
    const { state } = requestFlags(NO_FLAGS, PLAIN, fullscreen, 0);
    expect(requestFlags(state, PLAIN, 0, fullscreen).actions).toEqual([
      { kind: 'change', add: false, states: MAX },
    ]);
  });

  test('where it is allowed it is asked for as it is', () => {
    const asked = requestFlags(NO_FLAGS, REAL, fullscreen, 0);
    expect(asked.actions).toEqual([{ kind: 'change', add: true, states: [FULL] }]);
    expect(observeStates(asked.state, seen(FULL)).flags).toBe(fullscreen);
  });

  test('a fullscreen that the user made is reported and can be left', () => {
    const { state, flags } = observeStates(NO_FLAGS, seen(FULL));
    expect(flags).toBe(fullscreen);
    expect(requestFlags(state, PLAIN, 0, fullscreen).actions).toEqual([
      { kind: 'change', add: false, states: [FULL] },
    ]);
  });

  test.each([PLAIN, REAL])('a qube without the focus is refused (%o)', (policy) => {
    const away = { ...policy, focused: false };
    const asked = requestFlags(NO_FLAGS, away, fullscreen, 0);
    expect(asked.actions).toEqual([]);
    expect(observeStates(asked.state, seen(...MAX)).flags).toBe(0);
    expect(requestFlags(NO_FLAGS, away, 0, fullscreen).actions).toHaveLength(1);
  });

  test('attention can be asked for and taken back', () => {
    for (const [set, unset, add] of [
      [demandsAttention, 0, true],
      [0, demandsAttention, false],
    ] as const) {
      expect(requestFlags(NO_FLAGS, { ...PLAIN, focused: false }, set, unset).actions).toEqual([
        { kind: 'change', add, states: ['_NET_WM_STATE_DEMANDS_ATTENTION'] },
      ]);
    }
    expect(observeStates(NO_FLAGS, seen('_NET_WM_STATE_DEMANDS_ATTENTION')).flags).toBe(
      demandsAttention,
    );
  });

  test('minimise is iconify; hidden is reported as minimised', () => {
    expect(requestFlags(NO_FLAGS, PLAIN, minimize, 0).actions).toEqual([{ kind: 'iconify' }]);
    expect(observeStates(NO_FLAGS, seen('_NET_WM_STATE_HIDDEN')).flags).toBe(minimize);
  });
});

describe('flags of a window that is not mapped', () => {
  test('they are remembered for the map, minimise is not', () => {
    const state = rememberFlags(NO_FLAGS, fullscreen | demandsAttention | minimize, 0);
    const { states, state: mapped } = initialStates(state, PLAIN);
    expect(states).toEqual([...MAX, '_NET_WM_STATE_DEMANDS_ATTENTION']);
    expect(observeStates(mapped, seen(...MAX)).flags).toBe(fullscreen);
    expect(initialStates(rememberFlags(state, 0, 7), PLAIN).states).toEqual([]);
  });

  test('real fullscreen needs the focus; else it is maximised', () => {
    const state = rememberFlags(NO_FLAGS, fullscreen, 0);
    expect(initialStates(state, REAL).states).toEqual([FULL]);
    expect(initialStates(state, { ...REAL, focused: false }).states).toEqual(MAX);
  });
});
