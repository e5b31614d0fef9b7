import { describe, expect, test } from 'vitest';
import type { DomainId } from '../../../src/base/ids.ts';
import {
  type AttentionEvent,
  hasAttention,
  NO_ATTENTION,
  stepAttention,
} from '../../../src/trust/attention.ts';
import {
  type PopupPresence,
  type PresenceEvent,
  stepPresence,
} from '../../../src/trust/popup-presence.ts';

const A = 1 as DomainId;
const B = 2 as DomainId;
const C = 3 as DomainId;

/** Whose popups may show after all of it. */
function seen(...events: [AttentionEvent['kind'], DomainId][]): number[] {
  const state = events.reduce(
    (before, [kind, qube]) => stepAttention(before, { kind, qube }),
    NO_ATTENTION,
  );
  return [A, B, C].filter((qube) => hasAttention(state, qube));
}

describe('attention', () => {
  test('all have it until one gets the focus', () => {
    expect(seen()).toEqual([A, B, C]);
    expect(seen(['acted', A])).toEqual([A, B, C]);
    expect(seen(['focused', A])).toEqual([A]);
    expect(seen(['focused', A], ['focused', B])).toEqual([B]);
  });

  test('a click at a qube without the focus gives it some, until the next act elsewhere', () => {
    expect(seen(['focused', A], ['acted', B])).toEqual([A, B]);
    expect(seen(['focused', A], ['acted', B], ['acted', A])).toEqual([A]);
    expect(seen(['focused', A], ['acted', B], ['focused', C])).toEqual([C]);
    // The focus that goes from window to window of one qube is no act elsewhere.
    expect(seen(['focused', A], ['acted', B], ['focused', A])).toEqual([A, B]);
  });

  test('a qube that is gone has none and keeps none from others', () => {
    expect(seen(['focused', A], ['gone', A])).toEqual([A, B, C]);
    expect(seen(['focused', A], ['acted', B], ['gone', B])).toEqual([A]);
    expect(seen(['focused', A], ['gone', B])).toEqual([A]);
  });
});

describe('popup presence', () => {
  function run(...events: PresenceEvent[]): [PopupPresence, ...string[]] {
    let state: PopupPresence = 'shown';
    const effects: string[] = [];
    for (const event of events) {
      const step = stepPresence(state, event);
      state = step.state;
      if (step.effect) effects.push(step.effect);
    }
    return [state, ...effects];
  }

  test('goes after the wait, comes back at once', () => {
    expect(run('elsewhere')).toEqual(['leaving', 'wait']);
    expect(run('elsewhere', 'waited')).toEqual(['hidden', 'wait', 'hide']);
    expect(run('elsewhere', 'waited', 'here')).toEqual(['shown', 'wait', 'hide', 'show']);
  });

  test('stays when the attention comes back within the wait', () => {
    expect(run('elsewhere', 'here')).toEqual(['shown', 'wait', 'stay']);
    expect(run('elsewhere', 'here', 'waited')).toEqual(['shown', 'wait', 'stay']);
  });

  test('says nothing twice', () => {
    expect(run('here', 'here')).toEqual(['shown']);
    expect(run('elsewhere', 'elsewhere', 'waited', 'waited', 'elsewhere')).toEqual([
      'hidden',
      'wait',
      'hide',
    ]);
  });
});
