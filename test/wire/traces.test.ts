/**
 * The recorded sessions of the reference's agent, said again to the process
 * that stands in the place of its daemon, with pages of known colours: windows,
 * titles, pictures and acknowledgements must be those of the recording.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { intersect, type Rect } from '../../src/base/geometry.ts';
import type { DomainId } from '../../src/base/ids.ts';
import { PoolFile } from '../../src/channel/pool-file.ts';
import { type Fd, native } from '../../src/native/addon.ts';
import { decodeFromVm } from '../../src/protocol/decode.ts';
import { FrameReader } from '../../src/protocol/framing.ts';
import { type FromVm, fromVm } from '../../src/protocol/from-vm.ts';
import { safeTitle } from '../../src/trust/title.ts';
import { GuidRun } from '../e2e/guid/guid-stage.ts';
import { type Screen, startScreen } from '../rig/screen.ts';
import { ScriptedAgent } from '../rig/scripted-agent.ts';
import { waitUntil } from '../rig/wait.ts';
import { type Trace, traces } from '../unit/protocol/golden.ts';
import { decodeDaemon, v } from '../unit/protocol/support.ts';
import { type Frame, framesOf, textOf } from './frames.ts';
import { fillPages, imageColor } from './pages.ts';

const DOMAIN = 5;
const BORDER = 6;
/** More than the highest reference of the recordings. */
const PAGES = 11_300;

let screen: Screen;
let run: GuidRun;
let pool: Fd;
let peer: ScriptedAgent;

beforeAll(async () => {
  screen = await startScreen({ wm: 'none', width: 1920, height: 1200 });
  const directory = join(screen.directory, 'vchan');
  mkdirSync(directory, { mode: 0o700 });
  const file = new PoolFile(directory, DOMAIN as DomainId, 0);
  file.create(PAGES * 4096);
  pool = native().openFile(file.path, 2);
  fillPages(pool, 0, PAGES);
  peer = await ScriptedAgent.listen(join(directory, `vchan.${DOMAIN}.0.6000.sock`));
  run = new GuidRun(
    ['-f', '-d', String(DOMAIN), '-N', 'work', '-c', '0x3465a4', '--pool-dir', directory],
    {
      PATH: process.env.PATH,
      HOME: screen.directory,
      ...screen.env,
      VCHAN_SOCKET_DIR: directory,
      LIVERY_GUID_RUN_DIR: directory,
      LIVERY_GUID_LOG_DIR: directory,
    },
  );
});

afterAll(async () => {
  await run?.[Symbol.asyncDispose]();
  await peer?.[Symbol.asyncDispose]();
  pool?.[Symbol.dispose]();
  await screen[Symbol.asyncDispose]();
});

/** What a window of the recording is like at some moment, by its own messages. */
interface Recorded {
  title: string;
  mapped: boolean;
  docked: boolean;
  popup: boolean;
  dump: Extract<FromVm, { name: 'dump' }> | undefined;
}

/** Follows the recording. */
function follow(windows: Map<number, Recorded>, message: FromVm): void {
  if (message.name === 'clipboardData' || message.name === 'ignored') return;
  if (message.name === 'create') {
    windows.set(message.window, {
      ...{ title: '', mapped: false, docked: false, popup: message.overrideRedirect },
      dump: undefined,
    });
    return;
  }
  const window = windows.get(message.window);
  if (!window) throw new Error(`the recording names no window ${message.window}`);
  switch (message.name) {
    case 'destroy':
      windows.delete(message.window);
      return;
    case 'title':
      window.title = message.text.parse((bytes) => safeTitle(bytes, 'ascii'));
      return;
    case 'dock':
      window.docked = true;
      return;
    case 'map':
      window.mapped = !window.docked;
      window.popup = message.overrideRedirect;
      return;
    case 'unmap':
      window.mapped = false;
      window.dump = undefined;
      return;
    case 'dump':
      window.dump = message;
      return;
    default:
  }
}

/** The screen shows the windows as they are recorded. */
async function compare(windows: ReadonlyMap<number, Recorded>): Promise<void> {
  for (const [id, window] of windows) {
    const frame = await waitUntil(
      async () => {
        const found = (await framesOf(screen.x, 'work')).get(id);
        if (window.docked) return found?.mapped ? undefined : (found ?? 'docked');
        return found?.mapped === window.mapped ? found : undefined;
      },
      `window 0x${id.toString(16)} is ${window.mapped ? 'shown' : 'hidden'}`,
    );
    if (frame === 'docked') continue;
    await waitUntil(async () => {
      const text = await textOf(screen.x, frame.window, '_NET_WM_NAME');
      return text?.trim() === `[work] ${window.title}`.trim();
    }, `it is called ${window.title}`);
    if (!window.mapped) continue;
    if (!window.popup) expect(frame.overrideRedirect).toBe(false);
    if (window.dump) await comparePicture(id, frame, window.dump);
  }
}

async function comparePicture(
  id: number,
  { window }: Frame,
  dump: Extract<FromVm, { name: 'dump' }>,
): Promise<void> {
  // Above the other windows of the recording.
  screen.x.X.ConfigureWindow(window, { stackMode: 0 });
  await screen.x.sync();
  let wrong = -1;
  await waitUntil(
    async () => {
      await screen.still(async () => {
        const frames = await framesOf(screen.x, 'work');
        const frame = frames.get(id);
        // A popup stays above ordinary windows.
        const above = [...frames.values()].filter(
          (one) => one !== frame && one.mapped && one.overrideRedirect,
        );
        const { width, height } = screen.x.screen;
        const shown = frame && intersect(frame.rect, { x: 0, y: 0, width, height });
        if (!frame || !shown) throw new Error(`nothing of 0x${id.toString(16)} is on the screen`);
        const part = intersect(shown, {
          ...{ x: frame.rect.x, y: frame.rect.y },
          ...{ width: dump.width, height: dump.height },
        });
        if (!part) throw new Error('the window is outside of its image');
        const image = await screen.grab(part);
        wrong = image.differences(part, (x, y) =>
          above.some(({ rect }) => isInFrame(rect, x, y))
            ? (image.pixel(x, y) ?? -1)
            : (imageColor(dump.refs, dump.width, x - frame.rect.x, y - frame.rect.y) ?? -1),
        );
      });
      return wrong === 0;
    },
    `0x${id.toString(16)} shows its pages`,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${wrong} pixels are wrong`);
  });
}

const isInFrame = (rect: Rect, x: number, y: number): boolean =>
  x >= rect.x - BORDER &&
  y >= rect.y - BORDER &&
  x < rect.x + rect.width + BORDER &&
  y < rect.y + rect.height + BORDER;

/** Acknowledgements in the order in which they are due. */
function acksOf(
  messages: readonly { readonly name: string; readonly window?: number }[],
): string[] {
  return messages
    .filter(({ name }) => name === 'dumpAck' || name === 'destroyAck')
    .map(({ name, window }) => `${name} ${window}`);
}

async function replay(trace: Trace): Promise<void> {
  await waitUntil(() => peer.version !== undefined, 'the daemon is there', { until: run.ended });
  const connection = peer.connections;
  const reader = new FrameReader(fromVm, { version: v(8) });
  const windows = new Map<number, Recorded>();
  const due: string[] = [];
  let waiting: Buffer[] = [];
  let compared = 0;
  const flush = (): void => {
    peer.sendRaw(Buffer.concat(waiting));
    waiting = [];
  };
  reader.push(trace.agent.subarray(4));
  for (let frame = reader.next(); frame; frame = reader.next()) {
    const start = frame.offset - 12;
    const bytes = Buffer.from(frame.buffer.subarray(start, frame.offset + frame.length));
    const message = decodeFromVm(frame);
    const { name } = message;
    // What is there before something goes is looked at.
    const window = name === 'unmap' || name === 'destroy' ? windows.get(message.window) : undefined;
    if (window?.mapped || window?.docked) {
      flush();
      await compare(windows);
      compared++;
    }
    waiting.push(bytes);
    if (name === 'dump') due.push(`dumpAck ${message.window}`);
    if (name === 'destroy') due.push(`destroyAck ${message.window}`);
    follow(windows, message.name === 'dump' ? { ...message, refs: message.refs.slice() } : message);
  }
  flush();
  await compare(windows);
  expect(compared + windows.size).toBeGreaterThan(0);
  await waitUntil(() => acksOf(peer.messages).length >= due.length, 'everything is acknowledged');
  expect(acksOf(peer.messages)).toEqual(due);
  // The recorded daemon said the same, as far as its recording goes.
  const recorded = acksOf(decodeDaemon(trace.daemon.subarray(20)));
  expect(recorded).toEqual(due.slice(0, recorded.length));
  expect(peer.connections).toBe(connection);
}

afterEach(async () => {
  // The agent goes, and its windows with it.
  const { connections } = peer;
  peer.hangUp();
  await waitUntil(() => peer.connections > connections, 'the daemon looks for the agent again');
  await waitUntil(async () => (await framesOf(screen.x, 'work')).size === 0, 'no window is left');
  expect(run.err).not.toMatch(/error/i);
});

for (const trace of traces()) test(`${trace.name} is shown as recorded`, () => replay(trace));
