/**
 * Who decides where a window is: dom0 and the qube both may, and their words
 * cross. Pure: one step per event, no clock, no I/O.
 *
 * A negotiation knows what the qube believes (`said`), where the content is in
 * dom0 (`local`), and what is on its way:
 *  - `wishes`: geometries of the qube that were handed to dom0 and have not
 *    shown up there yet. While there are any, a place that dom0 reports is an
 *    older wish coming true or a window manager still at work, and is not told
 *    to the qube: telling it would take back what the qube asked for since.
 *  - `told`: CONFIGUREs that the qube has not answered. While one is fresh,
 *    dom0 wins: the qube's differing word was spoken before it knew. A CONFIGURE
 *    may never be answered (the qube had that geometry already, or does not
 *    answer at all), so after ACK_MS the qube is free again and dom0's next
 *    change is sent.
 * As soon as nothing is on its way and both differ, dom0's geometry is sent;
 * never one that the qube has already.
 */
import { type Rect, sameRect } from '../base/geometry.ts';

/** A CONFIGURE that was not answered for so long is taken as done. */
export const ACK_MS = 400;
/** So long after the qube's last wish dom0's answer counts, whatever it is. */
export const SETTLE_MS = 150;
/** A qube that keeps moving its window cannot put dom0's word off for longer. */
export const SETTLE_MAX_MS = 600;
/** A late echo of a CONFIGURE is recognised for so long. */
export const LATE_MS = 5000;
/** More than this many steps of one drag are never on their way. */
const MAX_UNDERWAY = 8;

export interface Negotiation {
  /** `screen` is window 0, which waits for no answers; a docked icon's place is dom0's alone. */
  readonly kind: 'window' | 'screen' | 'docked';
  readonly mapped: boolean;
  readonly said: Rect;
  /** Undefined until dom0 has placed the window. */
  readonly local: Rect | undefined;
  readonly wishes: Wishes | undefined;
  readonly told: Told | undefined;
}

interface Wishes {
  /** Oldest first; when the last one is reported, dom0 has caught up. */
  readonly rects: readonly Rect[];
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Told {
  /** Oldest first; the last one is what the qube has in the end. */
  readonly rects: readonly Rect[];
  readonly sentAtMs: number;
  /** The qube said something else since: perhaps it will not take the last one. */
  readonly contradicted: boolean;
  /** It was sent again after that; there is no third time. */
  readonly repeated: boolean;
  /** Too old to be waited for; kept so that a late echo is not taken for a wish. */
  readonly stale: boolean;
}

export type NegotiationEvent =
  /** The qube's CONFIGURE: a wish or an answer. */
  | { readonly type: 'said'; readonly rect: Rect }
  /** Where the content is in dom0 now. */
  | { readonly type: 'placed'; readonly rect: Rect }
  /**
   * What dom0 made of the wish or map that it is just being told; `final` when
   * no window manager has a say in it (a popup), so that the qube is told at once.
   */
  | { readonly type: 'granted'; readonly rect: Rect; readonly final: boolean }
  | { readonly type: 'mapped' | 'unmapped' | 'docked' | 'due' };

export interface Step {
  readonly state: Negotiation;
  /** To be sent to the qube as CONFIGURE. */
  readonly send: Rect | undefined;
  /** To be carried out in dom0. */
  readonly apply: Rect | undefined;
}

/** A window that the qube has just created at `rect`. */
export function newNegotiation(rect: Rect, kind: 'window' | 'screen'): Negotiation {
  return { kind, mapped: false, said: rect, local: undefined, wishes: undefined, told: undefined };
}

/** The next state and what is to be done. `nowMs` never goes back. */
export function step(state: Negotiation, event: NegotiationEvent, nowMs: number): Step {
  switch (event.type) {
    case 'said':
      return saidStep(state, event.rect, nowMs);
    case 'placed':
      return settle(placed(state, event.rect), nowMs);
    case 'granted':
      return settle(granted(state, event.rect, nowMs), nowMs, event.final);
    case 'mapped':
      return settle({ ...state, mapped: true, wishes: wish(undefined, state.said, nowMs) }, nowMs);
    case 'unmapped':
      return settle({ ...state, mapped: false, wishes: undefined, told: undefined }, nowMs);
    case 'docked':
      // Until a tray has placed it, an icon is what it was when it was docked.
      return settle(
        {
          ...state,
          kind: 'docked',
          local: state.local ?? state.said,
          wishes: undefined,
          told: undefined,
        },
        nowMs,
      );
    case 'due':
      return due(state, nowMs);
  }
}

/** When a `due` event has something to do; undefined = only when something else happens. */
export function dueAtMs(state: Negotiation): number | undefined {
  const { wishes, told } = state;
  const toldMs = told && told.sentAtMs + (told.stale ? LATE_MS : ACK_MS);
  if (wishes === undefined) return toldMs;
  return toldMs === undefined ? wishes.untilMs : Math.min(wishes.untilMs, toldMs);
}

function saidStep(state: Negotiation, rect: Rect, nowMs: number): Step {
  const { told } = state;
  if (told) {
    const place = findLast(told.rects, rect);
    if (place === told.rects.length - 1) {
      return settle({ ...state, said: rect, told: undefined }, nowMs);
    }
    if (place >= 0) {
      // The echo of an older one: the newer ones are still to come, if they do.
      const rects = told.rects.slice(place + 1);
      return settle(
        { ...state, told: { ...told, rects, contradicted: true, stale: false, sentAtMs: nowMs } },
        nowMs,
      );
    }
    if (!told.stale) {
      return settle({ ...state, told: { ...told, contradicted: true } }, nowMs);
    }
  }
  const next = { ...state, said: rect, told: undefined };
  if (state.kind === 'docked' || isDone(state, rect)) return settle(next, nowMs);
  const wishes = state.mapped ? wish(state.wishes, rect, nowMs) : undefined;
  return { ...settle({ ...next, wishes }, nowMs), apply: rect };
}

/** dom0 has nothing to do for this wish: it is as the qube wants it, or was told so last. */
function isDone(state: Negotiation, rect: Rect): boolean {
  if (!state.mapped) return sameRect(state.said, rect);
  return state.wishes === undefined && state.local !== undefined && sameRect(state.local, rect);
}

function placed(state: Negotiation, rect: Rect): Negotiation {
  const { wishes } = state;
  if (wishes === undefined) return { ...state, local: rect };
  const place = findLast(wishes.rects, rect);
  if (place === wishes.rects.length - 1) return { ...state, local: rect, wishes: undefined };
  const rects = wishes.rects.slice(place + 1);
  return { ...state, local: rect, wishes: { ...wishes, rects } };
}

function granted(state: Negotiation, rect: Rect, nowMs: number): Negotiation {
  const { wishes } = state;
  if (wishes === undefined) return { ...state, local: rect };
  const rects = [...wishes.rects.slice(0, -1), rect];
  return { ...state, local: rect, wishes: { ...wishes, rects, untilMs: settleEnd(wishes, nowMs) } };
}

function due(state: Negotiation, nowMs: number): Step {
  const wishes = state.wishes && nowMs >= state.wishes.untilMs ? undefined : state.wishes;
  const { told } = state;
  if (told === undefined || nowMs < told.sentAtMs + ACK_MS) {
    return settle({ ...state, wishes }, nowMs);
  }
  if (told.stale) {
    const forgotten = nowMs >= told.sentAtMs + LATE_MS;
    return settle({ ...state, wishes, told: forgotten ? undefined : told }, nowMs);
  }
  const last = told.rects[told.rects.length - 1] as Rect;
  const wanted = state.local !== undefined && sameRect(state.local, last);
  if (told.contradicted && !told.repeated && wanted) {
    const again = { ...told, sentAtMs: nowMs, repeated: true, contradicted: false };
    return { state: { ...state, wishes, told: again }, send: last, apply: undefined };
  }
  return settle({ ...state, wishes, said: last, told: { ...told, stale: true } }, nowMs);
}

/**
 * Sends dom0's geometry when nothing is on its way and the qube does not have
 * it; `final`: what dom0 still does about wishes is known.
 */
function settle(state: Negotiation, nowMs: number, final = false): Step {
  const { local, said, wishes, told } = state;
  const shown = state.mapped || state.kind === 'docked';
  const busy = (wishes !== undefined && !final) || (told !== undefined && !told.stale);
  if (!shown || busy || local === undefined || sameRect(local, said)) {
    return { state, send: undefined, apply: undefined };
  }
  if (state.kind === 'screen') {
    return { state: { ...state, said: local }, send: local, apply: undefined };
  }
  const next: Told = {
    rects: [...(told?.rects ?? []), local].slice(-MAX_UNDERWAY),
    sentAtMs: nowMs,
    contradicted: false,
    repeated: false,
    stale: false,
  };
  return { state: { ...state, told: next }, send: local, apply: undefined };
}

function wish(wishes: Wishes | undefined, rect: Rect, nowMs: number): Wishes {
  const sinceMs = wishes?.sinceMs ?? nowMs;
  const rects = [...(wishes?.rects ?? []), rect].slice(-MAX_UNDERWAY);
  return { rects, sinceMs, untilMs: settleEnd({ sinceMs }, nowMs) };
}

function settleEnd(wishes: { readonly sinceMs: number }, nowMs: number): number {
  return Math.min(nowMs + SETTLE_MS, wishes.sinceMs + SETTLE_MAX_MS);
}

function findLast(rects: readonly Rect[], rect: Rect): number {
  for (let i = rects.length - 1; i >= 0; i--) {
    if (sameRect(rects[i] as Rect, rect)) return i;
  }
  return -1;
}
