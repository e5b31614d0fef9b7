/**
 * The clipboard as a pure state machine (states: machine-state.ts). It never
 * sees the text, only its facts; its effects are carried out by the desktop.
 *
 * What it holds to:
 *  - Only the user's chords move text. What a qube sends does nothing unless it
 *    is the first answer, in time, of the session that was asked last.
 *  - The copy chord wipes what was kept before, at once, whatever will be
 *    answered. The user pressed "copy" and takes the old text for replaced;
 *    were it still there when the answer is empty, too large or never comes,
 *    the next paste would give an old password to the wrong qube. And so no
 *    answer of a qube, however wrong, ever wipes or changes a text: there is
 *    none while one is waited for.
 *  - A refused paste leaves the text where it is (the user may have meant
 *    another window); a done one wipes it.
 *  - A prompt's verdict counts for that prompt, that text and those two sessions
 *    only: when one of them goes, the prompt goes. With "allow" the policy is
 *    asked again, since it may be another by now.
 * Waits that are over are ended before anything else, so a late timer changes
 * nothing. Times are doubles of milliseconds: they do not wrap in 32 bits.
 */
import { BugError, unreachable } from '../base/errors.ts';
import type { VmWindowId } from '../base/ids.ts';
import { EffectList, named } from './effect-list.ts';
import { answerRefusal, judge, type Permission } from './judge.ts';
import {
  atTime,
  type ClipboardPhase,
  type ClipboardState,
  type Kept,
  keptOf,
} from './machine-state.ts';
import type {
  ClipboardEffect,
  ClipboardEvent,
  ClipboardSettings,
  PromptVerdict,
} from './machine-types.ts';
import type { Refusal, WipeCause } from './notice.ts';
import type { Party, SessionTag } from './party.ts';
import type { PolicyState } from './policy.ts';
import { dropStray, expectStray, type StrayBook, withoutSession } from './strays.ts';

/**
 * A chord counts only when the qube has had the focus this long. It is the
 * qube's focus that is timed, not the window's: the user who goes from one
 * window of a qube to another of it means that qube, and a qube that takes the
 * focus just before the chord (field-survey D2, 35) is another one.
 */
export const FOCUS_SETTLE_MS = 250;

const EMPTY: ClipboardPhase = { kind: 'empty', sent: undefined };

export const START: ClipboardState = {
  phase: EMPTY,
  nextPrompt: 1,
  atMs: Number.NEGATIVE_INFINITY,
  strays: [],
};

export interface Step {
  readonly state: ClipboardState;
  /** Carried out in this order, in the same turn. */
  readonly effects: readonly ClipboardEffect[];
}

/**
 * What an event does to the clipboard.
 * @param policy as it is now
 * @param nowMs a monotonic clock, milliseconds; throws BugError when it is no number
 */
export function step(
  state: ClipboardState,
  event: ClipboardEvent,
  policy: PolicyState,
  settings: ClipboardSettings,
  nowMs: number,
): Step {
  if (!Number.isFinite(nowMs)) throw new BugError(`a clock that says ${nowMs}`);
  const turn = new Turn(atTime(state, nowMs), policy, settings);
  turn.endWaits();
  turn.handle(event);
  return turn.result();
}

/**
 * When the next `time` event is due, milliseconds of the clock; undefined = never.
 * May be further off than a timer can wait (2^31-1 ms): wait at most that and ask again.
 */
export function wakeAtMs(state: ClipboardState): number | undefined {
  const { phase } = state;
  switch (phase.kind) {
    case 'empty':
      return undefined;
    case 'waiting':
      return phase.deadlineMs;
    case 'kept':
      return phase.kept.wipeAtMs;
    case 'asking':
      return Math.min(phase.deadlineMs, phase.kept.wipeAtMs ?? Number.POSITIVE_INFINITY);
  }
}

/** One step: changes its own copy of the state only. */
class Turn {
  readonly #policy: PolicyState;
  readonly #settings: ClipboardSettings;
  readonly #nowMs: number;
  readonly #effects = new EffectList();
  #phase: ClipboardPhase;
  #nextPrompt: number;
  #strays: StrayBook;

  constructor(state: ClipboardState, policy: PolicyState, settings: ClipboardSettings) {
    this.#policy = policy;
    this.#settings = settings;
    this.#nowMs = state.atMs;
    this.#phase = state.phase;
    this.#nextPrompt = state.nextPrompt;
    this.#strays = state.strays;
  }

  result(): Step {
    const [phase, nextPrompt, atMs] = [this.#phase, this.#nextPrompt, this.#nowMs];
    return { state: { phase, nextPrompt, atMs, strays: this.#strays }, effects: this.#effects.all };
  }

  endWaits(): void {
    if (this.#phase.kind === 'waiting' && this.#phase.deadlineMs <= this.#nowMs) {
      this.#giveUp('no-answer');
    }
    if (this.#phase.kind === 'asking' && this.#phase.deadlineMs <= this.#nowMs) {
      this.#endAsk('prompt-timeout');
    }
    const wipeAtMs = keptOf(this.#phase)?.wipeAtMs;
    if (wipeAtMs !== undefined && wipeAtMs <= this.#nowMs) this.#clear('time');
  }

  handle(event: ClipboardEvent): void {
    // A paste can turn out undone only right after it.
    const sent = this.#phase.kind === 'empty' ? this.#phase.sent : undefined;
    if (sent) this.#phase = EMPTY;
    switch (event.kind) {
      case 'copy':
        this.#copy(event.from, event.window, event.focusMs);
        break;
      case 'data':
        this.#data(event);
        break;
      case 'paste':
        this.#paste(event.into, event.window, event.focusMs);
        break;
      case 'prompt':
        this.#answered(event.id, event.verdict);
        break;
      case 'session-ended':
        this.#sessionEnded(event.session);
        break;
      case 'locked':
        this.#clear('lock');
        break;
      case 'wipe':
        this.#clear('asked');
        break;
      case 'not-kept':
        this.#notKept(event.session);
        break;
      case 'not-sent':
        if (sent?.session === event.session) {
          this.#effects.refuse('paste-refused', 'target-gone', sent);
        }
        break;
      case 'shared':
        this.#shared(event.text);
        break;
      case 'policy-changed':
        // Also what is only asked for: whose it is may mean something else by now.
        this.#clear('policy-reload');
        break;
      case 'time':
        break;
      default:
        unreachable(event);
    }
  }

  #copy(source: Party, window: VmWindowId, focusMs: number): void {
    if (!hasSettled(focusMs)) {
      this.#effects.refuse('copy-refused', 'focus-moved', { source });
      return;
    }
    if (this.#phase.kind === 'waiting') {
      // Two answers of one session could not be told apart: the first request stands.
      if (this.#phase.source.session === source.session) {
        this.#effects.refuse('copy-refused', 'busy', { source });
        return;
      }
      this.#giveUp('replaced');
    }
    if (keptOf(this.#phase)) this.#clear('replaced');
    const deadlineMs = this.#deadline(this.#settings.answerMs);
    this.#phase = { kind: 'waiting', source, deadlineMs };
    this.#effects.push({ kind: 'request', session: source.session, window });
    this.#effects.audit('copy-asked', { source });
  }

  #data({ session, qube, facts }: ClipboardEvent & { kind: 'data' }): void {
    const { size } = facts;
    if (this.#phase.kind !== 'waiting' || this.#phase.source.session !== session) {
      const dropped = dropStray(this.#strays, session, qube, size, this.#nowMs);
      this.#strays = dropped.book;
      if (dropped.fact) this.#effects.push({ kind: 'audit', fact: dropped.fact });
      return;
    }
    const { source } = this.#phase;
    this.#strays = expectStray(this.#strays, session, 'second', this.#nowMs);
    const refusal = answerRefusal(source, facts);
    if (refusal !== undefined) {
      this.#phase = EMPTY;
      this.#effects.refuse('copy-refused', refusal, { source, size });
      return;
    }
    const { keepMs } = this.#settings;
    const wipeAtMs = keepMs === undefined ? undefined : this.#deadline(keepMs);
    this.#phase = { kind: 'kept', kept: { source, text: facts, sinceMs: this.#nowMs, wipeAtMs } };
    this.#effects.push({ kind: 'keep' });
    this.#effects.notice({ kind: 'copied', source: named(source), size, wipeAtMs });
    this.#effects.audit('copied', { source, size });
  }

  /** The same rules as for a qube's answer; only, nobody was asked and nobody is told. */
  #shared(text: (ClipboardEvent & { kind: 'shared' })['text']): void {
    this.#clear('replaced');
    if (!text) return;
    const { source, facts } = text;
    const { size } = facts;
    const refusal = answerRefusal(source, facts);
    if (refusal !== undefined) {
      this.#effects.refuse('paste-refused', refusal, { source, size });
      return;
    }
    const { keepMs } = this.#settings;
    const wipeAtMs = keepMs === undefined ? undefined : this.#deadline(keepMs);
    this.#phase = { kind: 'kept', kept: { source, text: facts, sinceMs: this.#nowMs, wipeAtMs } };
    this.#effects.push({ kind: 'keep' });
    this.#effects.audit('shared', { source, size });
  }

  #paste(target: Party, window: VmWindowId, focusMs: number): void {
    const kept = keptOf(this.#phase);
    const why = this.#pasteHindrance(focusMs);
    if (why !== undefined || !kept) {
      const told = { source: kept?.source, target, size: kept?.text.size };
      this.#effects.refuse('paste-refused', why ?? 'nothing-copied', told);
      return;
    }
    const judgement = judge(this.#policy, kept, target, this.#nowMs);
    if (judgement.verdict === 'refuse') {
      this.#refusePaste(kept, target, judgement.refusal, judgement.why);
    } else if (judgement.verdict === 'ask') {
      this.#ask(kept, target, window, judgement);
    } else this.#deliver(kept, target, window, judgement);
  }

  /** Why the paste chord does nothing now, whatever the policy says. */
  #pasteHindrance(focusMs: number): Refusal | undefined {
    if (!hasSettled(focusMs)) return 'focus-moved';
    return this.#phase.kind === 'waiting' || this.#phase.kind === 'asking' ? 'busy' : undefined;
  }

  #ask(kept: Kept, target: Party, window: VmWindowId, { strip, why }: Permission): void {
    const id = this.#nextPrompt++;
    const deadlineMs = this.#deadline(this.#settings.promptMs);
    const { source, text } = kept;
    this.#phase = { kind: 'asking', kept, id, target, window, strip, deadlineMs };
    this.#effects.push({ kind: 'ask', prompt: { id, source, target, text, strip, deadlineMs } });
    this.#effects.audit('paste-asked', { source, target, size: text.size, detail: why });
  }

  #answered(id: number, verdict: PromptVerdict): void {
    if (this.#phase.kind !== 'asking' || this.#phase.id !== id) return;
    const { kept, target, window, strip } = this.#phase;
    this.#phase = { kind: 'kept', kept };
    if (verdict !== 'allow') {
      this.#refusePaste(kept, target, VERDICT_REFUSAL[verdict]);
      return;
    }
    const judgement = judge(this.#policy, kept, target, this.#nowMs);
    if (judgement.verdict === 'refuse') {
      this.#refusePaste(kept, target, judgement.refusal, judgement.why);
    } else if (judgement.strip !== strip) {
      this.#refusePaste(kept, target, 'policy', 'another rule than the prompt told of');
    } else this.#deliver(kept, target, window, { ...judgement, verdict: 'ask' });
  }

  #deliver(kept: Kept, to: Party, window: VmWindowId, permission: Permission): void {
    const { size } = kept.text;
    const { session } = to;
    const [source, target] = [named(kept.source), named(to)];
    this.#phase = { kind: 'empty', sent: { session, source, target, size } };
    this.#effects.push(
      { kind: 'deliver', session, window, strip: permission.strip },
      { kind: 'wipe' },
    );
    this.#effects.notice({ kind: 'pasted', source, target, size });
    const verdict = permission.verdict === 'ask' ? 'allowed-by-user' : 'allowed-by-policy';
    this.#effects.audit('pasted', { source, target, size, verdict, detail: permission.why });
  }

  #sessionEnded(session: SessionTag): void {
    if (this.#phase.kind === 'waiting' && this.#phase.source.session === session) {
      this.#giveUp('no-answer');
    }
    if (this.#phase.kind === 'asking' && this.#phase.target.session === session) {
      this.#endAsk('target-gone');
    }
    if (keptOf(this.#phase)?.source.session === session) this.#clear('source-ended');
    this.#strays = withoutSession(this.#strays, session);
  }

  #notKept(session: SessionTag): void {
    const kept = keptOf(this.#phase);
    if (kept?.source.session !== session) return;
    if (this.#phase.kind === 'asking') this.#endAsk('storage');
    this.#phase = EMPTY;
    this.#effects.push({ kind: 'wipe' });
    const { source, text } = kept;
    this.#effects.refuse('copy-refused', 'storage', { source, size: text.size });
  }

  /** The open request is over; what it is answered now is late. */
  #giveUp(reason: 'no-answer' | WipeCause): void {
    if (this.#phase.kind !== 'waiting') return;
    const { source } = this.#phase;
    this.#phase = EMPTY;
    this.#strays = expectStray(this.#strays, source.session, 'late', this.#nowMs);
    // What the user did meanwhile has a notice of its own; silence has not.
    if (reason === 'no-answer') this.#effects.refuse('copy-refused', reason, { source });
    else this.#effects.audit('copy-refused', { source, verdict: reason });
  }

  /** The open prompt goes; the text stays. */
  #endAsk(reason: Refusal): void {
    if (this.#phase.kind !== 'asking') return;
    const { kept, id, target } = this.#phase;
    this.#phase = { kind: 'kept', kept };
    this.#effects.push({ kind: 'end-ask', id });
    this.#refusePaste(kept, target, reason);
  }

  /** Nothing is kept, asked or waited for any more. */
  #clear(cause: WipeCause): void {
    this.#giveUp(cause);
    const phase = this.#phase;
    const kept = keptOf(phase);
    this.#phase = EMPTY;
    if (phase.kind === 'asking') this.#effects.push({ kind: 'end-ask', id: phase.id });
    // Also when nothing should be there: a wish to wipe does not depend on our bookkeeping.
    this.#effects.push({ kind: 'wipe' });
    if (!kept) return;
    const { source, text } = kept;
    if (phase.kind === 'asking') {
      const told = { source, target: phase.target, size: text.size, verdict: 'wiped' };
      this.#effects.audit('paste-refused', told);
    }
    // The new copy has notices of its own, within the same moment.
    if (cause !== 'replaced') this.#effects.notice({ kind: 'wiped', cause, source: named(source) });
    this.#effects.audit('wiped', { source, size: text.size, verdict: cause });
  }

  #refusePaste(kept: Kept, target: Party, reason: Refusal, detail?: string): void {
    const { source, text } = kept;
    this.#effects.refuse('paste-refused', reason, { source, target, size: text.size, detail });
  }

  /** Never now: a wait that is over in the step that began it would have no timer to end it. */
  #deadline(ms: number): number {
    return this.#nowMs + Math.max(1, ms);
  }
}

const VERDICT_REFUSAL = {
  deny: 'cancelled',
  timeout: 'prompt-timeout',
  lost: 'prompt-lost',
} as const satisfies Record<Exclude<PromptVerdict, 'allow'>, Refusal>;

function hasSettled(focusMs: number): boolean {
  return focusMs >= FOCUS_SETTLE_MS;
}
