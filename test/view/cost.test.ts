/**
 * What looking costs: fifteen pictures a second of a full-HD screen that changes
 * everywhere take less than one core, and a page that takes nothing costs
 * neither the daemon nor the view anything.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause } from '../rig/system/clipboard-user.ts';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { waitUntil } from '../rig/wait.ts';
import { type RunningView, startView } from './view-process.ts';
import { keyOf, PlainViewer } from './viewer.ts';

const [WIDTH, HEIGHT] = [1920, 1080];
const PICTURES = 40;
const CORE_MS = 1000;
const WANTED_PER_SECOND = 15;
/** Kernel ticks per second, on every Linux of ours. */
const TICKS = 100;

/** Processor time of a process so far, in ms. */
function spentMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

describe('a full-HD screen', () => {
  let livery: Livery;
  let view: RunningView;
  let key: string;
  let frame = 0;
  let pixmap: number;
  let gc: number;

  beforeAll(async () => {
    livery = await startLivery({ wm: 'none', width: WIDTH, height: HEIGHT, qubes: {} });
    view = await startView(livery);
    key = await keyOf(view);
    const { x } = livery.screen;
    pixmap = x.allocId();
    gc = x.allocId();
    x.X.CreatePixmap(pixmap, x.root, 24, 2 * WIDTH, HEIGHT);
    x.X.CreateGC(gc, x.root, { foreground: 0xf0f0f0, subwindowMode: 1 });
    x.X.PolyFillRectangle(pixmap, gc, [0, 0, 2 * WIDTH, HEIGHT]);
    // As busy as windows full of text and pictures: small rectangles of many colours.
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 0x80000000;
      return Math.floor((seed / 0x80000000) * below);
    };
    for (let i = 0; i < 6000; i++) {
      x.X.ChangeGC(gc, { foreground: random(0x1000000) });
      const place = [random(2 * WIDTH), random(HEIGHT), 2 + random(60), 2 + random(16)];
      x.X.PolyFillRectangle(pixmap, gc, place);
    }
    await x.sync();
  });
  afterAll(async () => {
    await view?.[Symbol.asyncDispose]();
    await livery?.[Symbol.asyncDispose]();
  });

  /** Every pixel of the screen is another one now. */
  async function change(): Promise<void> {
    const { x } = livery.screen;
    frame++;
    x.X.CopyArea(pixmap, x.root, gc, (frame * 7) % WIDTH, 0, 0, 0, WIDTH, HEIGHT);
    await x.sync();
  }

  test('is sent whole within a fifteenth of a core for each picture', async () => {
    using viewer = await PlainViewer.with(view, key);
    // The first ones compile the code that makes them.
    const warm = viewer.pixels + 10 * WIDTH * HEIGHT;
    while (viewer.pixels < warm) await change();
    const before = { ms: spentMs(view.process.pid), pixels: viewer.pixels, bytes: viewer.bytes };
    const startMs = performance.now();
    const enough = before.pixels + PICTURES * WIDTH * HEIGHT;
    while (viewer.pixels < enough) {
      await change();
      await pause(5);
    }
    const pictures = (viewer.pixels - before.pixels) / (WIDTH * HEIGHT);
    const each = (spentMs(view.process.pid) - before.ms) / pictures;
    const seconds = (performance.now() - startMs) / 1000;
    console.log(
      `${each.toFixed(1)} ms of a core and ${Math.round((viewer.bytes - before.bytes) / pictures / 1000)} kB for each picture, ${(pictures / seconds).toFixed(1)} a second`,
    );
    expect(each).toBeLessThan(CORE_MS / WANTED_PER_SECOND);
  });

  test('costs nothing when nobody draws it', async () => {
    using stalled = await PlainViewer.with(view, key, false);
    const [pictures, states] = [stalled.pictures, stalled.states];
    for (let i = 0; i < 20; i++) await change();
    // After five seconds it is taken to be asleep, and nothing is asked for it any more.
    await pause(6500);
    const asleep = stalled.states;
    const before = {
      view: spentMs(view.process.pid),
      daemon: spentMs(livery.daemon.pid),
      memory: residentMiB(view.process.pid),
    };
    for (let i = 0; i < 60; i++) {
      await change();
      await pause(50);
    }
    expect(stalled.pictures, 'no picture was sent').toBe(pictures);
    expect(asleep).toBeGreaterThan(states);
    expect(stalled.states, 'no news were sent').toBe(asleep);
    expect(spentMs(view.process.pid) - before.view).toBeLessThan(300);
    expect(spentMs(livery.daemon.pid) - before.daemon).toBeLessThan(100);
    expect(residentMiB(view.process.pid) - before.memory).toBeLessThan(20);
    // It wakes up, and has the screen as it is.
    stalled.draws = true;
    stalled.say('{"kind":"drawn"}');
    await waitUntil(() => stalled.pictures > pictures, 'it gets pictures again');
    await waitUntil(() => stalled.states > asleep, 'and news');
  });

  test('is shown to another page while one takes nothing at all', async () => {
    using stopped = await PlainViewer.with(view, key);
    stopped.stop();
    using other = await PlainViewer.with(view, key);
    const wanted = other.pictures + 5;
    await waitUntil(
      async () => {
        await change();
        return other.pictures >= wanted;
      },
      'the other page gets pictures',
      { limitMs: 30_000 },
    );
  });

  test('is shown to no more pages than there may be, and to none that talks nonsense', async () => {
    const pages = [];
    try {
      for (let i = 0; i < 4; i++) pages.push(await PlainViewer.with(view, key));
      await expect(PlainViewer.with(view, key)).rejects.toThrow();
      for (const text of ['{"kind":"drawn"', '{"kind":"key","key":"a"}', `"${'x'.repeat(600)}"`]) {
        const page = pages.pop();
        page?.say(text);
        await waitUntil(() => page?.closed, `${text.slice(0, 30)} ends it`);
      }
    } finally {
      for (const page of pages) page[Symbol.dispose]();
    }
  });
});
