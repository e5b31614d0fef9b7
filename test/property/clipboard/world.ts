/**
 * Random lives of a clipboard: three qubes that are restarted now and then,
 * policies whose answers are written down by hand, and a clock that is also set
 * back. Few of everything, so that collisions are common.
 */
import fc from 'fast-check';
import { START, type step, wakeAtMs } from '../../../src/clipboard/machine.ts';
import type { ClipboardEvent, ClipboardSettings } from '../../../src/clipboard/machine-types.ts';
import type { Party } from '../../../src/clipboard/party.ts';
import { BROKEN_POLICY, type PolicyState } from '../../../src/clipboard/policy.ts';
import { facts, labelled, party, policyOf, WINDOW } from '../../unit/clipboard/support.ts';
import { Watcher } from './watcher.ts';

export interface Right {
  readonly action: 'allow' | 'ask' | 'deny';
  readonly strip: 'none' | 'control' | 'newlines';
  readonly maxSize?: number;
  readonly ttlMs?: number;
}

export type Rights = (source: Party, target: Party) => Right;

const plain = (action: Right['action']): Right => ({ action, strip: 'none' });

/** Policies, and what each says: not by the code that is tested. */
const POLICIES: readonly { readonly policy: PolicyState; readonly rights: Rights }[] = [
  { policy: policyOf('@any @any allow'), rights: () => plain('allow') },
  { policy: policyOf('@any @any ask'), rights: () => plain('ask') },
  { policy: BROKEN_POLICY, rights: () => plain('deny') },
  {
    policy: policyOf('vault @any deny\n@any bank ask strip=control\nbank work allow'),
    rights: (source, target) => {
      if (source.qube === 'vault') return plain('deny');
      if (target.qube === 'bank') return { action: 'ask', strip: 'control' };
      const allowed = source.qube === 'bank' && target.qube === 'work';
      return plain(allowed ? 'allow' : 'deny');
    },
  },
  {
    policy: policyOf('@careful @any ask ttl=10\n@any @any allow max_size=100 strip=newlines'),
    rights: (source) =>
      source.careful
        ? { action: 'ask', strip: 'none', ttlMs: 10_000 }
        : { action: 'allow', strip: 'newlines', maxSize: 100 },
  },
];

const SETTINGS: ClipboardSettings = { answerMs: 2000, keepMs: 60_000, promptMs: 30_000 };

const QUBES: readonly ((session: number) => Party)[] = [
  (session) => party(session, 'work', { maxBytes: 256_000 }),
  (session) => party(session, 'vault', { careful: true, maxBytes: 1000 }),
  (session) => party(session, 'bank', { label: labelled('green'), sendMax: 65_000 }),
];

/** An event with qubes by place, so that it means something whatever came before it. */
export type Act =
  | { readonly kind: 'copy' | 'paste'; readonly qube: number; readonly focusMs: number }
  | {
      readonly kind: 'data';
      /** undefined = the one that was asked last. */
      readonly qube: number | undefined;
      readonly size: number;
      readonly flaw: 'none' | 'incr' | 'not-utf8';
    }
  | {
      readonly kind: 'prompt';
      /** How many prompts before the last one. */
      readonly back: number;
      readonly verdict: 'allow' | 'deny' | 'timeout' | 'lost';
    }
  | { readonly kind: 'ended' | 'not-kept'; readonly qube: number }
  | { readonly kind: 'locked' | 'wipe' | 'time' | 'policy-changed' }
  | { readonly kind: 'policy'; readonly place: number };

export interface Move {
  readonly act: Act;
  readonly afterMs: number;
}

const qube = fc.nat(QUBES.length - 1);
const focusMs = fc.constantFrom(1000, 1000, 1000, 250, 249, 0);
const size = fc.constantFrom(10, 10, 10, 100, 101, 1001, 64_000, 65_001, 0, 256_000, 256_001);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('copy'), qube, focusMs }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('data'),
      qube: fc.option(qube, { nil: undefined, freq: 1 }),
      size,
      flaw: fc.constantFrom('none', 'none', 'none', 'none', 'incr', 'not-utf8'),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('paste'), qube, focusMs }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('prompt'),
      back: fc.constantFrom(0, 0, 0, 1, 2),
      verdict: fc.constantFrom('allow', 'allow', 'deny', 'timeout', 'lost'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('ended', 'not-kept'), qube }) },
  { weight: 2, arbitrary: fc.constantFrom({ kind: 'time' } as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { kind: 'locked' } as const,
      { kind: 'wipe' } as const,
      { kind: 'policy-changed' } as const,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('policy'), place: fc.nat(POLICIES.length - 1) }),
  },
) as fc.Arbitrary<Act>;

const soon = fc.constantFrom(0, 0, 0, 1, 1, 50, 500);
const later = fc.constantFrom(
  ...[1999, 2000, 9999, 10_000, 29_999, 30_000, 59_999, 60_000],
  ...[-1, -40_000, -1e9],
);
const afterMs = fc.oneof({ weight: 7, arbitrary: soon }, { weight: 1, arbitrary: later });
const single = fc.record({ act, afterMs }).map((move): Move[] => [move]);

/** What users do, so that lives get somewhere; anything may come between two of these. */
const copied = fc
  .record({ qube, size: fc.constantFrom(10, 100, 101, 64_000), afterMs: soon })
  .map((of): Move[] => [
    { act: { kind: 'copy', qube: of.qube, focusMs: 1000 }, afterMs: 0 },
    { act: { kind: 'data', qube: undefined, size: of.size, flaw: 'none' }, afterMs: of.afterMs },
  ]);
const pasted = fc
  .record({ qube, verdict: fc.constantFrom('allow', 'deny', 'lost', 'timeout'), afterMs })
  .map((of): Move[] => [
    { act: { kind: 'paste', qube: of.qube, focusMs: 1000 }, afterMs: 0 },
    { act: { kind: 'prompt', back: 0, verdict: of.verdict }, afterMs: of.afterMs },
  ]);

export const life: fc.Arbitrary<Move[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: single },
      { weight: 3, arbitrary: copied },
      { weight: 2, arbitrary: pasted },
    ),
    { maxLength: 40, size: 'max' },
  )
  .map((moves) => moves.flat());

/** What a life came to, so that a test can see that it looked at something. */
export interface Seen {
  keeps: number;
  delivers: number;
  asks: number;
  allowed: number;
}

/** Lives it with `stepBy`; throws what the watcher saw. */
export function live(moves: readonly Move[], stepBy: typeof step, seen?: Seen): void {
  const watcher = new Watcher(SETTINGS);
  const qubes = QUBES.map((make, place) => make(place + 1));
  let sessions = QUBES.length;
  let { policy, rights } = POLICIES[0] as (typeof POLICIES)[number];
  let [state, nowMs, sinceMs] = [START, 5000, 0];
  let asked = 0;

  for (const { act: done, afterMs: passed } of moves) {
    nowMs += passed;
    sinceMs += passed;
    if (done.kind === 'policy') {
      ({ policy, rights } = POLICIES[done.place] as (typeof POLICIES)[number]);
      continue;
    }
    const event = eventOf(done, qubes, asked, state.nextPrompt - 1);
    if (done.kind === 'copy') asked = done.qube;
    const result = stepBy(frozen(state), event, policy, SETTINGS, nowMs);
    state = result.state;
    const wake = wakeAtMs(state);
    const wakeInMs = wake === undefined ? undefined : wake - nowMs;
    watcher.observe(event, result.effects, rights, sinceMs, wakeInMs);
    sinceMs = 0;
    const believes = state.phase.kind === 'kept' || state.phase.kind === 'asking';
    if (believes !== watcher.hasText) throw new Error('the machine is wrong about the vault');
    if (done.kind === 'ended') qubes[done.qube] = (QUBES[done.qube] ?? fail)(++sessions);
    if (seen) count(seen, event, result.effects);
  }
}

function fail(): never {
  throw new Error('no such qube');
}

function eventOf(
  done: Exclude<Act, { kind: 'policy' }>,
  qubes: readonly Party[],
  asked: number,
  lastPrompt: number,
): ClipboardEvent {
  const at = (place: number): Party => qubes[place] ?? fail();
  switch (done.kind) {
    case 'copy':
      return { kind: 'copy', from: at(done.qube), window: WINDOW, focusMs: done.focusMs };
    case 'paste':
      return { kind: 'paste', into: at(done.qube), window: WINDOW, focusMs: done.focusMs };
    case 'data': {
      const { session, qube: name } = at(done.qube ?? asked);
      const risks = done.flaw === 'not-utf8' ? (['not-utf8'] as const) : [];
      const about = facts(done.size, { risks, incrWarning: done.flaw === 'incr' });
      return { kind: 'data', session, qube: name, facts: about };
    }
    case 'prompt':
      return { kind: 'prompt', id: lastPrompt - done.back, verdict: done.verdict };
    case 'ended':
      return { kind: 'session-ended', session: at(done.qube).session };
    case 'not-kept':
      return { kind: 'not-kept', session: at(done.qube).session };
    default:
      return { kind: done.kind };
  }
}

function count(
  seen: Seen,
  event: ClipboardEvent,
  effects: readonly { readonly kind: string }[],
): void {
  for (const { kind } of effects) {
    if (kind === 'keep') seen.keeps++;
    if (kind === 'ask') seen.asks++;
    if (kind === 'deliver') seen.delivers++;
    if (kind === 'deliver' && event.kind === 'prompt') seen.allowed++;
  }
}

/** A step that changes what it was given throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}
