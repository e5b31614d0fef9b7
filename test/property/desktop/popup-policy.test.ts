/**
 * Whatever order of windows, focus and pointer: popups of a qube without the
 * user's attention never stay, those of a qube with it never go, and a press is
 * dropped exactly when the window came to the pointer.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainId } from '../../../src/base/ids.ts';
import { ClickGuard, GUARD_MS } from '../../../src/desktop/click-guard.ts';
import { hasAttention, NO_ATTENTION, stepAttention } from '../../../src/trust/attention.ts';
import { type PopupPresence, stepPresence } from '../../../src/trust/popup-presence.ts';

const qube = fc.constantFrom(1, 2, 3) as fc.Arbitrary<DomainId>;

describe('popups', () => {
  it('are hidden once the wait is over exactly if the qube has no attention', () => {
    const event = fc.record({ kind: fc.constantFrom('focused', 'acted', 'gone'), qube });
    fc.assert(
      fc.property(fc.array(fc.oneof(event, fc.constant('waited' as const))), (events) => {
        let attention = NO_ATTENTION;
        const presence = new Map<DomainId, PopupPresence>();
        const step = (one: DomainId, what: 'here' | 'elsewhere' | 'waited'): void => {
          const { state, effect } = stepPresence(presence.get(one) ?? 'shown', what);
          expect(effect === 'hide').toBe(presence.get(one) === 'leaving' && state === 'hidden');
          expect(effect === 'show').toBe(presence.get(one) === 'hidden' && state === 'shown');
          presence.set(one, state);
        };
        for (const one of events) {
          if (one !== 'waited') attention = stepAttention(attention, one as never);
          for (const id of [1, 2, 3] as DomainId[]) {
            const has = hasAttention(attention, id);
            step(id, one === 'waited' ? 'waited' : has ? 'here' : 'elsewhere');
            if (has) expect(presence.get(id)).toBe('shown');
            else expect(presence.get(id)).not.toBe('shown');
            if (one === 'waited' && !has) expect(presence.get(id)).toBe('hidden');
          }
        }
      }),
    );
  });
});

/** What is under the pointer, and where it is; each step a while after the one before. */
const act = fc.record({
  afterMs: fc.nat(450),
  what: fc.oneof(
    fc.record({ kind: fc.constant('appears' as const), qube }),
    fc.record({
      kind: fc.constant('moves' as const),
      qube: fc.option(qube, { nil: undefined }),
      to: fc.nat(2000),
    }),
  ),
});

describe('the click guard', () => {
  it('drops a press exactly when the window came to the pointer from another qube just before', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.array(act, { maxLength: 40 }), (start, acts) => {
        const guard = new ClickGuard();
        let now = start;
        let place = 5000;
        let under: DomainId | undefined;
        /** Until when presses in `under` are not meant for it, relative to `start`. */
        let guardedTo = 0;
        let elapsed = 0;
        for (const { afterMs, what } of acts) {
          elapsed += afterMs + 1;
          now = (start + elapsed) >>> 0;
          const moves = what.kind === 'moves' && what.to !== place;
          if (moves) place = what.to;
          if (what.qube !== under) {
            if (under !== undefined) guard.left(under, now, false);
            if (what.qube !== undefined) {
              // Out of nowhere the windows that appear are fresh; nobody has the focus.
              const entry = { x: place, y: 0, time: now, afterGrab: false };
              const pointed = { ...entry, fresh: !moves, focused: undefined };
              guard.entered(what.qube, pointed);
              guardedTo = under !== undefined && !moves ? elapsed + GUARD_MS : 0;
            }
            under = what.qube;
          } else if (moves && under !== undefined) guard.seen(under, place, 0);
          if (under === undefined) continue;
          for (const ms of [0, 1, 150, 299, 300, 1000]) {
            expect(guard.mayPress(under, (now + ms) >>> 0)).toBe(elapsed + ms >= guardedTo);
          }
        }
      }),
    );
  });
});
