/**
 * What follows a violation: how often a qube's session begins again by itself.
 * Pure. A bug in a qube must not cost a day's work, and a hostile qube must not
 * get a loop for nothing (DESIGN 1 "session end").
 */

/** Waits before the first, second and third new session; after that only by hand. */
const RECONNECT_DELAYS_MS: readonly number[] = [1000, 5000, 30_000];
/** A session that held so long wipes out what was before it. */
export const GOOD_SESSION_MS = 5 * 60_000;

export interface ReconnectState {
  /** Violations that were not followed by a good session. */
  readonly failures: number;
  /** When the present session became ready; undefined while there is none. */
  readonly readyAtMs: number | undefined;
}

export const FRESH: ReconnectState = { failures: 0, readyAtMs: undefined };

/** The handshake is done. */
export function sessionBegan(state: ReconnectState, nowMs: number): ReconnectState {
  return { ...state, readyAtMs: nowMs };
}

/** The channel closed without anybody's fault: the count stays. */
export function sessionClosed(state: ReconnectState, nowMs: number): ReconnectState {
  return { failures: countNow(state, nowMs), readyAtMs: undefined };
}

/** A violation; `delayMs` is the wait before the next session, undefined = only by hand. */
export function sessionViolated(
  state: ReconnectState,
  nowMs: number,
): { readonly state: ReconnectState; readonly delayMs: number | undefined } {
  const failures = countNow(state, nowMs);
  return {
    state: { failures: failures + 1, readyAtMs: undefined },
    delayMs: RECONNECT_DELAYS_MS[failures],
  };
}

function countNow(state: ReconnectState, nowMs: number): number {
  const { readyAtMs, failures } = state;
  return readyAtMs !== undefined && nowMs - readyAtMs >= GOOD_SESSION_MS ? 0 : failures;
}
