/** What tests of the panel and the overlay look at: dom0's surfaces and the colours in them. */
import { grow, type Rect } from '../../../src/base/geometry.ts';
import { GUARD_MS } from '../../../src/desktop/fresh-keys.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';
import type { Image } from '../../rig/image.ts';
import type { Screen } from '../../rig/screen.ts';
import { pause } from '../../rig/system/clipboard-user.ts';
import { type ShownWindow, shownWindows } from '../../rig/system/shown.ts';
import { KEYSYM } from '../../rig/user.ts';
import { waitUntil } from '../../rig/wait.ts';

export type SurfaceTitle = 'livery panel' | 'livery overlay' | 'livery overlay list';

export function labelOf(name: string): Label {
  const label = BUILTIN_LABELS.find((one) => one.name === name);
  if (!label) throw new Error(`no label ${name}`);
  return label;
}

/** A surface of dom0 that shows now, not the dock below it. */
export async function surface(
  screen: Screen,
  title: SurfaceTitle,
): Promise<ShownWindow | undefined> {
  const shown = await shownWindows(screen.x);
  return shown.find((one) => one.overrideRedirect && one.title === title);
}

export function shown(screen: Screen, title: SurfaceTitle): Promise<ShownWindow> {
  return waitUntil(() => surface(screen, title), `${title} shows`);
}

export async function gone(screen: Screen, title: SurfaceTitle): Promise<void> {
  await waitUntil(async () => !(await surface(screen, title)), `${title} has gone`);
}

/** Presses the key of the overlay and waits until presses in it count. */
export async function openOverlay(screen: Screen): Promise<ShownWindow> {
  await screen.user.tap(KEYSYM.super, KEYSYM.escape);
  const list = await shown(screen, 'livery overlay list');
  await pause(GUARD_MS + 100);
  return list;
}

export async function closeOverlay(screen: Screen): Promise<void> {
  await screen.user.tap(KEYSYM.escape);
  await gone(screen, 'livery overlay');
}

/** How many pixels of exactly that label's colour there are. */
export function countLabel(image: Image, rect: Rect, name: string): number {
  const { color } = labelOf(name);
  return image.count(rect, (pixel) => pixel === color);
}

/** How bright the pixels of a part are on the average, 0 to 255. */
export function brightness(image: Image, rect: Rect): number {
  let sum = 0;
  image.count(rect, (color) => {
    sum += ((color >> 16) + ((color >> 8) & 0xff) + (color & 0xff)) / 3;
    return true;
  });
  return sum / (rect.width * rect.height);
}

/** The content without its rim. */
export function inner(rect: Rect): Rect {
  return grow(rect, -4);
}
