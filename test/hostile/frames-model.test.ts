/**
 * A qube says anything about its windows, in any order and with any numbers;
 * beside it another client of the screen moves, resizes, restacks, unmaps and
 * reparents its frames, and monitors come and go. After every step all that
 * shows is judged. LIVERY_MODEL_RUNS is how often; a failure prints its seed.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { XConnection } from '../../src/x11/connection.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { shownWindows } from '../rig/system/shown.ts';
import { KEYSYM } from '../rig/user.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages, imageColor } from '../wire/pages.ts';
import { create, destroy, dump, flags, map, pagesOf, unmap } from '../wire/says.ts';
import { Arena, BORDER, HOSTILE_LABEL, VICTIM, VICTIM_LABEL } from './arena.ts';
import { judgeScreen } from './whole-screen.ts';

const RUNS = Number(process.env.LIVERY_MODEL_RUNS ?? 8);
const COMMANDS = 24;
/** A step is judged again this much later (openbox clips for a round trip), at most so often. */
const AGAIN_MS = 100;
const AGAIN = 20;
const FIRST = 0x0040_0001;
const PROBE = 0x0090_0001 as VmWindowId;

/** What screens are made of: name, geometry as xrandr takes it. */
const LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  one: ['960/500x1080/500+0+0', '960/500x1080/500+960+0'],
  'L-shaped': ['1200/500x1080/500+0+0', '720/300x600/300+1200+480'],
  'one gone': ['720/300x600/300+1200+480'],
  small: ['640/300x480/300+1280+600'],
  whole: ['1920/500x1080/500+0+0'],
};

interface Model {
  /** Windows that the qube has created. */
  readonly known: Set<VmWindowId>;
  readonly moved: Set<number>;
}

interface Stage {
  readonly arena: Arena;
  readonly peer: Peer;
  /** The other client of the screen. */
  readonly other: XConnection;
  judge(model: Model): Promise<void>;
  layout(name: string): Promise<void>;
}

type Command = fc.AsyncCommand<Model, Stage>;

const id = fc.integer({ min: 0, max: 3 }).map((n) => (FIRST + n) as VmWindowId);
const coordinate = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -50, max: 1900 }) },
  fc.constantFrom(-0x8000_0000, 0x7fff_ffff, -0x8000, 0x7fff, -16_384, 16_384, 5000, -1000, 0),
);
/** Sizes that are clamped; beyond them the session ends, and that is for other tests. */
const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 500 }) },
  fc.constantFrom(1, 2, 5, 950, 1070, 1908, 1920, 4000, 16_384, 0x7fff_ffff),
);
const rect = fc.record({ x: coordinate, y: coordinate, width: size, height: size });
const word = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 1, 2, 5, 0xff));
const place = fc.record({
  x: fc.integer({ min: -900, max: 2000 }),
  y: fc.integer({ min: -900, max: 1200 }),
});

/** A message about a window that must be there, or must not. */
function says(window: VmWindowId, message: FromVmDraft): Command {
  const creates = message.name === 'create';
  return {
    check: ({ known }) => known.has(window) !== creates,
    async run(model, stage) {
      if (creates) model.known.add(window);
      if (message.name === 'destroy') model.known.delete(window);
      stage.peer.send(message);
      await stage.judge(model);
    },
    toString: () => `says ${JSON.stringify(message)}`,
  };
}

/** What the other client does to a frame of the qube, if there is one. */
function does(
  what: string,
  act: (other: XConnection, frame: number) => void,
  moves = false,
): (pick: number) => Command {
  return (pick) => ({
    check: ({ known }) => known.size > 0,
    async run(model, stage) {
      const frames = [...(await stage.peer.frames()).values()];
      const frame = frames[pick % Math.max(1, frames.length)];
      if (!frame) return;
      if (moves) model.moved.add(frame.window);
      act(stage.other, frame.window);
      await stage.other.sync();
      await stage.judge(model);
    },
    toString: () => `another client ${what} frame ${pick}`,
  });
}

function layout(name: string): Command {
  return {
    check: () => true,
    async run(model, stage) {
      await stage.layout(name);
      await stage.judge(model);
    },
    toString: () => `the monitors are ${name}`,
  };
}

const popup = fc.boolean();
const pick = fc.nat(3);
const u32 = (n: number): number => n >>> 0;
const messages: fc.Arbitrary<Command>[] = [
  fc.tuple(id, rect, popup).map(([w, r, o]) => says(w, create(w, { ...r, overrideRedirect: o }))),
  fc.tuple(id, popup, id).map(([w, o, of]) => says(w, map(w, { popup: o, of }))),
  fc.tuple(id, popup).map(([w, o]) => says(w, map(w, { popup: o }))),
  id.map((w) => says(w, unmap(w))),
  fc
    .tuple(id, rect, popup)
    .map(([w, r, o]) =>
      says(w, { name: 'configure', window: w, ...r, overrideRedirect: o } as FromVmDraft),
    ),
  id.map((w) => says(w, { name: 'dock', window: w })),
  fc.tuple(id, word, word).map(([w, a, b]) => says(w, flags(a, b, w))),
  fc
    .tuple(id, fc.constantFrom(1, 7, 64, 300, 640), fc.constantFrom(1, 9, 200, 480))
    .map(([w, width, height]) => says(w, dump(w, width, height))),
  fc
    .tuple(id, coordinate, coordinate, coordinate, coordinate)
    .map(([w, x, y, a, b]) =>
      says(w, { name: 'shmImage', window: w, x, y, width: u32(a), height: u32(b) }),
    ),
  id.map((w) => says(w, destroy(w))),
];
const ABOVE = 0;
const BELOW = 1;
const meddling: fc.Arbitrary<Command>[] = [
  fc
    .tuple(place, pick)
    .map(([at, n]) => does('moves', ({ X }, f) => X.ConfigureWindow(f, at), true)(n)),
  fc
    .tuple(fc.integer({ min: 1, max: 2500 }), fc.integer({ min: 1, max: 1500 }), pick)
    .map(([width, height, n]) =>
      does('resizes', ({ X }, f) => X.ConfigureWindow(f, { width, height }), true)(n),
    ),
  pick.map(does('raises', ({ X }, f) => X.ConfigureWindow(f, { stackMode: ABOVE }))),
  pick.map(does('lowers', ({ X }, f) => X.ConfigureWindow(f, { stackMode: BELOW }))),
  pick.map(does('unmaps', ({ X }, f) => X.UnmapWindow(f))),
  pick.map(does('maps', ({ X }, f) => X.MapWindow(f))),
  pick.map(does('focuses', ({ X }, f) => X.SetInputFocus(f, 1))),
  fc.tuple(place, pick).map(([at, n]) =>
    does(
      'reparents',
      (other, f) => {
        const box = other.allocWindowId();
        other.X.CreateWindow(box, other.root, at.x, at.y, 500, 400, 0, 0, 1, 0, {
          overrideRedirect: 1,
        });
        other.X.MapWindow(box);
        other.X.ReparentWindow(f, box, 20, 30);
      },
      true,
    )(n),
  ),
  fc
    .tuple(place, pick)
    .map(([at, n]) =>
      does('gives back', ({ X, root }, f) => X.ReparentWindow(f, root, at.x, at.y), true)(n),
    ),
];
const screens = fc.constantFrom(...Object.keys(LAYOUTS)).map(layout);
const anything = fc.commands([...messages, ...messages, ...meddling, screens, screens], {
  maxCommands: COMMANDS,
  size: 'max',
});

describe.each(['none', 'openbox'] as const)('frames with window manager %s', (wm) => {
  let arena: Arena;
  let background: number;
  const files = new ClipboardFiles('@any @any allow\n');

  beforeAll(async () => {
    arena = await Arena.start({ wm, kind: 'xvnc', extra: files.table() });
    background = (await arena.look()).pixel(960, 40) ?? -1;
  });
  afterAll(async () => {
    await arena?.[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  const randr = async (...args: string[]): Promise<void> => {
    const env = { ...process.env, ...arena.screen.env };
    await promisify(execFile)('xrandr', args, { env });
  };
  let made: string[] = [];

  /** The output's monitor is replaced by the first one; the others have none. */
  async function layoutOf(name: string): Promise<void> {
    const before = made;
    made = [];
    for (const one of before) await randr('--delmonitor', one);
    for (const [at, geometry] of (LAYOUTS[name] ?? []).entries()) {
      const monitor = `m${at}`;
      await randr('--setmonitor', monitor, geometry, at === 0 ? 'VNC-0' : 'none');
      made.push(monitor);
    }
  }

  /** dom0 refuses a paste of nothing, and says so in a notice. */
  async function notice(): Promise<{ window: number; color: (x: number, y: number) => number }> {
    const { user, x } = arena.screen;
    const { rect: at } = await arena.victim.mapped(VICTIM.window);
    const shown = await waitUntil(async () => {
      const found = (await shownWindows(x)).find(({ title }) => title === 'livery notice');
      if (found) return found;
      // Again and again: on a window that has only just come up, a click is not taken.
      await user.click(at.x + 150, at.y + 100);
      await user.tap(KEYSYM.control, KEYSYM.shift, 'v'.charCodeAt(0));
      return undefined;
    }, 'there is a notice');
    let image = await arena.screen.grab(shown.rect);
    await waitUntil(async () => {
      const now = await arena.screen.grab(shown.rect);
      const same = now.data.equals(image.data);
      image = now;
      return same;
    }, 'the notice is drawn');
    const { x: left, y: top } = shown.rect;
    return { window: shown.window, color: (px, py) => image.pixel(left + px, top + py) ?? -1 };
  }

  async function run(commands: Iterable<Command>): Promise<number> {
    await layoutOf('whole');
    const told = await notice();
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 320);
    const other = await XConnection.open(arena.screen.server.display, {
      name: 'other',
      cookie: arena.screen.server.cookie,
    });
    other.onError(() => {});
    const labels = new Map([
      ['victim', VICTIM_LABEL],
      [peer.name, HOSTILE_LABEL],
    ]);
    const refs = pagesOf(VICTIM.rect.width, VICTIM.rect.height);
    let most = 0;
    let acks = 0;
    const judge = async ({ moved }: Model): Promise<void> => {
      const probe = { x: 5, y: 5, width: 10, height: 10 };
      peer.send(create(PROBE, probe), destroy(PROBE));
      await peer.agent.hear('destroyAck', ++acks);
      peer.agent.messages = peer.agent.messages.filter(({ name }) => name === 'destroyAck');
      for (let again = 0; ; again++) {
        const { faults, frames } = await arena.screen.still((x) =>
          judgeScreen(x, {
            labels,
            border: BORDER,
            content: (qube, x, y) =>
              qube === 'victim' ? imageColor(refs, VICTIM.rect.width, x, y) : undefined,
            dom0: new Map([[told.window, told.color]]),
            background,
            moved,
          }),
        );
        most = Math.max(most, frames.get(peer.name) ?? 0);
        if (faults.length === 0) return;
        if (again === AGAIN) throw new Error(faults.join('; '));
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    try {
      const real = { arena, peer, other, judge, layout: layoutOf };
      const model: Model = { known: new Set(), moved: new Set() };
      for (const at of [0, 1, 2]) {
        const window = (FIRST + at) as VmWindowId;
        const spot = { x: 300 + at * 330, y: 250 + at * 60, width: 400, height: 300 };
        model.known.add(window);
        peer.send(create(window, { ...spot, overrideRedirect: at === 2 }));
        peer.send(map(window, { popup: at === 2 }), dump(window, 400, 300));
      }
      const { window } = await peer.mapped(FIRST);
      other.X.SetInputFocus(window, 1);
      await peer.mapped(FIRST + 2);
      await judge(model);
      await fc.asyncModelRun(() => ({ model, real }), commands);
      expect(arena.daemon.process.over).toBe(false);
    } finally {
      other[Symbol.dispose]();
    }
    return most;
  }

  it('8.2: popups that cover too much of the monitors that are left become windows', async () => {
    await layoutOf('whole');
    await using peer = await arena.hostile();
    const ids = [FIRST, FIRST + 1] as VmWindowId[];
    for (const [at, window] of ids.entries()) {
      const spot = { x: 300 + at * 1300, y: 250, width: 300, height: 440 };
      peer.send(create(window, { ...spot, overrideRedirect: true }), map(window, { popup: true }));
      expect((await peer.mapped(window)).overrideRedirect).toBe(true);
    }
    await layoutOf('small');
    const both = async () => [...(await peer.frames()).values()].map((one) => one.overrideRedirect);
    await waitUntil(async () => (await both()).includes(false), 'one is managed');
    expect(await both()).toContain(true);
  });

  it(
    'are whole whatever a qube, another client and the monitors do',
    async () => {
      let shown = 0;
      await fc.assert(
        fc.asyncProperty(anything, async (commands) => {
          shown += await run(commands);
        }),
        { numRuns: RUNS, endOnFailure: process.env.LIVERY_MODEL_RUNS === undefined },
      );
      expect(shown).toBeGreaterThan(0);
    },
    RUNS * 60_000,
  );
});
