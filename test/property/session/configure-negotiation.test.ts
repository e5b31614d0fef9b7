/**
 * The geometry negotiation between a modelled qube and a modelled dom0, with
 * both directions and the window manager delayed by any amount: it never sends
 * what changes nothing, has one CONFIGURE on the way, and both sides end up
 * with the same geometry.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rect, sameRect } from '../../../src/base/geometry.ts';
import {
  dueAtMs,
  type Negotiation,
  type NegotiationEvent,
  newNegotiation,
  step,
} from '../../../src/session/configure-negotiation.ts';

// Few geometries, so that words that cross are often equal by chance.
const rects: readonly Rect[] = [
  { x: 0, y: 0, width: 10, height: 10 },
  { x: 1, y: 0, width: 10, height: 10 },
  { x: 0, y: 0, width: 12, height: 10 },
  { x: 5, y: 5, width: 13, height: 11 },
];
const START = rects[0] as Rect;

/** What the qube does with a CONFIGURE: an X11 agent, a Wayland agent, one that never answers. */
type Habit = 'answers-changes' | 'answers-all' | 'mute';
/** What a window manager does with a wish; the last is dom0 itself with a popup. */
type Manager = 'grants' | 'snaps' | 'refuses' | 'cuts-at-once';

type Act =
  | { readonly do: 'qube-moves' | 'user-moves'; readonly to: Rect }
  | { readonly do: 'to-qube' | 'from-qube' | 'manage' | 'report' }
  | { readonly do: 'time'; readonly ms: number };

const snapped = (rect: Rect): Rect => ({ ...rect, width: rect.width - (rect.width % 4) });

class World {
  state: Negotiation = newNegotiation(START, 'window');
  nowMs = 0;
  qube = START;
  dom0 = START;
  toQube: Rect[] = [];
  fromQube: Rect[] = [];
  wishes: Rect[] = [];
  reports: Rect[] = [];
  sends = 0;
  readonly habit: Habit;
  readonly manager: Manager;

  constructor(habit: Habit, manager: Manager) {
    this.habit = habit;
    this.manager = manager;
    this.event({ type: 'mapped' });
    this.reports.push(this.dom0);
  }

  event(event: NegotiationEvent): void {
    const before = this.state;
    const { state, send, apply } = step(before, event, this.nowMs);
    this.state = state;
    if (send) this.sent(send, event, before);
    if (!apply) return;
    if (this.manager !== 'cuts-at-once') {
      this.wishes.push(apply);
      return;
    }
    const cut = snapped(apply);
    this.wishes.push(cut);
    this.event({ type: 'granted', rect: cut, final: true });
  }

  sent(send: Rect, event: NegotiationEvent, before: Negotiation): void {
    const { state } = this;
    this.sends++;
    const underway = before.told && !before.told.stale ? before.told.rects.at(-1) : undefined;
    const repeat = state.told?.repeated === true && !before.told?.repeated;
    // Only its answer or the end of its time makes room for another CONFIGURE.
    if (underway) expect(['said', 'due']).toContain(event.type);
    const known = event.type === 'said' ? event.rect : (underway ?? before.said);
    if (!repeat) {
      expect(sameRect(send, known), 'a CONFIGURE that changes nothing').toBe(false);
    }
    this.toQube.push(send);
  }

  act(act: Act): void {
    switch (act.do) {
      case 'qube-moves':
        // Its words could not be told from answers; a mute qube is mute.
        if (this.habit === 'mute' || sameRect(this.qube, act.to)) return;
        this.qube = act.to;
        this.fromQube.push(act.to);
        return;
      case 'user-moves':
        if (sameRect(this.dom0, act.to)) return;
        this.dom0 = act.to;
        this.reports.push(act.to);
        return;
      case 'to-qube': {
        const rect = this.toQube.shift();
        if (!rect) return;
        const changes = !sameRect(rect, this.qube);
        this.qube = rect;
        if (this.habit === 'answers-all' || (this.habit === 'answers-changes' && changes)) {
          this.fromQube.push(rect);
        }
        return;
      }
      case 'from-qube': {
        const rect = this.fromQube.shift();
        if (rect) this.event({ type: 'said', rect });
        return;
      }
      case 'manage': {
        const wish = this.wishes.shift();
        if (!wish || this.manager === 'refuses') return;
        const grant = this.manager === 'snaps' ? snapped(wish) : wish;
        if (sameRect(grant, this.dom0)) return;
        this.dom0 = grant;
        this.reports.push(grant);
        return;
      }
      case 'report': {
        const rect = this.reports.shift();
        if (rect) this.event({ type: 'placed', rect });
        return;
      }
      case 'time':
        // What a qube that never answers has is known only while it reads in time.
        if (this.habit === 'mute') this.exchange();
        this.passTime(act.ms);
    }
  }

  exchange(): void {
    while (this.fromQube.length > 0) this.act({ do: 'from-qube' });
    while (this.toQube.length > 0) this.act({ do: 'to-qube' });
  }

  passTime(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const due = dueAtMs(this.state);
      if (due === undefined || due > end) break;
      this.nowMs = Math.max(this.nowMs, due);
      this.event({ type: 'due' });
      if (this.habit === 'mute') this.exchange();
    }
    this.nowMs = end;
  }

  /** Delivers everything until nothing is on the way; false when it never ends. */
  drain(): boolean {
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 40; i++) {
        for (const one of ['from-qube', 'manage', 'report', 'to-qube'] as const) {
          this.act({ do: one });
        }
      }
      const quiet =
        this.toQube.length + this.fromQube.length + this.wishes.length + this.reports.length === 0;
      if (quiet && dueAtMs(this.state) === undefined) return true;
      this.passTime(100);
    }
    return false;
  }
}

const someRect = fc.constantFrom(...rects);
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constantFrom('qube-moves', 'user-moves'), to: someRect }),
  fc.record({ do: fc.constantFrom('to-qube', 'from-qube', 'manage', 'report') }),
  fc.record({ do: fc.constantFrom('to-qube', 'from-qube', 'manage', 'report') }),
  fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(1, 50, 200, 500, 6000) }),
);

describe('any order of events', () => {
  const habits = fc.constantFrom<Habit>('answers-changes', 'answers-all', 'mute');
  const managers = fc.constantFrom<Manager>('grants', 'snaps', 'refuses', 'cuts-at-once');

  it('ends with one geometry on both sides, and quietly', () => {
    fc.assert(
      fc.property(habits, managers, fc.array(acts, { maxLength: 60 }), (habit, manager, list) => {
        const world = new World(habit, manager);
        for (const act of list) world.act(act);
        expect(world.drain(), 'it comes to rest').toBe(true);
        expect(world.qube).toEqual(world.dom0);
      }),
      { numRuns: 2000 },
    );
  });

  it('sends few messages: at most two for each change', () => {
    fc.assert(
      fc.property(habits, managers, fc.array(acts, { maxLength: 60 }), (habit, manager, list) => {
        const world = new World(habit, manager);
        for (const act of list) world.act(act);
        world.drain();
        const changes = list.filter((act) => act.do.endsWith('moves')).length;
        expect(world.sends).toBeLessThanOrEqual(2 * changes + 2);
      }),
      { numRuns: 500 },
    );
  });
});
