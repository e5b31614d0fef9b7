/**
 * Attacks of the field survey on the daemon and on other qubes over the GUI
 * channel: foreign window numbers, wrong lengths, X errors, a channel that
 * hangs, drops into windows (D2-17, 19, 25, 27, 28, 42). Judged by what the
 * other qube hears and shows, and by the daemon's log.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import { fromVm } from '../../src/protocol/from-vm.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { ATOM, getCardinals } from '../../src/x11/properties.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages } from '../wire/pages.ts';
import {
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

const W = 0x0040_0001 as VmWindowId;
const CHILD = 0x0040_0002 as VmWindowId;
const LENGTHS = ['one less', 'one more', 'none', '2^31'] as const;
/** One qube for each message and length. */
const LENGTH_QUBES = 64;
const HEADER_BYTES = 12;

/** One of each message, about `window`. */
function everything(window: VmWindowId): FromVmDraft[] {
  const half = Buffer.from('x');
  return [
    destroy(window),
    map(window),
    unmap(window),
    configure({ x: 0, y: 0, width: 10, height: 10 }, window),
    damage(window, 0, 0, 10, 10),
    title('stolen', window),
    { name: 'dock', window },
    {
      ...{ name: 'hints', window, flags: 0 },
      ...{ minWidth: 0, minHeight: 0, maxWidth: 0, maxHeight: 0 },
      ...{ widthInc: 0, heightInc: 0, baseWidth: 0, baseHeight: 0 },
    },
    flags(1, 0, window),
    { name: 'wmClass', window, resClass: half, resName: half },
    dump(window, 8, 8),
    { name: 'cursor', window, glyph: 2 },
  ];
}

let arena: Arena;

beforeAll(async () => {
  const more = Array.from(
    { length: LENGTH_QUBES },
    (_, i) => `[qube.len${i}]\nlabel = "red"\nid = ${300 + i}\n`,
  );
  // What it may ask for is not what ends it here.
  const limits = 'limits = { max_queue_mib = 1, dumps_per_second = 1000000 }';
  const slow = `[qube.slow]\nlabel = "red"\nid = 290\n${limits}\n`;
  arena = await Arena.start({ extra: more.join('') + slow });
});
afterAll(() => arena?.[Symbol.asyncDispose]());

function parentOf(peer: Peer, frame: number): Promise<readonly number[]> {
  return getCardinals(peer.x, frame, ATOM.WM_TRANSIENT_FOR, ATOM.WINDOW);
}

describe('D2-17: windows of others as parents, and numbers that are used again', () => {
  it("a window of another qube, a destroyed one and dom0's own are nobody's parent", async () => {
    await using peer = await arena.hostile();
    const victim = await arena.victim.mapped(VICTIM.window);
    const numbers = [VICTIM.window, victim.window, victim.content, peer.x.root, 0xffff_ffff];
    for (const of of numbers) {
      peer.send(create(W), map(W, { of }));
      expect(await parentOf(peer, (await peer.mapped(W)).window), `0x${of.toString(16)}`).toEqual(
        [],
      );
      peer.send(destroy(W));
      await peer.noFrame(W);
    }
    peer.send(create(W), map(W), create(CHILD, { x: 400 }), map(CHILD, { of: W }));
    const { window } = await peer.mapped(CHILD);
    expect(await parentOf(peer, window)).toEqual([(await peer.mapped(W)).window]);
    // Its parent goes, and another window gets the number.
    peer.send(destroy(W), create(W, { width: 50, height: 50 }), map(W));
    await peer.frame(W, ({ rect }) => rect.width === 50, 'is the new one');
    expect(await parentOf(peer, window)).toEqual([]);
    await arena.isFramed(peer, W);
  });

  it('a number that is used again at once begins with nothing of before', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 5);
    const said = { x: 500, y: 300, width: 64, height: 64 };
    peer.send(create(W, { ...said, overrideRedirect: true }), title('before', W));
    peer.send(map(W, { popup: true }), dump(W, 64, 64));
    await peer.mapped(W);
    peer.send(destroy(W), create(W, said), damage(W, 0, 0, 64, 64));
    const next = await peer.frame(W, (frame) => !frame.mapped, 'is not mapped');
    expect(next.overrideRedirect).toBe(false);
    expect(peer.agent.heard('destroyAck').map(({ window }) => window)).toContain(W);
    // The image went with the first one.
    peer.send(map(W));
    await arena.isFramed(peer, W);
    const { image, rect } = await peer.picture(W);
    expect(image.count(rect, (color) => color === 0x204060)).toBe(0);
    await arena.victimIsWhole();
  });
});

describe("D2-19: another qube's window number", () => {
  it.each(everything(VICTIM.window).map((one) => [one.name, one] as const))(
    'in %s ends the session of who says it',
    async (_name, message) => {
      await using peer = await arena.hostile();
      const heard = arena.victim.heard().length;
      peer.send(message);
      await peer.ended('GUI_WINDOW_UNKNOWN');
      await arena.victimIsWhole();
      expect(arena.victim.heard()).toHaveLength(heard);
      await arena.victimWorks();
    },
  );

  it('used for a window of its own is another window', async () => {
    await using peer = await arena.hostile();
    const id = VICTIM.window;
    const before = await arena.victim.mapped(id);
    peer.send(create(id, { width: 90, height: 70 }), map(id), title('same number', id));
    await arena.isFramed(peer, id);
    peer.send(configure({ x: 300, y: 300, width: 80, height: 80 }, id), unmap(id), destroy(id));
    await peer.noFrame(id);
    expect(await arena.victim.mapped(id)).toEqual(before);
    await arena.victimWorks();
  });
});

describe('D2-25: lengths', () => {
  const all = [
    create(CHILD),
    ...everything(W),
    { name: 'clipboardData', window: W, data: Buffer.from('x') } as const,
  ];
  const cases = all.flatMap((message, at) =>
    LENGTHS.map((length, n) => [message.name, length, message, at * LENGTHS.length + n] as const),
  );

  function wrong(message: FromVmDraft, length: (typeof LENGTHS)[number]): Buffer {
    const bytes = Buffer.from(encodeFromVm(message, NEWEST));
    const right = bytes.length - HEADER_BYTES;
    const said = { 'one less': right - 1, 'one more': right + 1, none: 0, '2^31': 0x8000_0000 };
    bytes.writeUInt32LE(said[length] >>> 0, 8);
    if (length === 'one more') return Buffer.concat([bytes, Buffer.alloc(1)]);
    if (length === '2^31' || right === 0) return bytes;
    return bytes.subarray(0, HEADER_BYTES + said[length]);
  }

  it('of every message: one less, one more, none and 2^31 end the session, never anything after', async () => {
    let tried = 0;
    for (const [name, length, message, at] of cases) {
      const bytes = wrong(message, length);
      const right = encodeFromVm(message, NEWEST).length - HEADER_BYTES;
      const said = bytes.readUInt32LE(8);
      // A clipboard text may be of any length; a message without a body has none.
      if (said === right) continue;
      if (name === 'clipboardData' && length !== '2^31') continue;
      await using peer = await arena.daemon.connectTo(`len${at}`);
      peer.send(create(W, { width: 30, height: 30 }));
      await peer.frame(W);
      // What follows would be legal, wherever a reader that goes on looking began.
      const after = encodeFromVm(create(0x0055_0000 as VmWindowId), NEWEST);
      peer.agent.sendRaw(Buffer.concat([bytes, after, after]));
      await peer.agent.gone();
      const line = await arena.daemon.process.said(
        new RegExp(`^.*"qube":"${peer.name}".*"code":"GUI_[A-Z_]*".*$`, 'm'),
      );
      expect(line, `${name}: ${length}`).toMatch(/"code":"GUI_(LENGTH|[A-Z]+_LENGTH|DUMP_COVER)"/);
      tried++;
    }
    expect(tried).toBeGreaterThan(35);
    await arena.victimWorks();
  });

  it('an unknown type ends it as well, also one of the other direction', async () => {
    const known = new Set<number>(fromVm.rows.map(({ type }) => type));
    const unknown = [0, 1, 129, 137, 138, 139, 142, 149, 150, 255, 0x7fff_ffff, 0xffff_ffff];
    for (const type of unknown.filter((one) => !known.has(one))) {
      await using peer = await arena.hostile();
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt32LE(type, 0);
      header.writeUInt32LE(W, 4);
      peer.agent.sendRaw(header);
      await peer.ended('GUI_TYPE');
    }
    await arena.victimWorks();
  });
});

describe('D2-27: errors of the X server', () => {
  it('about a window that somebody destroyed end nothing', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, 20);
    peer.send(create(W, { width: 100, height: 80 }), map(W), dump(W, 100, 80));
    peer.send(create(CHILD, { x: 500, width: 100, height: 80 }), map(CHILD), dump(CHILD, 100, 80));
    const { window } = await peer.mapped(W);
    await peer.mapped(CHILD);
    // Another client of the screen does what no window manager should.
    arena.screen.x.X.DestroyWindow(window);
    await arena.screen.x.sync();
    const about = everything(W).filter(({ name }) => name !== 'destroy');
    for (let round = 0; round < 20; round++) peer.send(...about);
    peer.send(destroy(W));
    await peer.inStep();
    await arena.isFramed(peer, CHILD);
    await arena.victimWorks();
    expect(peer.agent.connected).toBe(true);
  });

  it('that a qube can bring about (huge sizes, many times) end nothing', async () => {
    await using peer = await arena.hostile();
    const huge = { x: 0x7fff_ffff, y: -0x8000_0000, width: 0x7fff_ffff, height: 0x7fff_ffff };
    for (let i = 0; i < 30; i++) {
      const id = (W + i) as VmWindowId;
      peer.send(
        create(id, { ...huge, overrideRedirect: i % 2 === 0 }),
        map(id, { popup: i % 3 === 0 }),
      );
      peer.send(configure(huge, id), flags(7, 0, id), unmap(id), map(id), configure(huge, id));
    }
    await peer.inStep();
    for (let i = 0; i < 30; i++) peer.send(destroy((W + i) as VmWindowId));
    await peer.inStep();
    await arena.victimWorks();
  });
});

describe('D2-28: a channel that hangs', () => {
  it('with half a message, or half a handshake, delays nobody', async () => {
    await using half = await arena.hostile();
    await using silent = await arena.hostile({ minor: null });
    half.agent.sendRaw(encodeFromVm(title('x', W), NEWEST).subarray(0, 20));
    silent.agent.sendRaw(Buffer.of(8, 0));
    for (let i = 0; i < 5; i++) await arena.victimWorks();
    expect(half.agent.connected).toBe(true);
  });

  it('because it never reads ends at the bound of its queue, and delays nobody', async () => {
    await using peer = await arena.daemon.connectTo('slow');
    peer.send(create(W, { width: 8, height: 8 }));
    await peer.frame(W);
    peer.agent.stopReading();
    const burst = Buffer.concat(
      Array.from({ length: 4000 }, () => encodeFromVm(dump(W, 8, 8), NEWEST)),
    );
    const ended = (): boolean => arena.daemon.process.err.includes('"code":"CHANNEL_QUEUE"');
    let bursts = 0;
    while (!ended() && bursts < 100) {
      bursts++;
      peer.agent.sendRaw(burst);
      await arena.victim.inStep();
    }
    await arena.daemon.process.said(/"qube":"slow".*"code":"CHANNEL_QUEUE"/);
    // 12 bytes are answered to each dump: 1 MiB is reached with 88,000, and not before.
    expect(bursts).toBeGreaterThan(20);
    await arena.victimWorks();
  });
});

describe('D2-42: things that are dropped', () => {
  it('on a window of a qube go nowhere: it takes part in no drag and drop', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 400, y: 300, width: 200, height: 100 }), map(W));
    const { window, content } = await peer.mapped(W);
    const { x } = arena.screen;
    const atoms = await x.intern([
      ...['XdndAware', 'XdndEnter', 'XdndPosition', 'XdndDrop', 'XdndSelection', 'text/plain'],
    ]);
    const heard = peer.heard().length;
    for (const target of [window, content]) {
      expect(await getCardinals(x, target, atoms.XdndAware as number)).toEqual([]);
      for (const name of ['XdndEnter', 'XdndPosition', 'XdndDrop']) {
        const message = {
          ...{ name: 'ClientMessage' as const, format: 32 as const, wid: target },
          ...{ message_type: atoms[name] as number },
          data: [x.root, 5 << 24, (450 << 16) | 350, 0, atoms['text/plain'] as number],
        };
        x.X.SendEvent(target, 0, 0, message);
      }
    }
    await x.sync();
    peer.send(unmap(W));
    await waitUntil(async () => !(await peer.frames()).get(W)?.mapped, 'it is hidden');
    await peer.inStep();
    const said = peer.heard().slice(heard).join(' ');
    expect(said).not.toMatch(/clipboard|button|key|motion/);
    await arena.victimWorks();
  });
});
