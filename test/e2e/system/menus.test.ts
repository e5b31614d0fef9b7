/**
 * Menus of a real GTK program lie where the program means them to: exactly as
 * far from their window as on an ordinary screen, with the pointer to open them
 * and to go into a submenu.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grow, type Point, type Rect } from '../../../src/base/geometry.ts';
import { type Screen, startScreen, type User } from '../../rig/rig.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import { listingFaults } from '../../rig/system/look.ts';
import { Pager } from '../../rig/system/pager.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { shownWindows } from '../../rig/system/shown.ts';
import { waitUntil } from '../../rig/wait.ts';

const SCREEN = { width: 1000, height: 700 };
const PROGRAM = ['gtk3-demo', '--run=menus'] as const;
/** The title of the program's other window. */
const MAIN = 'Application Class';
/** Where the window is put. */
const PLACE = { x: 300, y: 200 } as const;
/** In the window: the first word of its menu bar. */
const BUTTON = { x: 20, y: 18 } as const;
/** In a menu: the second line. */
const LINE = { x: 40, y: 40 } as const;

/** Sizes of window, menu and submenu, and how far each lies from the one before. */
interface Layout {
  readonly menu: Rect;
  readonly submenu: Rect;
}

const offset = (from: Point, to: Rect): Rect => ({ ...to, x: to.x - from.x, y: to.y - from.y });
const isMenu = ({ overrideRedirect, rect }: { overrideRedirect: boolean; rect: Rect }): boolean =>
  overrideRedirect && rect.width > 20 && rect.height > 40;

/** The same program on an ordinary X screen, without Livery. */
async function ordinaryLayout(): Promise<Layout> {
  await using screen = await startScreen({ wm: 'openbox', ...SCREEN });
  const program = startProgram(screen);
  try {
    const look = async () => shownWindows(screen.x);
    const titled = async (title: string) => (await look()).find((one) => one.title === title);
    await rest(() => titled(MAIN));
    const { window } = await rest(() => titled('Menus'));
    (await Pager.open(screen.x)).moveResize(window, PLACE);
    const { rect: place } = await rest(async () => {
      const now = await titled('Menus');
      return now?.rect.x === PLACE.x && now.rect.y === PLACE.y ? now : undefined;
    });
    const known = new Set((await look()).map(({ window: id }) => id));
    const menus = async () =>
      (await look()).filter((one) => isMenu(one) && !known.has(one.window)).map(({ rect }) => rect);
    return await openMenus(screen.user, place, menus);
  } finally {
    await stopProgram(program);
  }
}

function startProgram(screen: Screen): ChildProcess {
  const home = join(screen.directory, 'gtk');
  mkdirSync(home);
  return spawn('dbus-run-session', ['--', ...PROGRAM], {
    detached: true,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      NO_AT_BRIDGE: '1',
      LANG: 'C.UTF-8',
      ...screen.env,
    },
  });
}

async function stopProgram(program: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => program.once('close', resolve));
  process.kill(-(program.pid as number), 'SIGKILL');
  await ended;
}

/** What `look` finds, when it has been the same for a while. */
async function rest<T>(look: () => Promise<T | undefined>): Promise<T> {
  let last = '';
  let looks = 0;
  return waitUntil(async () => {
    const now = await look();
    looks = now !== undefined && JSON.stringify(now) === last ? looks + 1 : 0;
    last = JSON.stringify(now);
    return looks > 4 ? now : undefined;
  }, 'it comes to rest');
}

/** Opens the menu with a click and the submenu by going there. */
async function openMenus(
  user: User,
  window: Rect,
  menus: () => Promise<readonly Rect[]>,
): Promise<Layout> {
  await user.click(window.x + BUTTON.x, window.y + BUTTON.y);
  const [menu] = await rest(async () => {
    const found = await menus();
    return found.length === 1 ? (found as [Rect]) : undefined;
  });
  await user.move(menu.x + LINE.x, menu.y + LINE.y - 8);
  await user.move(menu.x + LINE.x, menu.y + LINE.y);
  const submenu = await rest(async () =>
    (await menus()).find(({ x, y }) => x !== menu.x || y !== menu.y),
  );
  return { menu: offset(window, menu), submenu: offset(menu, submenu) };
}

let expected: Layout;
beforeAll(async () => {
  expected = await ordinaryLayout();
});

describe.each(['openbox', 'xfwm4', 'none'] as const)('a GTK menu under %s', (wm) => {
  let livery: Livery;
  let puppet: Puppet;
  beforeAll(async () => {
    livery = await startLivery({ wm, ...SCREEN, qubes: { work: 'green' } });
    puppet = await livery.puppet('work');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  test('and its submenu lie exactly where they belong, on the screen and in the qube', async () => {
    await livery.start('work', ...PROGRAM);
    await livery.window('work', MAIN);
    const { window } = await livery.window('work', 'Menus');
    // Where there is room below it, as on the ordinary screen.
    if (wm === 'none') livery.screen.x.X.ConfigureWindow(window, PLACE);
    else livery.pager.moveResize(window, PLACE);
    await waitUntil(async () => (await livery.pager.rect(window)).y === PLACE.y, 'it has moved');
    const { content } = await livery.window('work', 'Menus');
    expect(content).toMatchObject({ x: PLACE.x + BORDER, y: PLACE.y + BORDER });
    const known = new Set((await livery.windows()).map((one) => one.window));
    const popups = async () =>
      (await livery.windows()).filter((one) => one.mapped && !known.has(one.window));
    const contents = async () => (await popups()).map((one) => one.content);
    const layout = await openMenus(livery.screen.user, content, contents);
    expect(layout).toEqual(expected);

    // Where the daemon says they are, they are, and at the same place in the qube.
    const inside = (await puppet.tree()).map(({ rect }) => rect);
    const shown = await popups();
    for (const listing of shown) {
      expect(inside).toContainEqual(listing.content);
      expect(await livery.pager.rect(listing.window)).toEqual(grow(listing.content, BORDER));
    }
    // The submenu lies in front of everything, and so does all of its frame.
    const [front] = shown.slice(-1);
    expect(front && (await listingFaults(livery, front))).toEqual([]);
  });
});
