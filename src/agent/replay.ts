/**
 * Everything again for a daemon that has just come: windows from the lowest to
 * the highest, all of them created before any is shown, so that a parent exists
 * when its dialog names it. Each shown window gets its buffer and one update of
 * all of it, so that any daemon paints it.
 */
import type { Announcer } from './announcer.ts';
import type { PixelPath } from './pixel-path.ts';
import type { Tray } from './tray.ts';
import type { QubeWindow } from './window.ts';
import type { WindowStates } from './window-states.ts';
import type { WindowTable } from './window-table.ts';
import type { XScreen } from './x-screen.ts';

export interface ReplayParts {
  readonly screen: XScreen;
  readonly table: WindowTable;
  readonly announcer: Announcer;
  readonly pixels: PixelPath;
  readonly states: WindowStates;
  readonly tray: Tray;
}

/** What happens meanwhile is told as it happens; nothing is told twice. */
export async function replay(parts: ReplayParts): Promise<void> {
  const { announcer } = parts;
  const windows = await lowestFirst(parts);
  for (const window of windows) {
    if (window.gone || window.told.created) continue;
    announcer.created(window);
    announcer.properties(window);
  }
  for (const window of windows) {
    // After what is still being asked about it: the class must come before the map.
    window.steps.run(() => show(parts, window));
  }
}

function show({ announcer, pixels, states }: ReplayParts, window: QubeWindow): void {
  if (window.gone || !window.viewable) return;
  announcer.properties(window);
  if (window.dock) announcer.docked(window);
  else announcer.mapped(window, states.flagsOf(window));
  announcer.urgency(window);
  pixels.replay(window);
}

async function lowestFirst({ screen, table, tray }: ReplayParts): Promise<QubeWindow[]> {
  const { x } = screen;
  const tree = await x.request<{ children: readonly number[] }>((done) =>
    x.X.QueryTree(x.root, done),
  );
  const height = new Map<QubeWindow, number>();
  tree.children.forEach((child, place) => {
    const window = table.get(child) ?? tray.iconOf(child);
    if (window) height.set(window, place);
  });
  const top = tree.children.length;
  return table.all().sort((a, b) => (height.get(a) ?? top) - (height.get(b) ?? top));
}
