/**
 * Places and sizes: whatever the window manager, the user or the program does,
 * the content follows, the qube knows where its windows are, and nothing creeps.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grow, type Rect, sameRect } from '../../../src/base/geometry.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import { BORDER, type Livery, startLivery } from '../../rig/system/livery.ts';
import { listingFaults } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

const SCREEN = { width: 1100, height: 800 };
const MOVES = 200;
const STORM = 40;
/** The cell of the font that every X server has built in. */
const CELL = { width: 6, height: 13 };
const TERMINAL = { columns: 80, rows: 24 };

/** Numbers that are the same in every run. */
function* sequence(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

describe.each(['openbox', 'xfwm4'] as const)('geometry under %s', (wm) => {
  let livery: Livery;
  let puppet: Puppet;

  beforeAll(async () => {
    livery = await startLivery({ wm, ...SCREEN, qubes: { work: 'blue' } });
    puppet = await livery.puppet('work');
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  async function open(title: string, rect: Rect): Promise<[number, WindowListing]> {
    const window = await puppet.open({ title, seed: 4, rect });
    return [window, await livery.window('work', title)];
  }

  /** Frame, content and the qube's own idea agree, and the picture is whole. */
  async function agrees(window: number, title: string): Promise<Rect> {
    const { window: frame } = await livery.window('work', title);
    const inside = await livery.follows(puppet, window, frame);
    const listing = await livery.window('work', title);
    expect(listing.content).toEqual(inside);
    expect(await listingFaults(livery, listing, { seed: 4 })).toEqual([]);
    return inside;
  }

  test('moved, resized, both, maximised and back: the content follows', async () => {
    const [window, { window: frame }] = await open('followed', {
      x: 90,
      y: 80,
      width: 300,
      height: 220,
    });
    const before = await agrees(window, 'followed');
    const { pager } = livery;
    const wishes: Partial<Rect>[] = [
      { x: 200, y: 150 },
      { width: 433, height: 377 },
      { width: 150, height: 90 },
      { x: 310, y: 240, width: 521, height: 333 },
      { x: 60, y: 70, width: 212, height: 132 },
    ];
    for (const wish of wishes) {
      pager.moveResize(frame, wish);
      const granted = async () => {
        const now = await pager.rect(frame);
        return sameRect(now, { ...now, ...wish });
      };
      await waitUntil(granted, `the window manager grants ${JSON.stringify(wish)}`);
      await agrees(window, 'followed');
    }
    const small = await pager.rect(frame);
    pager.maximise(frame, true);
    await waitUntil(async () => (await pager.rect(frame)).width > 1000, 'it is maximised');
    const large = await agrees(window, 'followed');
    expect(large.width).toBeGreaterThan(before.width);
    pager.maximise(frame, false);
    await waitUntil(async () => sameRect(await pager.rect(frame), small), 'it is as it was');
    await agrees(window, 'followed');
    await puppet.destroy(window);
  });

  test('fullscreen is maximise, with the whole frame on the screen', async () => {
    const [window, { window: frame }] = await open('full', {
      x: 90,
      y: 80,
      width: 300,
      height: 220,
    });
    const { content } = await livery.window('work', 'full');
    await livery.screen.user.click(content.x + 9, content.y + 9);
    // The request of a qube without the focus would be refused.
    const focused = () => puppet.of('FocusIn', window).length > 0;
    await waitUntil(focused, 'the qube has been told that it has the focus');
    await puppet.fullscreen(window, true);
    await waitUntil(async () => (await livery.pager.rect(frame)).width > 1000, 'it is large');
    await agrees(window, 'full');
    await puppet.fullscreen(window, false);
    await waitUntil(async () => (await livery.pager.rect(frame)).width < 400, 'it is small again');
    expect(await agrees(window, 'full')).toEqual(content);
    await puppet.destroy(window);
  });

  test(`${MOVES} moves by the user, and as many by the program, without creep`, async () => {
    const [window, { window: frame }] = await open('mover', {
      x: 300,
      y: 300,
      width: 240,
      height: 160,
    });
    const numbers = sequence(7);
    const next = (range: number): number => numbers.next().value % range;
    const start = await agrees(window, 'mover');
    for (let turn = 0; turn < MOVES; turn++) {
      const place = { x: 40 + next(700), y: 60 + next(500) };
      livery.pager.moveResize(frame, place);
      const wanted = { ...start, x: place.x + BORDER, y: place.y + BORDER };
      const arrived = async () => sameRect(await puppet.geometry(window), wanted);
      await waitUntil(arrived, `move ${turn} arrives in the qube as ${JSON.stringify(wanted)}`);
      expect(await livery.pager.rect(frame)).toEqual(grow(wanted, BORDER));
    }
    for (let turn = 0; turn < MOVES; turn++) {
      const wanted = { ...start, x: 40 + next(700), y: 60 + next(500) };
      await puppet.configure(window, { x: wanted.x, y: wanted.y });
      const arrived = async () => sameRect(await livery.pager.rect(frame), grow(wanted, BORDER));
      await waitUntil(arrived, `move ${turn} of the program arrives on the screen`);
    }
    const end = await agrees(window, 'mover');
    expect([end.width, end.height]).toEqual([start.width, start.height]);
    await puppet.destroy(window);
  });

  test('hidden and shown 20 times it stays where it was', async () => {
    const [window] = await open('blinker', { x: 200, y: 180, width: 200, height: 150 });
    const place = await agrees(window, 'blinker');
    for (let turn = 0; turn < 20; turn++) {
      await puppet.unmap(window);
      const shows = async () =>
        (await livery.windows()).some((one) => one.title === 'blinker' && one.mapped);
      await waitUntil(async () => !(await shows()), 'it is hidden');
      await puppet.map(window);
      await waitUntil(shows, 'it shows');
    }
    expect(await agrees(window, 'blinker')).toEqual(place);
    await puppet.destroy(window);
  });

  test(`a terminal of ${TERMINAL.columns}x${TERMINAL.rows} stays so`, async () => {
    const report = 'stty size > ~/size';
    const script = `trap "${report}" WINCH; ${report}; while :; do sleep 1000 & wait $!; done`;
    const font = ['-fn', 'fixed', '-geometry', '80x24+60+70', '+sb', '-b', '2'];
    await livery.start('work', 'xterm', ...font, '-T', 'cells', '-e', 'sh', '-c', script);
    const { window: frame } = await livery.window('work', 'cells');
    const cells = async (): Promise<{ rows: number; columns: number } | undefined> => {
      const [rows, columns] = readFileSync(livery.inHome('work', 'size'), 'utf8')
        .split(' ')
        .map(Number);
      return rows && columns ? { rows, columns } : undefined;
    };
    const padding = { width: 4, height: 4 };
    const now = async () => (await livery.window('work', 'cells')).content;
    const sizeOf = ({ rows, columns }: { rows: number; columns: number }) => ({
      width: columns * CELL.width + padding.width,
      height: rows * CELL.height + padding.height,
    });
    expect(await cells()).toEqual(TERMINAL);
    expect(await now()).toMatchObject(sizeOf(TERMINAL));

    const original = await livery.pager.rect(frame);
    const numbers = sequence(11);
    for (let turn = 0; turn < STORM; turn++) {
      // Whole cells: what a window manager that keeps to the increments would make of any size.
      const columns = 20 + ((numbers.next().value as number) % 110);
      const rows = 5 + ((numbers.next().value as number) % 40);
      livery.pager.moveResize(frame, grow({ x: 0, y: 0, ...sizeOf({ rows, columns }) }, BORDER));
    }
    livery.pager.moveResize(frame, original);
    await waitUntil(async () => {
      const size = await cells();
      return size?.rows === TERMINAL.rows && size.columns === TERMINAL.columns;
    }, 'the terminal has its size again');
    expect(await livery.settled(cells, 'it rests')).toEqual(TERMINAL);
    expect(await now()).toMatchObject(sizeOf(TERMINAL));
    expect(await listingFaults(livery, await livery.window('work', 'cells'))).toEqual([]);
  });
});
