/**
 * The states of the clipboard; changed only by `step` (machine.ts).
 *
 * empty: nothing is kept, nobody was asked. waiting: one qube was asked for its
 * text; nothing is kept. kept: the vault holds a text. asking: it does, and the
 * user is asked whether it may go to a qube. So a text and an open request
 * never exist together, nor two of either, nor a prompt without a text.
 */
import type { VmWindowId } from '../base/ids.ts';
import type { NamedLabel } from './notice.ts';
import type { Party, SessionTag } from './party.ts';
import type { Strip } from './policy.ts';
import { type StrayBook, shiftStrays } from './strays.ts';
import type { TextFacts } from './text-facts.ts';

/** A text that is in the vault. */
export interface Kept {
  readonly source: Party;
  readonly text: TextFacts;
  /** When it came; the ttl of a rule counts from here. */
  readonly sinceMs: number;
  /** undefined = not by time. */
  readonly wipeAtMs: number | undefined;
}

export interface Asking {
  readonly kind: 'asking';
  readonly kept: Kept;
  readonly id: number;
  readonly target: Party;
  readonly window: VmWindowId;
  readonly strip: Strip;
  readonly deadlineMs: number;
}

export type ClipboardPhase =
  | { readonly kind: 'empty'; readonly sent: Sent | undefined }
  | { readonly kind: 'waiting'; readonly source: Party; readonly deadlineMs: number }
  | { readonly kind: 'kept'; readonly kept: Kept }
  | Asking;

/** The paste of the step before, in case that it could not be sent after all. */
export interface Sent {
  readonly session: SessionTag;
  readonly source: NamedLabel;
  readonly target: NamedLabel;
  readonly size: number;
}

export interface ClipboardState {
  readonly phase: ClipboardPhase;
  /** Never used before, so that a verdict cannot be taken for that of another prompt. */
  readonly nextPrompt: number;
  /** Time of the last step. */
  readonly atMs: number;
  readonly strays: StrayBook;
}

/** The text in the vault, if there is one. */
export function keptOf(phase: ClipboardPhase): Kept | undefined {
  return phase.kind === 'kept' || phase.kind === 'asking' ? phase.kept : undefined;
}

/**
 * The state as seen at `nowMs`. The clock should never go back; when it does
 * all the same, every wait is moved with it and ends after the time that it
 * had left: no text is kept longer because a clock was set. A jump forwards
 * ends waits early, which is safe.
 */
export function atTime(state: ClipboardState, nowMs: number): ClipboardState {
  const by = nowMs - state.atMs;
  if (!(by < 0)) return { ...state, atMs: nowMs };
  const strays = shiftStrays(state.strays, by);
  return { ...state, atMs: nowMs, strays, phase: shifted(state.phase, by) };
}

function shifted(phase: ClipboardPhase, by: number): ClipboardPhase {
  switch (phase.kind) {
    case 'empty':
      return phase;
    case 'waiting':
      return { ...phase, deadlineMs: phase.deadlineMs + by };
    case 'kept':
      return { ...phase, kept: shiftedText(phase.kept, by) };
    case 'asking':
      return { ...phase, kept: shiftedText(phase.kept, by), deadlineMs: phase.deadlineMs + by };
  }
}

function shiftedText(kept: Kept, by: number): Kept {
  const wipeAtMs = kept.wipeAtMs === undefined ? undefined : kept.wipeAtMs + by;
  return { ...kept, sinceMs: kept.sinceMs + by, wipeAtMs };
}
