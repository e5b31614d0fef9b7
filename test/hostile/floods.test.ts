/**
 * Floods: however much one qube says, another one waits for one turn of it, the
 * daemon's memory stays bounded, the offender is slowed down, and its session ends
 * only past a stated limit. Judged by what the daemon counted, never by a clock.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUDGETS } from '../../src/base/budgets.ts';
import type { VmWindowId } from '../../src/base/ids.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { encodeFromQube } from '../../src/protocol/service-codec.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { costOf } from '../../src/session/turn.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import {
  clipboardHeader,
  configure,
  create,
  damage,
  destroy,
  dump,
  flags,
  map,
  title,
  unmap,
} from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';
import { Counting } from './counting.ts';

const W = 0x0040_0001 as VmWindowId;
const OTHER = 0x0040_0002 as VmWindowId;
const A = 'a'.charCodeAt(0);
const MIB = 1024 * 1024;
/** Of the daemon's process, whatever one qube does; about a fifth of it is there before. */
const MEMORY_MAX = 192 * MIB;
/** More than a socket holds, and many times what one turn reads. */
const PILE_BYTES = 1 * MIB;
/** So many more are sent once it is slowed down. */
const UNREAD_PILES = 32;
/** Each takes the daemon several rounds of its loop; what it reads in one is 64 KiB at most. */
const ROUNDS_BESIDE = 12;
/** A window that comes into being, or all of its frames that go: what one message may go over a turn. */
const REQUESTS_OF_ONE = 64;

const EXTRA = `
[qube.deaf]
label = "red"
id = 90
[qube.deaf.limits]
max_queue_mib = 1
dumps_per_second = 1000000
[qube.endless]
label = "red"
id = 91
[qube.endless.limits]
flood_seconds = 1
[qube.babbler]
label = "red"
id = 92
[qube.babbler.limits]
dropped_per_minute = 100
[qube.dear]
label = "red"
id = 94
[qube.dear.limits]
turn_requests = 100
[qube.talker]
label = "red"
id = 93
[qube.talker.limits]
flood_seconds = 1
`;

interface Flood {
  readonly name: string;
  /** Said before, one time. */
  readonly before?: FromVmDraft[];
  /** The n-th part of it, over and over. */
  part(n: number): FromVmDraft[];
}

const SIZE = { width: 320, height: 200 };
const WINDOW = [create(W, { x: 50, y: 50, ...SIZE }), map(W), dump(W, SIZE.width, SIZE.height)];

const FLOODS: Flood[] = [
  { name: '1x1 damage', before: WINDOW, part: (n) => [damage(W, n % SIZE.width, 0, 1, 1)] },
  { name: 'images', before: WINDOW, part: (n) => [dump(W, 16 + (n % 2), 16)] },
  { name: 'titles', before: WINDOW, part: (n) => [title(`title ${n}`, W)] },
  {
    name: 'classes',
    before: [create(W)],
    part: (n) => {
      const text = Buffer.from(`c${n}`);
      return [{ name: 'wmClass', window: W, resClass: text, resName: text }];
    },
  },
  {
    name: 'size hints',
    before: WINDOW,
    part: (n) => [
      {
        ...{ name: 'hints', window: W, flags: 0x10, minWidth: 10 + (n % 50), minHeight: 10 },
        ...{ maxWidth: 0, maxHeight: 0, widthInc: 0, heightInc: 0, baseWidth: 0, baseHeight: 0 },
      },
    ],
  },
  { name: 'flags', before: WINDOW, part: (n) => [n % 2 ? flags(2, 0, W) : flags(0, 2, W)] },
  {
    name: 'mouse pointers',
    before: WINDOW,
    part: (n) => [{ name: 'cursor', window: W, glyph: 2 * (n % 70) }],
  },
  {
    name: 'moves',
    before: WINDOW,
    part: (n) => [configure({ x: 50 + (n % 100), y: 50, ...SIZE }, W)],
  },
  { name: 'maps', before: WINDOW, part: () => [unmap(W), map(W)] },
  {
    name: 'docks',
    before: [create(W, { width: 16, height: 16 })],
    part: () => [{ name: 'dock', window: W }],
  },
  { name: 'new windows', part: () => [create(OTHER), destroy(OTHER)] },
];

function bytesOf(messages: FromVmDraft[]): Buffer {
  return Buffer.concat(messages.map((message) => encodeFromVm(message, NEWEST)));
}

/** At least `bytes` of it. */
function pile({ part }: Flood, bytes: number): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  for (let n = 0; size < bytes; n++) {
    const one = bytesOf(part(n));
    parts.push(one);
    size += one.length;
  }
  return Buffer.concat(parts);
}

/** What one message may cost at most: a turn that began with its last unit goes over it by that. */
const DEAREST = costOf(130, 0);

let arena: Arena;
let counting: Counting;

beforeAll(async () => {
  arena = await Arena.start({ extra: EXTRA });
  counting = new Counting(arena.daemon);
});
afterAll(async () => {
  counting?.[Symbol.dispose]();
  await arena?.[Symbol.asyncDispose]();
});

/** The victim says one thing while `flood` lies in the daemon's sockets: it waits for one turn at most. */
async function waitsOneTurn(flood: () => void): Promise<void> {
  const { victim } = arena;
  const acks = victim.agent.heard('dumpAck').length;
  const before = await counting.quiet();
  await counting.stopped(() => {
    flood();
    victim.send(dump(VICTIM.window, VICTIM.rect.width, VICTIM.rect.height));
  });
  await victim.agent.hear('dumpAck', acks + 1);
  const { gui } = await counting.of('victim');
  expect(gui.lastTurn - before - 1).toBeLessThanOrEqual(1);
}

async function turnsAreShort(peer: Peer): Promise<void> {
  const { gui } = await counting.of(peer.name);
  expect(gui.turns).toBeGreaterThan(1);
  expect(gui.mostCost).toBeLessThanOrEqual(BUDGETS.turnCost.value + DEAREST);
  expect(gui.mostRequests).toBeLessThanOrEqual(BUDGETS.turnRequests.value + REQUESTS_OF_ONE);
}

describe.each(FLOODS)('D2-26: a flood of $name', (flood) => {
  it('is handled one short turn at a time, slowed down, and costs nobody else anything', async () => {
    await using peer = await arena.hostile();
    peer.send(...(flood.before ?? []));
    await peer.inStep();
    const bytes = pile(flood, PILE_BYTES);
    await waitsOneTurn(() => peer.agent.sendRaw(bytes));
    await turnsAreShort(peer);
    // What was sent up to here may be within its rates: more follows until it is not.
    await waitUntil(async () => {
      if ((await counting.of(peer.name)).throttled) return true;
      peer.agent.sendRaw(bytes);
      return false;
    }, 'it is slowed down');
    expect(await counting.throttled(peer.name)).toMatchObject({ qube: true });
    expect((await counting.throttled(peer.name)).windows).not.toContain(false);
    const { gui } = await counting.of(peer.name);
    expect(gui.pauses).toBeGreaterThan(0);
    // What goes on is not read: it waits in the kernel, and then with the one who says it.
    let taken = false;
    for (let i = 0; i < UNREAD_PILES; i++) peer.agent.sendRaw(bytes);
    void peer.agent.flushed().then(() => {
      taken = true;
    });
    // Slowed down, not ended: its session goes on, and the victim's as ever.
    expect(peer.agent.connected).toBe(true);
    for (let i = 0; i < ROUNDS_BESIDE; i++) await arena.victimWorks();
    expect((await counting.of('victim')).throttled).toBe(false);
    expect(taken).toBe(false);
    expect(counting.memory).toBeLessThan(MEMORY_MAX);
    const said = arena.daemon.process.err.split('\n').filter((line) => /slowed down/.test(line));
    expect(said.filter((line) => line.includes(`"${peer.name}"`))).toHaveLength(1);
  });
});

describe('D2-26', () => {
  it('a million new windows: the session ends at the limit of windows', async () => {
    await using peer = await arena.hostile();
    const count = 1_000_000;
    const one = bytesOf([create(0 as VmWindowId)]);
    const bytes = Buffer.alloc(one.length * count);
    for (let i = 0; i < count; i++) {
      bytes.set(one, i * one.length);
      bytes.writeUInt32LE(0x0040_0001 + i, i * one.length + 4);
    }
    await waitsOneTurn(() => peer.agent.sendRaw(bytes));
    await peer.ended('WINDOW_LIMIT');
    const { gui } = await counting.of(peer.name);
    expect(gui.messages).toBe(BUDGETS.maxWindows.value + 1);
    expect(gui.mostCost).toBeLessThanOrEqual(BUDGETS.turnCost.value + DEAREST);
    expect(gui.mostRequests).toBeLessThanOrEqual(BUDGETS.turnRequests.value + REQUESTS_OF_ONE);
    expect(counting.memory).toBeLessThan(MEMORY_MAX);
    await arena.victimWorks();
  });

  it('X requests: a turn ends when it has made its share', async () => {
    await using peer = await arena.daemon.connectTo('dear');
    const ids = Array.from({ length: 200 }, (_, i) => (W + i) as VmWindowId);
    peer.send(...ids.map((id) => create(id)));
    await peer.frame(ids.at(-1));
    const { gui } = await counting.of('dear');
    expect(gui.mostRequests).toBeGreaterThanOrEqual(100);
    expect(gui.mostRequests).toBeLessThanOrEqual(100 + REQUESTS_OF_ONE);
    expect(gui.mostCost).toBeLessThan(BUDGETS.turnCost.value);
  });

  it.each([
    ['1x1 damage', (n: number) => damage(W, n % SIZE.width, 0, 1, 1)],
    ['images', (n: number) => dump(W, 16 + (n % 2), 16)],
    ['titles', (n: number) => title(`title ${n}`, W)],
    ['moves', (n: number) => configure({ x: 50 + (n % 100), y: 50, ...SIZE }, W)],
  ])(
    'a key pressed in another qube waits for one turn of a flood of %s at most',
    async (_, one) => {
      const { user } = arena.screen;
      const { victim } = arena;
      await using peer = await arena.hostile();
      peer.send(...WINDOW);
      await peer.inStep();
      const { x, y } = VICTIM.rect;
      const focused = () => victim.agent.heard('focus').at(-1)?.focused === true;
      await user.click(x + 30, y + 30);
      await waitUntil(focused, 'the victim has the focus');
      const bytes = pile({ name: '', part: (n) => [one(n)] }, PILE_BYTES);
      const keys = victim.agent.heard('key').length;
      const before = await counting.quiet();
      // Both lie there when the daemon looks: the flood in its socket, the key at the X server.
      await counting.stopped(async () => {
        peer.agent.sendRaw(bytes);
        await user.key(A, true);
      });
      await victim.agent.hear('key', keys + 1);
      const { lastInput } = await counting.of('victim');
      // Else it would repeat into the next test.
      await user.key(A, false);
      await victim.agent.hear('key', keys + 2);
      expect(lastInput).toBeGreaterThanOrEqual(before);
      expect(lastInput - before).toBeLessThanOrEqual(1);
      const { gui } = await counting.of(peer.name);
      expect(gui.turns).toBeGreaterThan(1);
      await arena.victimWorks();
    },
  );

  it('two that flood take turns', async () => {
    await using peer = await arena.hostile();
    await using other = await arena.hostile();
    for (const one of [peer, other]) one.send(...WINDOW);
    await Promise.all([peer.inStep(), other.inStep()]);
    const bytes = bytesOf(Array.from({ length: 30_000 }, () => damage(W, 0, 0, 1, 1)));
    await counting.stopped(() => {
      peer.agent.sendRaw(bytes);
      other.agent.sendRaw(bytes);
    });
    await Promise.all([peer.inStep(), other.inStep()]);
    for (const { name } of [peer, other]) {
      const { gui } = await counting.of(name);
      expect(gui.turns).toBeGreaterThan(100);
      expect(gui.waited).toBeLessThanOrEqual(1);
    }
  });

  it('half messages: what is missing costs no turn and one message of memory', async () => {
    await using peer = await arena.hostile();
    const before = counting.memory;
    // The largest that there is, but for its last byte; the pages are never looked at.
    const refs = new Uint32Array(98_304);
    const [largest] = [bytesOf([{ name: 'dump', window: W, width: 16384, height: 6144, refs }])];
    await waitsOneTurn(() => {
      peer.agent.sendRaw(bytesOf([create(W)]));
      peer.agent.sendRaw(largest.subarray(0, -1));
    });
    await peer.frame(W);
    await counting.quiet();
    expect((await counting.of(peer.name)).gui.messages).toBe(1);
    expect(counting.memory - before).toBeLessThan(64 * MIB);
    await arena.victimWorks();
    peer.agent.sendRaw(largest.subarray(-1));
    await peer.inStep();
  });

  it('clipboard answers that nobody asked for', async () => {
    await using peer = await arena.hostile();
    peer.send(...WINDOW);
    await peer.inStep();
    const answer = Buffer.concat([clipboardHeader(1000), Buffer.alloc(1000, 0x61)]);
    const bytes = Buffer.concat(Array.from({ length: 1000 }, () => answer));
    await waitsOneTurn(() => peer.agent.sendRaw(bytes));
    await waitUntil(async () => (await counting.of(peer.name)).throttled, 'it is slowed down');
    await turnsAreShort(peer);
    await arena.victimWorks();
    expect(counting.memory).toBeLessThan(MEMORY_MAX);
  });

  it('messages of the service channel', async () => {
    await using peer = await arena.hostile();
    peer.send(...WINDOW);
    await peer.inStep();
    const one = encodeFromQube({ name: 'programExited', runId: 1, kind: 'exited', code: 0 });
    const bytes = Buffer.concat(Array.from({ length: 50_000 }, () => one));
    await waitsOneTurn(() => peer.service.sayRaw(bytes));
    await waitUntil(async () => (await counting.of(peer.name)).throttled, 'it is slowed down');
    const { service } = await counting.of(peer.name);
    expect(service.mostCost).toBeLessThanOrEqual(BUDGETS.servicePerSecond.value);
    await arena.victimWorks();
    expect(counting.memory).toBeLessThan(MEMORY_MAX);
  });

  it('a reader that never reads loses its session at the bound of its queue', async () => {
    await using peer = await arena.daemon.connectTo('deaf');
    peer.send(...WINDOW);
    await peer.inStep();
    peer.agent.stopReading();
    const bytes = bytesOf(Array.from({ length: 200_000 }, () => dump(W, 1, 1)));
    peer.agent.sendRaw(bytes);
    await arena.daemon.process.said(/"deaf".*CHANNEL_QUEUE/);
    await waitUntil(async () => (await peer.frames()).size === 0, 'its windows are gone');
    expect(counting.memory).toBeLessThan(MEMORY_MAX);
    await arena.victimWorks();
  });

  it('a flood that does not end ends its session, past flood_seconds', async () => {
    await using peer = await arena.daemon.connectTo('endless');
    peer.send(...WINDOW);
    await peer.inStep();
    peer.agent.sendRaw(pile({ name: '', part: (n) => [title(`t${n}`, W)] }, MIB));
    await peer.ended('FLOOD_LIMIT');
    await arena.victimWorks();
  });

  it('on the service channel it ends that connection and no window', async () => {
    await using peer = await arena.daemon.connectTo('talker');
    peer.send(...WINDOW);
    await peer.inStep();
    const one = encodeFromQube({ name: 'programExited', runId: 1, kind: 'exited', code: 0 });
    peer.service.sayRaw(Buffer.concat(Array.from({ length: 100_000 }, () => one)));
    await arena.daemon.process.said(/"talker".*FLOOD_LIMIT/);
    await peer.inStep();
    await arena.isFramed(peer, W);
  });

  it('messages that every rule drops end the session, past dropped_per_minute', async () => {
    await using peer = await arena.daemon.connectTo('babbler');
    peer.send(...WINDOW);
    await peer.inStep();
    const nothing = configure({ x: 0, y: 0, width: 0, height: 0 }, W);
    peer.agent.sendRaw(bytesOf(Array.from({ length: 100 }, () => nothing)));
    await peer.inStep();
    expect((await counting.of('babbler')).dropped).toBe(100);
    peer.send(nothing);
    await peer.ended('DROPPED_LIMIT');
    await arena.victimWorks();
  });
});
