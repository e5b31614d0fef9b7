/**
 * Waits until every program of the demo shows its window, and puts the windows
 * where each is wholly visible.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../base/errors.ts';
import { contains, grow, intersect, type Rect, sameRect } from '../../base/geometry.ts';
import type { QubeConfig } from '../../config/config.ts';
import type { ControlClient } from '../../control/client.ts';
import type { WindowListing } from '../../control/messages.ts';
import { shelfLayout } from './layout.ts';
import type { Decoration, Screen } from './screen.ts';

const LOOK_MS = 100;
/** Programs of three qubes start at the same time, on a slow machine. */
const WINDOWS_MS = 90_000;
const MOVES_MS = 10_000;
/** When not all windows fit as they are, the large ones are asked to be smaller. */
const SMALLER = { width: 420, height: 300 };

export interface Wait {
  readonly client: ControlClient;
  /** Rejects when it is no longer worth waiting. */
  unlessOver<T>(work: Promise<T>): Promise<T>;
  say(text: string): void;
}

/** One window per program, with pixels of the qube in it. Throws UserError DEMO_WINDOWS. */
export async function waitForWindows(
  { client, unlessOver, say }: Wait,
  qubes: readonly QubeConfig[],
): Promise<WindowListing[]> {
  const until = performance.now() + WINDOWS_MS;
  let shownBefore = -1;
  for (;;) {
    const windows = shown(await unlessOver(client.ask('windows', {})));
    const missing = qubes
      .map(({ name, programs }) => ({
        name,
        count: programs.length - windows.filter(({ qube }) => qube === name).length,
      }))
      .filter(({ count }) => count > 0);
    if (missing.length === 0) return windows;
    if (windows.length !== shownBefore) {
      const total = qubes.reduce((sum, { programs }) => sum + programs.length, 0);
      say(`${windows.length} of ${total} windows are on the screen`);
      shownBefore = windows.length;
    }
    if (performance.now() > until) {
      const words = missing.map(({ name, count }) => `${count} of ${name}`).join(', ');
      throw new UserError('DEMO_WINDOWS', `windows did not appear: ${words}`, {
        hint: 'livery demo --debug shows what each process says',
      });
    }
    await unlessOver(sleep(LOOK_MS));
  }
}

function shown(windows: readonly WindowListing[]): WindowListing[] {
  return windows.filter(({ mapped, firstPixelsMs }) => mapped && firstPixelsMs !== null);
}

/** Moves the windows apart where they overlap or leave the screen; returns them as they are then. */
export async function arrange(
  { client, unlessOver, say }: Wait,
  screen: Screen,
  windows: readonly WindowListing[],
): Promise<WindowListing[]> {
  const decorations = new Map<number, Decoration>();
  for (const { window } of windows) {
    decorations.set(window, await unlessOver(screen.decorationOf(window)));
  }
  const outer = (one: WindowListing): Rect => decorated(one.frame, decorations.get(one.window));
  if (areApart(windows.map(outer), screen.area)) return [...windows];

  say('placing the windows');
  const wished = placesFor(windows, outer, screen.area);
  for (const { window, frame } of wished) screen.move(window, frame);
  const until = performance.now() + MOVES_MS;
  for (;;) {
    await unlessOver(sleep(LOOK_MS));
    const now = shown(await unlessOver(client.ask('windows', {})));
    const moved = wished.every(({ window, frame }) =>
      now.some((one) => one.window === window && sameRect(one.frame, frame)),
    );
    // Sizes off a program's increments are not granted: being apart is enough then.
    const late = performance.now() > until;
    if (moved || (late && areApart(now.map(outer), screen.area))) return now;
    if (late) {
      throw new UserError('DEMO_WINDOWS', 'the window manager did not move the windows apart');
    }
  }
}

function decorated(frame: Rect, decoration: Decoration | undefined): Rect {
  const { left = 0, right = 0, top = 0, bottom = 0 } = decoration ?? {};
  return {
    x: frame.x - left,
    y: frame.y - top,
    width: frame.width + left + right,
    height: frame.height + top + bottom,
  };
}

function areApart(rects: readonly Rect[], screen: Rect): boolean {
  return rects.every(
    (rect, i) =>
      contains(screen, rect) &&
      rects.slice(i + 1).every((other) => !intersect(grow(rect, 1), other)),
  );
}

/** Each window's frame as it is wished for. Throws UserError when the screen is too small. */
function placesFor(
  windows: readonly WindowListing[],
  outer: (window: WindowListing) => Rect,
  screen: Rect,
): { window: WindowListing['window']; frame: Rect }[] {
  for (const cap of [screen, SMALLER]) {
    const frames = windows.map(({ frame }) => ({
      width: Math.min(frame.width, cap.width),
      height: Math.min(frame.height, cap.height),
    }));
    const around = windows.map((one) => {
      const whole = outer(one);
      return {
        left: one.frame.x - whole.x,
        top: one.frame.y - whole.y,
        width: whole.width - one.frame.width,
        height: whole.height - one.frame.height,
      };
    });
    const sizes = frames.map(({ width, height }, i) => ({
      width: width + (around[i]?.width ?? 0),
      height: height + (around[i]?.height ?? 0),
    }));
    const places = shelfLayout(sizes, screen);
    if (!places) continue;
    return windows.map(({ window, frame }, i) => ({
      window,
      frame: {
        x: (places[i]?.x ?? 0) + (around[i]?.left ?? 0),
        y: (places[i]?.y ?? 0) + (around[i]?.top ?? 0),
        ...(frames[i] ?? frame),
      },
    }));
  }
  throw new UserError('DEMO_WINDOWS', 'the windows do not fit on the screen side by side', {
    hint: 'use fewer programs in the configuration of the demo',
  });
}
