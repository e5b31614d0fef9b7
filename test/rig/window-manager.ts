/**
 * Starts a real window manager on a screen, with a home and settings of its
 * own, and says when it is there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { XConnection } from '../../src/x11/connection.ts';
import { ATOM, getCardinals } from '../../src/x11/properties.ts';
import type { XServer } from '../../src/x11/server.ts';
import { waitUntil } from './wait.ts';

/**
 * `i3-bare`: with settings by which no window has a title bar or a border; `i3-bars`: with
 * i3's own bars at the upper and at the lower edge.
 */
export type WindowManagerName = 'openbox' | 'xfwm4' | 'i3' | 'i3-bare' | 'i3-bars';

export interface RunningManager {
  readonly name: WindowManagerName;
  readonly pid: number;
  /** Ends it and everything that it started; resolves when it has ended. */
  stop(): Promise<void>;
}

/** xfwm4 keeps its settings behind a session bus. */
const COMMAND: Readonly<Record<WindowManagerName, readonly string[]>> = {
  openbox: ['openbox', '--sm-disable'],
  xfwm4: ['dbus-run-session', '--', 'xfwm4', '--compositor=off'],
  i3: ['i3', '-c', 'i3.conf'],
  'i3-bare': ['i3', '-c', 'i3.conf'],
  'i3-bars': ['i3', '-c', 'i3.conf'],
};

const I3_BARE = 'default_border none\ndefault_floating_border none\n';
const I3_BARS = ['top', 'bottom']
  .map((edge) => `bar {\n  position ${edge}\n  tray_output none\n}\n`)
  .join('');
const I3_CONFIG = '# i3 config file (v4)\nfont pango:DejaVu Sans 8\n';

export async function startWindowManager(
  name: WindowManagerName,
  server: XServer,
  x: XConnection,
  home: string,
): Promise<RunningManager> {
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
  const [program, ...args] = COMMAND[name];
  // Without a file of its own i3 asks questions; without keys in it nothing is grabbed.
  if (name === 'i3') writeFileSync(join(home, 'i3.conf'), I3_CONFIG);
  if (name === 'i3-bare') writeFileSync(join(home, 'i3.conf'), I3_CONFIG + I3_BARE);
  if (name === 'i3-bars') writeFileSync(join(home, 'i3.conf'), I3_CONFIG + I3_BARS);
  const child = spawn(program as string, args, {
    // A group of its own, so that a bus and its services end with it.
    detached: true,
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_RUNTIME_DIR: join(home, 'run'),
      DISPLAY: server.displayName,
      XAUTHORITY: server.xauthority,
      LC_ALL: 'C.UTF-8',
    },
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  try {
    await waitUntil(() => managerNames(x), `${name} is there`, { until: ended });
    await waitUntil(() => managesWindows(x), `${name} maps a window`, { until: ended });
  } catch (error) {
    await stop(child, ended);
    writeFileSync(join(home, 'said.txt'), said);
    throw new Error(`${error instanceof Error ? error.message : error}; ${name} said: ${said}`);
  }
  return { name, pid: child.pid as number, stop: () => stop(child, ended) };
}

/** A window that _NET_SUPPORTING_WM_CHECK names and that names itself and its manager. */
async function managerNames(x: XConnection): Promise<boolean> {
  const { _NET_SUPPORTING_WM_CHECK: check, _NET_SUPPORTED: supported } = await x.intern([
    '_NET_SUPPORTING_WM_CHECK',
    '_NET_SUPPORTED',
  ]);
  const [window] = await getCardinals(x, x.root, check, ATOM.WINDOW, 1);
  if (!window) return false;
  const [itself] = await getCardinals(x, window, check, ATOM.WINDOW, 1);
  const features = await getCardinals(x, x.root, supported, ATOM.ATOM);
  return itself === window && features.length > 0;
}

/**
 * Maps a window and looks whether it was managed. A manager that is just
 * starting has its name on the root already and may still lose a map request.
 */
async function managesWindows(x: XConnection): Promise<boolean> {
  const { WM_STATE } = await x.intern(['WM_STATE']);
  const probe = x.allocWindowId();
  x.X.CreateWindow(probe, x.root, 0, 0, 1, 1, 0, 0, 1, 0, {});
  x.X.MapWindow(probe);
  try {
    const state = () => getCardinals(x, probe, WM_STATE);
    await waitUntil(async () => (await state()).length > 0, 'a state', { limitMs: 500 });
    return true;
  } catch {
    return false;
  } finally {
    x.X.DestroyWindow(probe);
    await x.sync();
  }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid as number), name);
    } catch {
      // The group is gone.
    }
  };
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), 2000);
  await ended;
  clearTimeout(timer);
  signal('SIGKILL');
}
