/**
 * Attacks of the field survey on shared memory: numbers that leave the pool,
 * memory that is cut, punched or rewritten at full speed while the X server
 * reads it (D2-20, 22, 23; QSB-023). Judged by pixels and by who is still alive.
 */
import { execFile } from 'node:child_process';
import { ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { NEUTRAL_FILL } from '../../src/desktop/frame.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { GuidStage, pages } from '../e2e/guid/guid-stage.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { fillPages } from '../wire/pages.ts';
import { create, damage, dump, map, pagesOf } from '../wire/says.ts';
import { Arena } from './arena.ts';
import { Scribbler } from './scribbler.ts';

const run = promisify(execFile);
const W = 0x0040_0001 as VmWindowId;
const SCATTERED = 0x0040_0002 as VmWindowId;
const [WIDTH, HEIGHT] = [256, 160];
const PAGES = pagesOf(WIDTH, HEIGHT).length;
const POOL_PAGES = 4096;
const U32 = 0xffff_ffff;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});
afterAll(() => arena?.[Symbol.asyncDispose]());

function references(window: VmWindowId, refs: readonly number[]): FromVmDraft {
  return { name: 'dump', window, width: WIDTH, height: HEIGHT, refs: Uint32Array.from(refs) };
}

function redraw(window: VmWindowId): FromVmDraft {
  return damage(window, 0, 0, WIDTH, HEIGHT);
}

async function neutral(peer: Peer, id: VmWindowId): Promise<void> {
  await waitUntil(async () => {
    const { image, rect } = await peer.picture(id);
    return image.differences(rect, () => NEUTRAL_FILL) === 0;
  }, 'it shows nothing');
}

describe('D2-20: pages that are not there', () => {
  it.each<[string, readonly number[]]>([
    ['the first after the pool', pages(POOL_PAGES, PAGES)],
    ['one that leaves it', pages(POOL_PAGES - PAGES + 1, PAGES)],
    ['the largest number', Array<number>(PAGES).fill(U32)],
    ['numbers whose offsets wrap', pages(1 << 20, PAGES)],
    ['one bad among good ones', [...pages(0, PAGES - 1), 0x8000_0000]],
  ])('%s: no picture, no fault', async (_what, refs) => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, PAGES);
    peer.send(create(W, { width: WIDTH, height: HEIGHT }), map(W), references(W, refs), redraw(W));
    await peer.agent.hear('dumpAck');
    await neutral(peer, W);
    await arena.isFramed(peer, W);
    // A good one afterwards is shown.
    peer.send(references(W, pages(0, PAGES)), redraw(W));
    await peer.shows(pages(0, PAGES), WIDTH, HEIGHT, W);
    await arena.victimWorks();
  });

  it('one page many times is that page, and more pages than needed are not looked at', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, PAGES);
    const same = Array<number>(PAGES).fill(3);
    peer.send(create(W, { width: WIDTH, height: HEIGHT }), map(W));
    peer.send(references(W, [...same, ...Array<number>(5000).fill(U32)]), redraw(W));
    await peer.shows(same, WIDTH, HEIGHT, W);
    await arena.victimWorks();
  });

  const body = (from: FromVmDraft, change: (bytes: Buffer) => Buffer): Buffer =>
    change(Buffer.from(encodeFromVm(from, NEWEST)));
  const word = (at: number, value: number) => (bytes: Buffer) => {
    bytes.writeUInt32LE(value >>> 0, at);
    return bytes;
  };
  const good = references(W, pages(0, PAGES));
  it.each<[string, string, Buffer]>([
    ['a page too few', 'GUI_DUMP_COVER', body(references(W, pages(0, PAGES - 1)), (all) => all)],
    ['no page', 'GUI_DUMP_COVER', body(references(W, []), (all) => all)],
    ['another type', 'GUI_DUMP_TYPE', body(good, word(12, 1))],
    ['a width above all bounds', 'GUI_DUMP_SIZE', body(good, word(16, U32))],
    ['a height above all bounds', 'GUI_DUMP_SIZE', body(good, word(20, 0x8000_0000))],
    [
      'a size whose product wraps to 0',
      'GUI_DUMP_SIZE',
      body(good, (all) => word(20, 65_536)(word(16, 65_536)(all))),
    ],
    ['half a reference', 'GUI_DUMP_LENGTH', body(good, (all) => word(8, all.length - 12 - 2)(all))],
    ['a length of 2^31', 'GUI_DUMP_LENGTH', body(good, word(8, 0x8000_0000))],
  ])('%s ends the session (%s)', async (_what, code, bytes) => {
    await using peer = await arena.hostile();
    peer.send(create(W, { width: WIDTH, height: HEIGHT }), map(W));
    await peer.mapped(W);
    peer.agent.sendRaw(bytes);
    await peer.ended(code);
    await arena.victimWorks();
  });

  it('frame numbers of dom0 mean nothing', async () => {
    await using peer = await arena.hostile();
    peer.send(create(W));
    const bytes = Buffer.alloc(12 + 28 + 4 * 8);
    for (const [at, value] of [135, W, 28 + 4 * 8, 0, 8, 8, 32, 0, 8].entries()) {
      bytes.writeUInt32LE(value, 4 * at);
    }
    peer.agent.sendRaw(bytes);
    await peer.agent.gone();
    await arena.daemon.process.said(new RegExp(`"qube":"${peer.name}".*"code":"GUI_MFNDUMP_`));
    await arena.victimWorks();
  });
});

describe('D2-22: memory that is taken away', () => {
  it('cannot be cut or lengthened, and a hole in it is black', async () => {
    await using peer = await arena.hostile();
    fillPages(peer.pool, 0, PAGES);
    peer.send(create(W, { width: WIDTH, height: HEIGHT }), map(W), dump(W, WIDTH, HEIGHT));
    await peer.shows(pages(0, PAGES), WIDTH, HEIGHT, W);
    const size = peer.pool.size();
    for (const length of [0, 4096, size - 1, size + 4096]) {
      expect(() => ftruncateSync(peer.pool.number, length)).toThrow(/EPERM/);
    }
    const path = `/proc/${process.pid}/fd/${peer.pool.number}`;
    const before = (await peer.mapped(W)).rect;
    await run('fallocate', ['--punch-hole', '--offset', '0', '--length', String(size), path]);
    peer.send(redraw(W));
    await waitUntil(async () => {
      const { image, rect } = await peer.picture(W);
      return image.differences(rect, () => 0) === 0;
    }, 'the hole shows as black');
    expect((await peer.mapped(W)).rect).toEqual(before);
    await arena.isFramed(peer, W);
    await arena.victimWorks();
  });
});

describe('D2-23, QSB-023: memory that is rewritten while it is read', () => {
  it('changes what its own windows show and nothing else, put and copied alike', async () => {
    await using peer = await arena.hostile();
    const scattered = pages(200, PAGES).reverse();
    fillPages(peer.pool, 0, 400);
    const size = { width: WIDTH, height: HEIGHT };
    peer.send(create(W, { x: 300, y: 200, ...size }), map(W), dump(W, WIDTH, HEIGHT));
    peer.send(create(SCATTERED, { x: 700, y: 200, ...size }), map(SCATTERED));
    peer.send(references(SCATTERED, scattered));
    await peer.shows(scattered, WIDTH, HEIGHT, SCATTERED);
    {
      await using writer = await Scribbler.over(peer.pool, 400);
      for (let round = 0; round < 20; round++) {
        const many = Array.from({ length: 100 }, (_, i) => redraw(i % 2 ? W : SCATTERED));
        peer.send(...many);
        await peer.inStep();
        if (round % 5 === 0) {
          await arena.isFramed(peer, W);
          await arena.isFramed(peer, SCATTERED);
          await arena.victimWorks();
        }
      }
      expect(writer.rounds).toBeGreaterThan(50);
    }
    // Nothing of it stays: what lies there when it is still is what is shown.
    fillPages(peer.pool, 0, 400);
    peer.send(redraw(W), redraw(SCATTERED));
    await peer.shows(pages(0, PAGES), WIDTH, HEIGHT, W);
    await peer.shows(scattered, WIDTH, HEIGHT, SCATTERED);
  });
});

describe('QSB-023: a pool in a file of others', () => {
  it('is punched, cut, lengthened and rewritten while livery-guid draws from it', async () => {
    await using stage = await GuidStage.open();
    const daemon = await stage.serve();
    stage.paint(pages(0, PAGES), () => 0x336699);
    stage.agent.send(create(W, { x: 100, y: 100, width: WIDTH, height: HEIGHT }), map(W));
    stage.agent.send(references(W, pages(0, PAGES)), redraw(W));
    await stage.pixel(150, 150, 0x336699);
    const path = join(stage.poolDir, `dom-${stage.domain}.pool`);
    const size = stage.pool.size();
    {
      await using writer = await Scribbler.over(stage.pool, PAGES);
      for (let round = 0; round < 25; round++) {
        const draw = Array.from({ length: 50 }, () => redraw(W));
        stage.agent.send(...draw, references(W, pages(0, PAGES)));
        await run('fallocate', ['--punch-hole', '-o', '0', '-l', String(PAGES * 4096), path]);
        stage.agent.send(...draw);
        ftruncateSync(stage.pool.number, round % 2 ? 0 : 4096 * PAGES - 100);
        stage.agent.send(...draw, references(W, pages(0, PAGES)), ...draw);
        ftruncateSync(stage.pool.number, size);
        await stage.agent.flushed();
      }
      expect(writer.rounds).toBeGreaterThan(5);
    }
    stage.paint(pages(0, PAGES), () => 0x99cc33);
    stage.agent.send(references(W, pages(0, PAGES)), redraw(W));
    await stage.pixel(150, 150, 0x99cc33);
    const { frame } = await stage.shown(W);
    const image = await stage.screen.grab(frame);
    const outside = image.count(frame, (color) => color === 0x99cc33);
    expect(outside).toBe(WIDTH * HEIGHT);
    expect(stage.agent.connected).toBe(true);
    expect(daemon.err).not.toContain('the X server refused a request');
  });
});
