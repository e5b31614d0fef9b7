/**
 * Which windows may do without the window manager (menus, tooltips), and where
 * they may be (DESIGN 8.2). A window that nobody manages could pose as the
 * whole screen; so it is limited singly and together with all others of its
 * qube, and always kept on one monitor with its whole frame. Pure.
 */
import { clamp, intersect, isEmpty, type Rect } from '../base/geometry.ts';

/** Share of a monitor's area that one such frame may cover. */
const MAX_SINGLE_SHARE = 0.9;
/** Share of a monitor's area that all such frames of one qube may cover together. */
const MAX_TOGETHER_SHARE = 0.9;

export type OverrideVerdict =
  | { readonly allow: true }
  | { readonly allow: false; readonly reason: 'too-large' | 'too-many' };

const area = (rect: { width: number; height: number }): number => rect.width * rect.height;

/**
 * The monitor that shows most of `rect`; of none, the one whose centre is nearest.
 * @param monitors at least one
 */
export function monitorOf(rect: Rect, monitors: readonly [Rect, ...Rect[]]): Rect {
  let best = monitors[0];
  let bestShown = -1;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const monitor of monitors) {
    const part = intersect(rect, monitor);
    const shown = part ? area(part) : 0;
    const distance = Math.hypot(
      rect.x + rect.width / 2 - (monitor.x + monitor.width / 2),
      rect.y + rect.height / 2 - (monitor.y + monitor.height / 2),
    );
    if (shown > bestShown || (shown === bestShown && shown === 0 && distance < bestDistance)) {
      best = monitor;
      bestShown = shown;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * May a frame that is wanted at `rect` be override-redirect? It is judged where
 * it will be: on a monitor, also when it is wanted elsewhere.
 * @param rect the outer frame, in root coordinates
 * @param others the qube's other override-redirect frames that are mapped
 */
export function overrideVerdict(
  rect: Rect,
  others: readonly Rect[],
  monitors: readonly [Rect, ...Rect[]],
): OverrideVerdict {
  for (const monitor of monitors) {
    if (coveredArea([rect], monitor) > area(monitor) * MAX_SINGLE_SHARE) {
      return { allow: false, reason: 'too-large' };
    }
  }
  // A frame larger than its monitor counts as it is, not as what would show of it.
  if (area(rect) > area(monitorOf(rect, monitors)) * MAX_SINGLE_SHARE) {
    return { allow: false, reason: 'too-large' };
  }
  const kept = keptOnMonitor(rect, monitors);
  for (const monitor of monitors) {
    if (!intersect(kept, monitor)) continue;
    if (coveredArea([kept, ...others], monitor) > area(monitor) * MAX_TOGETHER_SHARE) {
      return { allow: false, reason: 'too-many' };
    }
  }
  return { allow: true };
}

/** Pixels of `monitor` that lie under at least one of `rects`; exact, overlaps counted once. */
export function coveredArea(rects: readonly Rect[], monitor: Rect): number {
  const parts = rects.flatMap((rect) => intersect(rect, monitor) ?? []);
  const edges = [...new Set(parts.flatMap((p) => [p.x, p.x + p.width]))].sort((a, b) => a - b);
  let sum = 0;
  for (const [i, left] of edges.entries()) {
    const right = edges[i + 1];
    if (right === undefined) break;
    const column = parts
      .filter((p) => p.x <= left && p.x + p.width >= right)
      .sort((a, b) => a.y - b.y);
    let reached = Number.NEGATIVE_INFINITY;
    for (const p of column) {
      const top = Math.max(reached, p.y);
      const bottom = p.y + p.height;
      if (bottom > top) {
        sum += (bottom - top) * (right - left);
        reached = bottom;
      }
    }
  }
  return sum;
}

/**
 * `rect` moved, and shrunk only when larger than its monitor, so that the
 * whole frame with its four sides is on one monitor.
 */
export function keptOnMonitor(rect: Rect, monitors: readonly [Rect, ...Rect[]]): Rect {
  const monitor = monitorOf(rect, monitors);
  if (isEmpty(monitor)) return rect;
  const width = Math.min(rect.width, monitor.width);
  const height = Math.min(rect.height, monitor.height);
  return {
    x: clamp(rect.x, monitor.x, monitor.x + monitor.width - width),
    y: clamp(rect.y, monitor.y, monitor.y + monitor.height - height),
    width,
    height,
  };
}
