/**
 * No life of the clipboard gives text to a qube without the user's two chords
 * and the policy, keeps it longer than it may, or loses it to a qube. And the
 * test of that test: machines with one fault each, every one of which it finds.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START, step } from '../../../src/clipboard/machine.ts';
import { ALLOW } from '../../unit/clipboard/support.ts';
import { life, live, type Seen } from './world.ts';

type StepBy = typeof step;

const RUNS = 3000;

describe('the machine', () => {
  it('holds to its rules in every life', () => {
    const seen: Seen = { keeps: 0, delivers: 0, asks: 0, allowed: 0 };
    fc.assert(
      fc.property(life, (moves) => live(moves, step, seen)),
      { numRuns: RUNS },
    );
    // Lives in which nothing happens would prove nothing.
    expect(seen.keeps).toBeGreaterThan(RUNS / 2);
    expect(seen.delivers).toBeGreaterThan(RUNS / 10);
    expect(seen.asks).toBeGreaterThan(RUNS / 10);
    expect(seen.allowed).toBeGreaterThan(RUNS / 50);
  });
});

/** Events and effects changed on their way: what a mistake in the machine would come to. */
const FAULTS: Record<string, StepBy> = {
  'the policy is not asked': (state, event, _, settings, nowMs) =>
    step(state, event, ALLOW, settings, nowMs),
  'a broken policy allows': (state, event, policy, settings, nowMs) =>
    step(state, event, policy.kind === 'broken' ? ALLOW : policy, settings, nowMs),
  'any session may answer': (state, event, ...rest) =>
    event.kind === 'data' && state.phase.kind === 'waiting'
      ? step(state, { ...event, session: state.phase.source.session }, ...rest)
      : step(state, event, ...rest),
  'a late answer is taken': (state, event, policy, settings, nowMs) => {
    const late = event.kind === 'data' && state.phase.kind === 'waiting';
    return step(state, event, policy, settings, late ? state.atMs : nowMs);
  },
  'the size of an answer is not looked at': (state, event, ...rest) =>
    event.kind === 'data'
      ? step(state, { ...event, facts: { ...event.facts, size: 1 } }, ...rest)
      : step(state, event, ...rest),
  'the warning of an agent is a text': (state, event, ...rest) =>
    event.kind === 'data'
      ? step(state, { ...event, facts: { ...event.facts, incrWarning: false } }, ...rest)
      : step(state, event, ...rest),
  'what is no UTF-8 is a text': (state, event, ...rest) =>
    event.kind === 'data'
      ? step(state, { ...event, facts: { ...event.facts, risks: [] } }, ...rest)
      : step(state, event, ...rest),
  'what the target takes is not looked at': (state, event, ...rest) =>
    event.kind === 'paste'
      ? step(state, { ...event, into: { ...event.into, sendMax: 256_000 } }, ...rest)
      : step(state, event, ...rest),
  'nothing is ever wiped': (...all) => {
    const result = step(...all);
    return { ...result, effects: result.effects.filter(({ kind }) => kind !== 'wipe') };
  },
  'a paste leaves the text': (state, ...rest) => {
    const result = step(state, ...rest);
    const delivered = result.effects.some(({ kind }) => kind === 'deliver');
    return delivered
      ? { state, effects: result.effects.filter(({ kind }) => kind !== 'wipe') }
      : result;
  },
  'the machine forgets that it wiped': (state, event, ...rest) => {
    const result = step(state, event, ...rest);
    return event.kind === 'wipe' ? { ...result, state } : result;
  },
  'a paste goes to the source': (state, ...rest) => {
    const result = step(state, ...rest);
    const { phase } = state;
    if (phase.kind !== 'kept') return result;
    const { session } = phase.kept.source;
    return {
      ...result,
      effects: result.effects.map((effect) =>
        effect.kind === 'deliver' ? { ...effect, session } : effect,
      ),
    };
  },
  'every copy chord is a request': (state, event, ...rest) =>
    event.kind === 'copy' && state.phase.kind === 'waiting'
      ? step({ ...state, phase: START.phase }, event, ...rest)
      : step(state, event, ...rest),
  'a copy chord leaves the old text': (state, event, ...rest) => {
    const result = step(state, event, ...rest);
    if (event.kind !== 'copy' || state.phase.kind !== 'kept') return result;
    return { ...result, effects: result.effects.filter(({ kind }) => kind !== 'wipe') };
  },
  'an unasked answer wipes': (state, event, ...rest) =>
    event.kind === 'data' && event.facts.size === 0 && state.phase.kind !== 'waiting'
      ? step(state, { kind: 'wipe' }, ...rest)
      : step(state, event, ...rest),
  'an unasked answer shows a notice': (state, event, ...rest) => {
    const result = step(state, event, ...rest);
    if (event.kind !== 'data' || state.phase.kind !== 'kept') return result;
    const notice = { kind: 'notice', notice: { kind: 'problem', text: 'x' } } as const;
    return { ...result, effects: [...result.effects, notice] };
  },
  'the focus is not looked at': (state, event, ...rest) =>
    event.kind === 'copy' || event.kind === 'paste'
      ? step(state, { ...event, focusMs: 1000 }, ...rest)
      : step(state, event, ...rest),
  'a verdict counts for any prompt': (state, event, ...rest) =>
    event.kind === 'prompt' && state.phase.kind === 'asking'
      ? step(state, { ...event, id: state.phase.id }, ...rest)
      : step(state, event, ...rest),
  '"ask" is "allow"': (state, event, ...rest) => {
    const result = step(state, event, ...rest);
    if (result.state.phase.kind !== 'asking' || event.kind !== 'paste') return result;
    const { id } = result.state.phase;
    return step(result.state, { kind: 'prompt', id, verdict: 'allow' }, ...rest);
  },
  'a lost prompt is "allow"': (state, event, ...rest) =>
    event.kind === 'prompt' && event.verdict === 'lost'
      ? step(state, { ...event, verdict: 'allow' }, ...rest)
      : step(state, event, ...rest),
  'a cancelled prompt is "allow"': (state, event, ...rest) =>
    event.kind === 'prompt' && event.verdict === 'deny'
      ? step(state, { ...event, verdict: 'allow' }, ...rest)
      : step(state, event, ...rest),
  'a prompt outlives its target': (state, event, ...rest) =>
    event.kind === 'session-ended' &&
    state.phase.kind === 'asking' &&
    state.phase.target.session === event.session
      ? step(state, { kind: 'time' }, ...rest)
      : step(state, event, ...rest),
  'a prompt is about whatever is kept': (state, event, ...rest) => {
    const result = step(state, event, ...rest);
    if (state.phase.kind !== 'asking') return result;
    return { ...result, effects: result.effects.filter(({ kind }) => kind !== 'end-ask') };
  },
  'a verdict is not judged again': (state, event, policy, settings, nowMs) =>
    step(state, event, event.kind === 'prompt' ? ALLOW : policy, settings, nowMs),
  'the text of a qube that ended stays': (state, event, ...rest) =>
    event.kind === 'session-ended' &&
    (state.phase.kind === 'kept' || state.phase.kind === 'asking') &&
    state.phase.kept.source.session === event.session
      ? step(state, { kind: 'time' }, ...rest)
      : step(state, event, ...rest),
  'a qube that ended can still answer': (state, event, ...rest) =>
    event.kind === 'session-ended' && state.phase.kind === 'waiting'
      ? step(state, { kind: 'time' }, ...rest)
      : step(state, event, ...rest),
  'the lock is not heard': (state, event, ...rest) =>
    step(state, event.kind === 'locked' ? { kind: 'time' } : event, ...rest),
  'another policy is not heard': (state, event, ...rest) =>
    step(state, event.kind === 'policy-changed' ? { kind: 'time' } : event, ...rest),
  'a wish to wipe is not heard': (state, event, ...rest) =>
    step(state, event.kind === 'wipe' ? { kind: 'time' } : event, ...rest),
  'no memory is not heard': (state, event, ...rest) =>
    step(state, event.kind === 'not-kept' ? { kind: 'time' } : event, ...rest),
  'time does not pass': (state, event, policy, settings) =>
    step(state, event, policy, settings, 5000),
  'waits end a little late': (state, event, policy, settings, nowMs) =>
    step(state, event, policy, settings, nowMs - 1),
  'a clock set back lengthens the waits': (state, event, policy, settings, nowMs) => {
    const atMs = Math.min(state.atMs, nowMs);
    return step({ ...state, atMs }, event, policy, settings, nowMs);
  },
  'nothing is stripped': (...all) => {
    const result = step(...all);
    return {
      ...result,
      effects: result.effects.map((effect) =>
        effect.kind === 'deliver' ? { ...effect, strip: 'none' as const } : effect,
      ),
    };
  },
  'the number of a prompt is used again': (state, event, ...rest) => {
    const result = step({ ...state, nextPrompt: 1 }, event, ...rest);
    return { ...result, state: { ...result.state, nextPrompt: 2 } };
  },
};

describe('the test of it finds that', () => {
  it.each(Object.entries(FAULTS))('%s', (_, faulty) => {
    const checked = fc.check(
      fc.property(life, (moves) => live(moves, faulty)),
      // One seed: a fault that was found once stays found.
      { numRuns: RUNS, endOnFailure: true, seed: 20 },
    );
    expect(checked.failed).toBe(true);
  });
});
