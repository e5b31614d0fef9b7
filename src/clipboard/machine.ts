/** The clipboard as a pure state machine. */
import { BugError } from '../base/errors.ts';
import type { ClipboardState } from './machine-state.ts';
import type { ClipboardEffect, ClipboardEvent, ClipboardSettings } from './machine-types.ts';
import type { PolicyState } from './policy.ts';

export const START: ClipboardState = {
  phase: { kind: 'empty', sent: undefined },
  nextPrompt: 1,
  atMs: Number.NEGATIVE_INFINITY,
  strays: [],
};

export interface Step {
  readonly state: ClipboardState;
  /** Carried out in this order, in the same turn. */
  readonly effects: readonly ClipboardEffect[];
}

/** @param nowMs a monotonic clock */
export function step(
  state: ClipboardState,
  event: ClipboardEvent,
  policy: PolicyState,
  settings: ClipboardSettings,
  nowMs: number,
): Step {
  throw new BugError(
    `not yet: ${state.phase.kind} ${event.kind} ${policy.kind} ${settings.answerMs} ${nowMs}`,
  );
}

/**
 * When the next `time` event is due, milliseconds of the clock; undefined = never.
 * May be further off than a timer can wait (2^31-1 ms): wait at most that and ask again.
 */
export function wakeAtMs(state: ClipboardState): number | undefined {
  throw new BugError(`not yet: ${state.phase.kind}`);
}
