/**
 * Is the order of the screen's windows as it must be, and if not, what puts it
 * right (DESIGN 5 "Stacking"). Pure. The `ceiling` is a window of ours that is
 * never mapped: below it lie the qubes' popups, above it only dom0's own
 * surfaces and screen lockers.
 */

export interface Order {
  /** The root's children, bottom to top. */
  readonly children: readonly number[];
  readonly ceiling: number;
  /** dom0's own surfaces, bottom to top. */
  readonly surfaces: readonly number[];
  /** Mapped override-redirect frames of qubes, bottom to top as they should be. */
  readonly popups: readonly number[];
  /** Top-level windows that hold a managed frame of ours. */
  readonly managed: ReadonlySet<number>;
  isViewable(window: number): boolean;
  isLocker(window: number): boolean;
}

/** Put `window` directly below `below`, or on top of all. */
export interface Restack {
  readonly window: number;
  readonly below: number | undefined;
}

/** The requests that make the order right, in their order; none when it is. */
export function corrections(order: Order): readonly Restack[] {
  return isRight(order) ? [] : restacking(order, lowestLocker(order));
}

/**
 * The whole order made anew, whatever it is: surfaces on top (below a locker),
 * the ceiling below the lowest of them, the popups below the ceiling.
 */
export function restacking(
  order: Pick<Order, 'ceiling' | 'surfaces' | 'popups'>,
  locker: number | undefined,
): readonly Restack[] {
  const raised = order.surfaces.map((window) => ({ window, below: locker }));
  const lowest = order.surfaces[0] ?? locker;
  const ceiling = { window: order.ceiling, below: lowest };
  const popups = order.popups.map((window) => ({ window, below: order.ceiling }));
  return [...raised, ceiling, ...popups];
}

function isRight(order: Order): boolean {
  const { children, ceiling, isLocker, isViewable } = order;
  const surfaces = new Set(order.surfaces);
  const popups = new Set(order.popups);
  const ceilingAt = children.indexOf(ceiling);
  if (ceilingAt < 0) return true;
  let popupBelow = false;
  let lockerBelow = false;
  for (const [at, window] of children.entries()) {
    if (window === ceiling) {
      if (lockerBelow) return false;
      continue;
    }
    if (isLocker(window)) {
      lockerBelow ||= isViewable(window);
      continue;
    }
    if (surfaces.has(window)) {
      // A surface that is not mapped is not in the list.
      if (lockerBelow || at < ceilingAt) return false;
      continue;
    }
    if (popups.has(window)) {
      popupBelow = true;
      if (lockerBelow || at > ceilingAt) return false;
      continue;
    }
    // What lies above a locker is its and the window manager's affair.
    if (lockerBelow || !isViewable(window)) continue;
    if (at > ceilingAt || (popupBelow && order.managed.has(window))) return false;
  }
  return true;
}

function lowestLocker(order: Order): number | undefined {
  return order.children.find((window) => order.isLocker(window) && order.isViewable(window));
}
