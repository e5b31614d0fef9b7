/**
 * A screen that changes its size while programs use it, on real X servers: what
 * old and new programs see, what is refused, and that nothing gathers.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Size } from '../../../src/base/geometry.ts';
import { XConnection } from '../../../src/x11/connection.ts';
import { FramebufferFile } from '../../../src/x11/framebuffer-file.ts';
import type { Geometry } from '../../../src/x11/package-records.ts';
import { monitors } from '../../../src/x11/randr.ts';
import { ResizableScreen } from '../../../src/x11/resizable-screen.ts';
import { startXServer, type XServer } from '../../../src/x11/server.ts';

const run = promisify(execFile);
const START = { width: 1000, height: 700 };
const LARGEST = { width: 3000, height: 2000 };

describe.each(['xvfb', 'xvnc'] as const)('%s', (kind) => {
  let directory: string;
  let server: XServer;
  let x: XConnection;
  let screen: ResizableScreen;
  let framebuffer: FramebufferFile | undefined;
  const errors: string[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'livery-resize-'));
    framebuffer = kind === 'xvfb' ? FramebufferFile.make(LARGEST) : undefined;
    server = await startXServer({ kind, ...START, framebuffer, directory });
    x = await XConnection.open(server.display, { name: 'test', cookie: server.cookie });
    x.onError((error) => errors.push(String(error)));
    screen = new ResizableScreen(x);
    expect(await screen.resize(START, 96)).toBe(true);
    framebuffer?.empty();
    x.X.ClearArea(x.root, 0, 0, 0, 0, 0);
  });
  afterAll(async () => {
    x?.[Symbol.dispose]();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const xrandr = async (): Promise<string> => {
    const env = { ...process.env, DISPLAY: server.displayName, XAUTHORITY: server.xauthority };
    return (await run('xrandr', [], { env })).stdout;
  };

  /** What every program sees: the root, the monitor, the first words to a new client. */
  async function is({ width, height }: Size, dpi: number): Promise<void> {
    const root = await x.request<Geometry>((done) => x.X.GetGeometry(x.root, done));
    expect(root).toMatchObject({ width, height });
    expect(await monitors(x)).toMatchObject([{ x: 0, y: 0, width, height }]);
    const { display, cookie } = server;
    using other = await XConnection.open(display, { name: 'new program', cookie });
    expect(other.screen).toMatchObject({ width, height });
    expect(Math.abs((width * 25.4) / other.screen.widthMm - dpi)).toBeLessThan(2);
    expect(await xrandr()).toContain(`current ${width} x ${height},`);
  }

  it.each([
    ['starts as it was asked to', START, 96],
    ['is smaller', { width: 640, height: 480 }, 96],
    ['is wider and lower', { width: 2000, height: 400 }, 120],
    ['is narrower and higher', { width: 300, height: 1900 }, 96],
    ['is as large as it can be', LARGEST, 96],
    ['is of no common size', { width: 1366, height: 769 }, 72],
    ['is what it was', START, 96],
  ])('%s', async (_what, size, dpi) => {
    expect(await screen.resize(size, dpi)).toBe(true);
    await is(size, dpi);
    expect(errors).toEqual([]);
  });

  it('leaves no modes of earlier sizes behind', async () => {
    const before = (await xrandr()).split('\n').length;
    const sizes = Array.from({ length: 20 }, (_, i) => ({ width: 700 + i, height: 500 + i }));
    // Not waited for: they take effect in their order.
    const done = await Promise.all(sizes.map((size) => screen.resize(size, 96)));
    expect(done).toEqual(sizes.map(() => true));
    await is({ width: 719, height: 519 }, 96);
    expect((await xrandr()).split('\n').length).toBeLessThanOrEqual(before + 1);
    expect(errors).toEqual([]);
  });

  it('refuses what the server cannot have, and stays', async () => {
    const size = { width: 719, height: 519 };
    expect(await screen.resize({ width: 40_000, height: 100 }, 96)).toBe(false);
    if (kind === 'xvfb') {
      expect(await screen.resize({ ...LARGEST, height: LARGEST.height + 1 }, 96)).toBe(false);
    }
    await is(size, 96);
  });
});
