import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { native } from '../../../src/native/addon.ts';
import { XConnection } from '../../../src/x11/connection.ts';
import { localDisplay } from '../../../src/x11/display.ts';
import type { XEvent } from '../../../src/x11/events.ts';
import { openXTest } from '../../../src/x11/extensions.ts';
import { EVENT_MASK, type ImageReply } from '../../../src/x11/package-records.ts';
import {
  ATOM,
  getCardinals,
  getProperty,
  setCardinals,
  setText,
} from '../../../src/x11/properties.ts';
import { monitors } from '../../../src/x11/randr.ts';
import { startXServer, type XServer } from '../../../src/x11/server.ts';
import { Shm } from '../../../src/x11/shm.ts';
import type { XError } from '../../../src/x11/x-error.ts';
import { NO_COOKIE } from '../../../src/x11/xauthority.ts';

let directory: string;
let server: XServer;

const open = (name = 'test') => XConnection.open(server.display, { name, cookie: server.cookie });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'livery-x-'));
  server = await startXServer({ kind: 'xvfb', width: 640, height: 480, directory });
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

function simpleWindow(x: XConnection, width = 100, height = 80): number {
  const id = x.allocWindowId();
  x.X.CreateWindow(id, x.root, 0, 0, width, height, 0, 0, 1, 0, {
    backgroundPixel: 0,
    overrideRedirect: 1,
  });
  x.X.MapWindow(id);
  return id;
}

describe('the X server that we start', () => {
  it('has no abstract socket and no TCP port', () => {
    const sockets = readFileSync('/proc/net/unix', 'latin1');
    expect(sockets).toContain(`/tmp/.X11-unix/X${server.display.number}\n`);
    expect(sockets).not.toContain(`@/tmp/.X11-unix/X${server.display.number}\n`);
    const port = (6000 + server.display.number).toString(16).toUpperCase().padStart(4, '0');
    expect(readFileSync('/proc/net/tcp', 'latin1')).not.toContain(`:${port} `);
  });

  it('refuses a client without the cookie and one with a wrong cookie', async () => {
    for (const cookie of [NO_COOKIE, { name: 'MIT-MAGIC-COOKIE-1', data: randomBytes(16) }]) {
      const error = await XConnection.open(server.display, { name: 'stranger', cookie }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).code).toBe('X_CONNECT');
      expect((error as UserError).hint).toContain('cookie');
    }
  });

  it('says what to do when there is no server', async () => {
    await expect(XConnection.open(localDisplay(63_999), { name: 'nobody' })).rejects.toMatchObject({
      code: 'X_CONNECT',
      exitCode: 3,
    });
  });

  it('may be Xvnc, as closed as the other', async () => {
    await using vnc = await startXServer({
      kind: 'xvnc',
      width: 800,
      height: 600,
      directory: join(directory, 'vnc'),
    });
    using x = await XConnection.open(vnc.display, { name: 'test', cookie: vnc.cookie });
    expect(x.screen).toMatchObject({ width: 800, height: 600, depth: 24 });
    expect((await monitors(x))[0]).toMatchObject({ width: 800, height: 600, primary: true });
    await expect(
      XConnection.open(vnc.display, { name: 'stranger', cookie: NO_COOKIE }),
    ).rejects.toMatchObject({ code: 'X_CONNECT' });
    const sockets = readFileSync('/proc/net/unix', 'latin1');
    expect(sockets).not.toContain(`@/tmp/.X11-unix/X${vnc.display.number}\n`);
  });

  it('is reported as not started when its number is taken', async () => {
    await expect(
      startXServer({
        kind: 'xvfb',
        width: 64,
        height: 64,
        directory: join(directory, 'second'),
        displayNumber: server.display.number,
      }),
    ).rejects.toMatchObject({ code: 'X_SERVER' });
  });
});

describe('XConnection', () => {
  it('knows the screen', async () => {
    using x = await open();
    expect(x.screen).toMatchObject({ width: 640, height: 480, depth: 24 });
    expect(x.screen.argbVisual).toBeGreaterThan(0);
    expect(x.resourceBase).toBeGreaterThan(0);
    const [monitor] = await monitors(x);
    expect(monitor).toMatchObject({ x: 0, y: 0, width: 640, height: 480, primary: true });
  });

  it('writes and reads properties', async () => {
    using x = await open();
    const window = simpleWindow(x);
    const atoms = await x.intern(['UTF8_STRING', '_NET_WM_NAME', 'WM_NAME', 'LIVERY_TEST']);
    expect(atoms.WM_NAME).toBe(ATOM.WM_NAME);
    setText(x, window, atoms._NET_WM_NAME, 'gr\u00fc\u00df', atoms.UTF8_STRING);
    setCardinals(x, window, atoms.LIVERY_TEST, [1, 0xffffffff, -1]);
    const name = await getProperty(x, window, atoms._NET_WM_NAME, atoms.UTF8_STRING);
    expect(name?.data.toString('utf8')).toBe('gr\u00fc\u00df');
    expect(await getCardinals(x, window, atoms.LIVERY_TEST)).toEqual([1, 0xffffffff, 0xffffffff]);
    expect(await getProperty(x, window, atoms.LIVERY_TEST, atoms.UTF8_STRING)).toBeUndefined();
    expect(await getProperty(x, 0x12345, atoms.LIVERY_TEST)).toBeUndefined();
  });

  it('reports errors of requests that nobody waits for, with number and resource', async () => {
    using x = await open();
    const errors: XError[] = [];
    x.onError((error) => errors.push(error));
    x.X.MapWindow(0x7654321);
    const sequence = x.sequence;
    await x.sync();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 3, sequence, major: 8, badValue: 0x7654321 });
  });

  it('rejects the promise of a request that fails, and says nothing twice', async () => {
    using x = await open();
    const errors: XError[] = [];
    x.onError((error) => errors.push(error));
    await expect(x.request((done) => x.X.GetGeometry(0x7654321, done))).rejects.toMatchObject({
      name: 'XError',
      code: 9,
    });
    expect(errors).toHaveLength(0);
  });

  it('tells sent events from the server\u2019s own', async () => {
    using x = await open();
    using other = await open('other');
    const window = simpleWindow(x);
    x.X.ChangeWindowAttributes(window, { eventMask: EVENT_MASK.structureNotify });
    await x.sync();
    const events: XEvent[] = [];
    x.on((event) => events.push(event));
    other.X.SendEvent(window, 0, EVENT_MASK.structureNotify, {
      name: 'ConfigureNotify',
      wid: window,
      wid1: window,
      x: 5,
      y: 6,
      width: 7,
      height: 8,
    });
    await other.sync();
    x.X.ConfigureWindow(window, { x: 11 });
    await x.sync();
    expect(events.map((event) => [event.name, event.synthetic])).toEqual([
      ['ConfigureNotify', true],
      ['ConfigureNotify', false],
    ]);
  });

  it('keeps requests and descriptors in order under load', async () => {
    using x = await open();
    const errors: XError[] = [];
    x.onError((error) => errors.push(error));
    const shm = await Shm.open(x);
    expect(shm.sharedPixmaps).toBe(true);
    const window = simpleWindow(x, 64, 64);
    const gc = x.allocId();
    x.X.CreateGC(gc, window, { graphicsExposures: 0 });
    const pools = [0, 1, 2, 3].map((n) => {
      const pool = native().createPool(`load-${n}`, 64 * 64 * 4);
      native().writeAt(pool, Buffer.alloc(64 * 64 * 4, 0x30 + n), 0);
      return pool;
    });
    const replies: Promise<unknown>[] = [];
    for (let round = 0; round < 400; round++) {
      const segment = shm.attachFd(pools[round % 4] as (typeof pools)[0], true);
      for (let i = 0; i < 50; i++) x.X.ConfigureWindow(window, { x: i });
      shm.putImage({
        ...{ drawable: window, gc, totalWidth: 64, totalHeight: 64, srcX: 0, srcY: 0 },
        ...{ width: 64, height: 64, dstX: 0, dstY: 0, depth: 24, segment, offset: 0 },
      });
      replies.push(
        x
          .request<ImageReply>((done) => x.X.GetImage(2, window, 0, 0, 1, 1, 0xffffff, done))
          .then((image) => {
            expect(image.data[0]).toBe(0x30 + (round % 4));
          }),
      );
      shm.detach(segment);
    }
    await Promise.all(replies);
    expect(errors).toEqual([]);
    expect(x.sequence).toBeGreaterThan(400 * 54);
    for (const pool of pools) pool[Symbol.dispose]();
    await x.sync();
  });

  it('does not mind thousands of requests that wait for their replies', async () => {
    using x = await open();
    const waiting = Array.from({ length: 30_000 }, () =>
      x.request<{ root: number }>((done) => x.X.QueryTree(x.root, done)),
    );
    for (const { root } of await Promise.all(waiting)) expect(root).toBe(x.root);
  });

  it('moves the pointer by XTEST', async () => {
    using x = await open();
    const xtest = await openXTest(x);
    xtest.FakeInput(6, 0, 0, x.root, 123, 45);
    const pointer = await x.request<{ rootX: number; rootY: number }>((done) =>
      x.X.QueryPointer(x.root, done),
    );
    expect([pointer.rootX, pointer.rootY]).toEqual([123, 45]);
  });

  it('has done what was asked of it after sync, and answers nothing once closed', async () => {
    const x = await open();
    const atoms = await x.intern(['LIVERY_LAST']);
    setCardinals(x, x.root, atoms.LIVERY_LAST, [42]);
    await x.sync();
    x[Symbol.dispose]();
    using after = await open('after');
    expect(await getCardinals(after, after.root, atoms.LIVERY_LAST)).toEqual([42]);
    await expect(x.sync()).rejects.toThrow(/closed by us/);
  });

  it('leaves no handle of the addon behind', async () => {
    const before = native().openHandleCount();
    const x = await open();
    const shm = await Shm.open(x);
    {
      using pool = native().createPool('handles', 4096);
      shm.attachFd(pool, true);
    }
    await x.sync();
    x[Symbol.dispose]();
    expect(native().openHandleCount()).toBe(before);
  });

  it('says once that the server is gone, and rejects what waits', async () => {
    const own = await startXServer({
      kind: 'xvfb',
      width: 64,
      height: 64,
      directory: join(directory, 'own'),
    });
    const x = await XConnection.open(own.display, { name: 'doomed', cookie: own.cookie });
    const reasons: string[] = [];
    const closed = new Promise<void>((resolve) => {
      x.onClosed((reason) => {
        reasons.push(reason);
        resolve();
      });
    });
    process.kill(own.pid, 'SIGSTOP');
    const waiting = x.sync();
    const outcome = waiting.then(
      () => 'answered',
      (error: Error) => error.message,
    );
    process.kill(own.pid, 'SIGKILL');
    await closed;
    expect(await outcome).toContain('closed');
    expect(await own.exited).toContain('SIGKILL');
    await expect(x.sync()).rejects.toThrow();
    x[Symbol.dispose]();
    expect(reasons).toHaveLength(1);
  });
});
