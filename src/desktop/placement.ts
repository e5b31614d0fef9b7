/**
 * Where a window's content really is, worked out from what the X server says,
 * and what of it the session is told (DESIGN 5). Pure. Whether the qube hears
 * of it is the session's to decide; here every change of the truth is told
 * once, and never a pair of place and size that was not true together.
 *
 * Everything that is applied is the truth at its place in the qube
 * connection's stream, so the newest in stream order wins:
 * - a ConfigureNotify that somebody sent (synthetic): the place is in it; the
 *   size is the server's to say, so with another size than the server's the
 *   place is asked for;
 * - one of the server's own: with the root as parent the place is in it; under
 *   a window manager it is relative to the manager's window, so the content's
 *   place is asked for (`query`) and the new size waits for the reply;
 * - ReparentNotify, and a move of the frame's top ancestor (some managers say
 *   nothing else during a drag): likewise. The latter comes on another
 *   connection, so the server may have answered a query that is under way
 *   before it: another one follows.
 *
 * States: `hidden` (the qube has not mapped it; nothing is told), `mapping`
 * (mapped, MapNotify not seen: window managers move it about meanwhile; nothing
 * is told), `live`.
 */
import { type Rect, sameRect } from '../base/geometry.ts';
import { type Border, contentOf, frameAround, insetsOf } from './geometry.ts';

export interface PlacementState {
  /** What the frame has around the content. */
  readonly border: Border;
  /** Nobody reparented the frame: its coordinates are the root's. */
  readonly parentIsRoot: boolean;
  /** The content as far as it is known. */
  readonly content: Rect;
  readonly query: 'none' | 'under-way' | 'under-way-again';
  /** What the session was told last. */
  readonly told: Rect | undefined;
  readonly phase: 'hidden' | 'mapping' | 'live';
}

export type PlacementEvent =
  /**
   * The server was asked to put the content at `rect`, which the policy made
   * of `wish`. `direct`: no window manager stands between, it just happens.
   */
  | {
      readonly kind: 'asked';
      readonly wish: Rect;
      readonly rect: Rect;
      readonly direct: boolean;
    }
  /** The same together with a map. */
  | { readonly kind: 'mapping'; readonly rect: Rect }
  /** MapNotify of the frame. */
  | { readonly kind: 'shown' }
  | { readonly kind: 'withdrawn' }
  | {
      readonly kind: 'configured';
      readonly synthetic: boolean;
      /** The frame, as in the event. */
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly borderWidth: number;
    }
  | {
      readonly kind: 'reparented';
      readonly parentIsRoot: boolean;
      /** The frame in its new parent. */
      readonly x: number;
      readonly y: number;
    }
  | { readonly kind: 'ancestor-moved' }
  /** The frame has another border around the content. */
  | {
      readonly kind: 'bordered';
      readonly border: Border;
      /** Where the content is: the frame was asked to go around it; undefined = the frame stays. */
      readonly around: Rect | undefined;
    }
  /** The reply: root coordinates of the content. */
  | { readonly kind: 'located'; readonly x: number; readonly y: number }
  /** The query failed: the window is gone. */
  | { readonly kind: 'lost' };

export type PlacementEffect =
  /** Ask where the content is (TranslateCoordinates). */
  | { readonly kind: 'query' }
  /** The size that the frame really has: make the content fit. */
  | { readonly kind: 'fit'; readonly width: number; readonly height: number }
  /** Tell the session. */
  | { readonly kind: 'placed'; readonly rect: Rect };

export interface PlacementStep {
  readonly state: PlacementState;
  readonly effects: readonly PlacementEffect[];
}

/** A frame that was just created around `content`, not mapped. */
export function newPlacement(content: Rect, border: Border): PlacementState {
  return {
    border,
    parentIsRoot: true,
    content,
    query: 'none',
    told: undefined,
    phase: 'hidden',
  };
}

export function stepPlacement(state: PlacementState, event: PlacementEvent): PlacementStep {
  switch (event.kind) {
    case 'asked':
      return asked(state, event);
    case 'mapping':
      return tell({ ...state, phase: 'mapping', told: undefined }, event.rect);
    case 'shown':
      if (state.phase !== 'mapping') return { state, effects: [] };
      return look({ ...state, phase: 'live' });
    case 'withdrawn':
      return { state: { ...state, phase: 'hidden', told: undefined }, effects: [] };
    case 'configured':
      return configured(state, event);
    case 'reparented': {
      const next = { ...state, parentIsRoot: event.parentIsRoot };
      if (!event.parentIsRoot) return query(next, false);
      const { side, top } = insetsOf(state.border);
      const { content } = state;
      return report({ ...next, content: { ...content, x: event.x + side, y: event.y + top } });
    }
    case 'ancestor-moved':
      // A reparenting that is still to be read asks by itself, but not while a query is under way.
      if (state.parentIsRoot && state.query === 'none') return { state, effects: [] };
      return query(state, true);
    case 'bordered':
      return bordered(state, event);
    case 'located': {
      const content = { ...state.content, x: event.x, y: event.y };
      const step = report({ ...state, content, query: 'none' });
      return state.query === 'under-way-again' ? then(step, query(step.state, false)) : step;
    }
    case 'lost':
      return { state: { ...state, query: 'none' }, effects: [] };
    default:
      return event satisfies never;
  }
}

function asked(
  state: PlacementState,
  event: Extract<PlacementEvent, { kind: 'asked' }>,
): PlacementStep {
  if (state.phase === 'hidden') return { state, effects: [] };
  if (event.direct) {
    const step = { state: { ...state, content: event.rect, told: undefined }, effects: [] };
    return then(step, tell(step.state, event.rect));
  }
  // What became of the wish is told, as it is the session's new expectation. A
  // manager that grants nothing may say nothing: what is true is asked for.
  const step = sameRect(event.wish, event.rect) ? { state, effects: [] } : tell(state, event.rect);
  return state.phase === 'live' ? then(step, query(step.state, true)) : step;
}

function configured(
  state: PlacementState,
  event: Extract<PlacementEvent, { kind: 'configured' }>,
): PlacementStep {
  const { side, top } = insetsOf(state.border);
  const width = Math.max(1, event.width - 2 * side);
  const height = Math.max(1, event.height - side - top);
  const x = event.x + event.borderWidth + side;
  const y = event.y + event.borderWidth + top;
  if (event.synthetic) {
    const sameSize = width === state.content.width && height === state.content.height;
    return sameSize ? report({ ...state, content: { x, y, width, height } }) : query(state, false);
  }
  const step = state.parentIsRoot
    ? report({ ...state, content: { x, y, width, height } })
    : query({ ...state, content: { ...state.content, width, height } }, false);
  return { state: step.state, effects: [{ kind: 'fit', width, height }, ...step.effects] };
}

function bordered(
  state: PlacementState,
  { border, around }: Extract<PlacementEvent, { kind: 'bordered' }>,
): PlacementStep {
  if (state.phase === 'hidden') return { state: { ...state, border }, effects: [] };
  // What the frame has around the content it takes from it, or gives back.
  const content = around ?? contentOf(frameAround(state.content, state.border), border);
  const { width, height } = content;
  const step = report({ ...state, border, content });
  const effects: PlacementEffect[] = [{ kind: 'fit', width, height }, ...step.effects];
  const next: PlacementStep = { state: step.state, effects };
  // A query that is under way was answered with the content where it was.
  const asks = state.query !== 'none' || !state.parentIsRoot;
  return asks ? then(next, query(next.state, true)) : next;
}

/** Reports what is known, or asks when the frame's coordinates are not the root's. */
function look(state: PlacementState): PlacementStep {
  return state.parentIsRoot ? report(state) : query(state, true);
}

/**
 * @param again a query that is under way may be too old: true for what was not
 *   read from this connection's stream, where the reply comes after whatever
 *   was just read
 */
function query(state: PlacementState, again: boolean): PlacementStep {
  if (state.query === 'none') {
    return { state: { ...state, query: 'under-way' }, effects: [{ kind: 'query' }] };
  }
  return { state: again ? { ...state, query: 'under-way-again' } : state, effects: [] };
}

function report(state: PlacementState): PlacementStep {
  return state.phase === 'live' ? tell(state, state.content) : { state, effects: [] };
}

function tell(state: PlacementState, rect: Rect): PlacementStep {
  if (state.told && sameRect(state.told, rect)) return { state, effects: [] };
  return { state: { ...state, told: rect }, effects: [{ kind: 'placed', rect }] };
}

function then(first: PlacementStep, second: PlacementStep): PlacementStep {
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}
