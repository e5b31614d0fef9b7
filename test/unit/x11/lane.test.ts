import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fd, native } from '../../../src/native/addon.ts';
import { XConnection } from '../../../src/x11/connection.ts';
import { openComposite } from '../../../src/x11/extensions.ts';
import { DrawLane } from '../../../src/x11/lane.ts';
import { FenceLog, OwnerLog } from '../../../src/x11/lane-log.ts';
import type { ImageReply } from '../../../src/x11/package-records.ts';
import { startXServer, type XServer } from '../../../src/x11/server.ts';
import { NO_COOKIE } from '../../../src/x11/xauthority.ts';

const SIDE = 32;
const IMAGE_BYTES = SIDE * SIDE * 4;

let directory: string;
let server: XServer;
let x: XConnection;
let lane: DrawLane;
let pool: Fd;
let window: number;
const damages: number[][] = [];
const errors: number[][] = [];
const closings: string[] = [];

const handler = {
  damaged: (...event: number[]) => damages.push(event),
  error: (...event: number[]) => errors.push(event),
  closed: (reason: string) => closings.push(reason),
};

const fence = () => new Promise<void>((resolve) => lane.fence(() => resolve(), 0));

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'livery-lane-'));
  server = await startXServer({ kind: 'xvfb', width: 320, height: 240, directory });
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

beforeEach(async () => {
  for (const list of [damages, errors, closings]) list.length = 0;
  x = await XConnection.open(server.display, { name: 'lane test', cookie: server.cookie });
  lane = await DrawLane.open(server.display, { handler, cookie: server.cookie });
  pool = native().createPool('lane', 4 * IMAGE_BYTES);
  window = x.allocWindowId();
  x.X.CreateWindow(window, x.root, 10, 10, SIDE, SIDE, 0, 0, 1, 0, {
    backgroundPixel: 0x112233,
    overrideRedirect: 1,
  });
  x.X.MapWindow(window);
  await x.sync();
});

afterEach(() => {
  lane[Symbol.dispose]();
  x[Symbol.dispose]();
  pool[Symbol.dispose]();
});

async function pixels(drawable: number): Promise<Buffer> {
  const image = await x.request<ImageReply>((done) =>
    x.X.GetImage(2, drawable, 0, 0, SIDE, SIDE, 0xffffffff, done),
  );
  return image.data;
}

function pattern(seed: number): Buffer {
  const bytes = Buffer.alloc(IMAGE_BYTES);
  for (let at = 0; at < IMAGE_BYTES; at += 4)
    bytes.writeUInt32LE((at * 2654435761 + seed) & 0xffffff, at);
  return bytes;
}

describe('DrawLane', () => {
  it('puts pixels of a read-only segment that are read back unchanged', async () => {
    const image = pattern(7);
    native().writeAt(pool, image, IMAGE_BYTES);
    const segment = lane.allocId();
    const gc = lane.allocId();
    lane.attachFd(segment, pool, true);
    lane.createGc(gc, window);
    lane.putImage(window, gc, SIDE, SIDE, 0, 0, SIDE, SIDE, 0, 0, 24, segment, IMAGE_BYTES);
    await fence();
    expect(errors).toEqual([]);
    expect((await pixels(window)).equals(image)).toBe(true);
  });

  it('copies a redirected window into the pool: the damage says what', async () => {
    const composite = await openComposite(x);
    composite.RedirectWindow(window, 1);
    await x.sync();
    const [segment, gc, named, shared, damage] = [1, 2, 3, 4, 5].map(() => lane.allocId()) as [
      number,
      number,
      number,
      number,
      number,
    ];
    lane.attachFd(segment, pool, false);
    lane.nameWindowPixmap(window, named);
    lane.createShmPixmap(shared, lane.root, SIDE, SIDE, 24, segment, 2 * IMAGE_BYTES);
    lane.createGc(gc, shared);
    lane.damageCreate(damage, window);
    lane.damageSubtract(damage);
    await fence();
    damages.length = 0;
    const paint = x.allocId();
    x.X.CreateGC(paint, window, { foreground: 0xabcdef });
    x.X.PolyFillRectangle(window, paint, [3, 4, 5, 6]);
    await x.sync();
    await fence();
    expect(damages).toEqual([[damage, window, 3, 4, 5, 6]]);
    lane.damageSubtract(damage);
    lane.copyArea(named, shared, gc, 0, 0, 0, 0, SIDE, SIDE);
    await fence();
    expect(errors).toEqual([]);
    const copied = Buffer.alloc(IMAGE_BYTES);
    native().readAt(pool, copied, 2 * IMAGE_BYTES);
    const at = (left: number, top: number) =>
      copied.readUInt32LE((top * SIDE + left) * 4) & 0xffffff;
    expect(at(3, 4)).toBe(0xabcdef);
    expect(at(7, 9)).toBe(0xabcdef);
    expect(at(8, 9)).toBe(0x112233);
    expect(at(2, 4)).toBe(0x112233);
    lane.damageDestroy(damage);
    lane.freePixmap(named);
    lane.freePixmap(shared);
    lane.freeGc(gc);
    lane.detach(segment);
    await fence();
    expect(errors).toEqual([]);
  });

  it('attributes an error to the owner of the request, at any distance', async () => {
    const gc = lane.allocId();
    lane.createGc(gc, window);
    for (let i = 0; i < 5000; i++) {
      lane.owner = i;
      lane.clearArea(window, 0, 0, 1, 1);
      if (i % 1000 === 7) lane.clearArea(0x7654321, 0, 0, 1, 1);
    }
    lane.owner = -1;
    await fence();
    expect(errors.map(([owner]) => owner)).toEqual([7, 1007, 2007, 3007, 4007]);
    expect(errors[0]?.slice(2)).toEqual([3, 61, 0, 0x7654321]);
  });

  it('keeps its sequence numbers over many requests without a reply', async () => {
    for (let i = 0; i < 200_000; i++) {
      lane.owner = i;
      lane.clearArea(window, 0, 0, 1, 1);
    }
    lane.owner = 77;
    lane.clearArea(0x7654321, 0, 0, 1, 1);
    const sequence = lane.sequence;
    await fence();
    expect(errors).toEqual([[77, sequence, 3, 61, 0, 0x7654321]]);
    expect(sequence).toBeGreaterThan(200_000);
  });

  it('answers fences in order', async () => {
    const order: number[] = [];
    const done = (token: number) => order.push(token);
    for (let i = 0; i < 300; i++) {
      lane.fence(done, i);
      if (i % 3 === 0) lane.clearArea(window, 0, 0, 1, 1);
    }
    await fence();
    expect(order).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('tells when everything that was read together has been told', async () => {
    const told: string[] = [];
    using one = await DrawLane.open(server.display, {
      handler: { ...handler, settled: () => told.push('settled') },
      cookie: server.cookie,
    });
    await new Promise<void>((resolve) => {
      one.fence(() => told.push('first'), 0);
      one.fence(() => told.push('second'), 0);
      one.flush();
      const look = (): void => {
        if (told.includes('settled')) resolve();
        else setImmediate(look);
      };
      look();
    });
    expect(told.slice(0, 3)).toEqual(['first', 'second', 'settled']);
  });

  it('writes nothing by itself while it is held', async () => {
    lane.hold();
    lane.clearArea(window, 0, 0, 1, 1);
    const { pendingBytes } = lane;
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(lane.pendingBytes).toBe(pendingBytes);
    expect(pendingBytes).toBeGreaterThan(0);
    lane.flush();
    expect(lane.pendingBytes).toBe(0);
    lane.clearArea(window, 0, 0, 1, 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(lane.pendingBytes).toBe(0);
  });

  it('is refused without a cookie, with the server\u2019s words', async () => {
    await expect(
      DrawLane.open(server.display, { handler, cookie: NO_COOKIE }),
    ).rejects.toMatchObject({ code: 'X_CONNECT' });
  });

  it('says once that the server is gone', async () => {
    const own = await startXServer({
      kind: 'xvfb',
      width: 64,
      height: 64,
      directory: join(directory, 'own'),
    });
    const reasons: string[] = [];
    const gone = new Promise<void>((resolve) => {
      void DrawLane.open(own.display, {
        handler: {
          ...handler,
          closed: (reason) => {
            reasons.push(reason);
            resolve();
          },
        },
        cookie: own.cookie,
      }).then((doomed) => {
        process.kill(own.pid, 'SIGKILL');
        doomed.fence(() => {}, 1);
      });
    });
    await gone;
    await own.exited;
    expect(reasons).toHaveLength(1);
  });
});

describe('the lane\u2019s rings', () => {
  it('remember owners across growth', () => {
    const log = new OwnerLog();
    for (let i = 0; i < 1000; i++) log.push(10 * i + 5, i);
    expect(log.ownerOf(4)).toBe(-1);
    expect(log.ownerOf(5)).toBe(0);
    expect(log.ownerOf(14)).toBe(0);
    expect(log.ownerOf(5000)).toBe(499);
    for (let i = 1000; i < 1600; i++) log.push(10 * i + 5, i);
    expect(log.ownerOf(9994)).toBe(998);
    expect(log.ownerOf(1e6)).toBe(1599);
  });

  it('run fences once, in order, across growth', () => {
    const log = new FenceLog();
    const seen: number[] = [];
    const done = (token: number) => seen.push(token);
    for (let i = 0; i < 40; i++) log.push(i, done, i);
    log.reached(29);
    for (let i = 40; i < 200; i++) log.push(i, done, i);
    log.reached(29);
    log.reached(1000);
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });
});
