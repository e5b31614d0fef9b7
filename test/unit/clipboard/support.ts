/** Parties, settings and a driver for the clipboard's machine. */
import type { QubeName, VmWindowId } from '../../../src/base/ids.ts';
import { START, type Step, step } from '../../../src/clipboard/machine.ts';
import type { ClipboardState } from '../../../src/clipboard/machine-state.ts';
import type {
  ClipboardEffect,
  ClipboardEvent,
  ClipboardSettings,
} from '../../../src/clipboard/machine-types.ts';
import type { Notice } from '../../../src/clipboard/notice.ts';
import type { Party, SessionTag } from '../../../src/clipboard/party.ts';
import type { PolicyState } from '../../../src/clipboard/policy.ts';
import { parsePolicy } from '../../../src/clipboard/policy-file.ts';
import type { TextFacts } from '../../../src/clipboard/text-facts.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';

export const SETTINGS: ClipboardSettings = { answerMs: 2000, keepMs: 60_000, promptMs: 30_000 };
export const WINDOW = 7 as VmWindowId;
/** Long enough to have been meant. */
const SETTLED = 1000;

export function labelled(name: string): Label {
  const label = BUILTIN_LABELS.find((one) => one.name === name);
  if (!label) throw new Error(`no label ${name}`);
  return label;
}

export function party(session: number, qube: string, more: Partial<Party> = {}): Party {
  return {
    session: session as SessionTag,
    qube: qube as QubeName,
    label: labelled('red'),
    careful: false,
    maxBytes: 64_000,
    sendMax: 256_000,
    ...more,
  };
}

export const WORK = party(1, 'work', { label: labelled('blue') });
export const VAULT = party(2, 'vault', { label: labelled('black'), careful: true });
export const BANK = party(3, 'bank', { label: labelled('green') });

export function facts(size: number, more: Partial<TextFacts> = {}): TextFacts {
  return { size, risks: [], incrWarning: false, ...more };
}

export function policyOf(text: string): PolicyState {
  const known = {
    qubes: ['work', 'vault', 'bank'],
    labels: BUILTIN_LABELS.map((label) => label.name),
  };
  const parsed = parsePolicy(text, known);
  if (!parsed.ok) throw new Error(parsed.mistakes.map((mistake) => mistake.text).join('\n'));
  return parsed.policy;
}

export const ALLOW = policyOf('@any @any allow');
export const ASK = policyOf('@any @any ask');

export const copy = (from: Party, focusMs = SETTLED): ClipboardEvent => ({
  kind: 'copy',
  from,
  window: WINDOW,
  focusMs,
});
export const paste = (into: Party, focusMs = SETTLED): ClipboardEvent => ({
  kind: 'paste',
  into,
  window: WINDOW,
  focusMs,
});
export const data = (from: Party, about: TextFacts): ClipboardEvent => ({
  kind: 'data',
  session: from.session,
  qube: from.qube,
  facts: about,
});
export const ended = (who: Party): ClipboardEvent => ({
  kind: 'session-ended',
  session: who.session,
});
export const TIME: ClipboardEvent = { kind: 'time' };

/** Feeds events to the machine, and remembers what the last one did. */
export class Driver {
  state: ClipboardState = START;
  policy: PolicyState;
  settings = SETTINGS;
  nowMs = 10_000;
  effects: readonly ClipboardEffect[] = [];
  readonly #step: typeof step;

  constructor(policy: PolicyState = ALLOW, stepBy: typeof step = step) {
    this.policy = policy;
    this.#step = stepBy;
  }

  /** @param afterMs how much later than the event before */
  feed(event: ClipboardEvent, afterMs = 0): readonly ClipboardEffect[] {
    this.nowMs += afterMs;
    const result: Step = this.#step(this.state, event, this.policy, this.settings, this.nowMs);
    this.state = result.state;
    this.effects = result.effects;
    return result.effects;
  }

  /** A text of `from` is kept. */
  copied(from: Party, about: TextFacts = facts(10)): void {
    this.feed(copy(from));
    this.feed(data(from, about), 5);
  }

  get phase(): string {
    return this.state.phase.kind;
  }

  /** Kinds of the last effects without the audit log, in order. */
  get did(): string[] {
    return this.effects.map(({ kind }) => kind).filter((kind) => kind !== 'audit');
  }

  get notices(): Notice[] {
    return this.effects.flatMap((effect) => (effect.kind === 'notice' ? [effect.notice] : []));
  }

  /** Why the last event was refused; undefined = it was not. */
  get refusal(): string | undefined {
    for (const notice of this.notices) if (notice.kind === 'refused') return notice.reason;
    return undefined;
  }

  /** `event verdict` of the last audit facts. */
  get audit(): string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === 'audit' ? [[effect.fact.event, effect.fact.verdict].join(' ').trim()] : [],
    );
  }

  promptId(): number {
    if (this.state.phase.kind !== 'asking') throw new Error('no prompt is open');
    return this.state.phase.id;
  }
}
