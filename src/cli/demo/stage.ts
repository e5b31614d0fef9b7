/**
 * The stage of a demo: a process in a session of its own that holds everything
 * the demo needs (screen, window manager, keeper, daemon, and the directory of
 * their sockets) and takes it down again when the demo ends, by whatever
 * signal: then the stage's input ends. The stage killed: the keeper has a pipe
 * of its own to it, and the X server asked the kernel to be ended.
 */
import { mkdirSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { Scope } from '../../base/scope.ts';
import { openRuntimeDir } from '../../config/runtime-dir.ts';
import { XConnection } from '../../x11/connection.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import { ATOM, getCardinals } from '../../x11/properties.ts';
import { startXServer, type XServer } from '../../x11/server.ts';
import { Child, LIVERY_SCRIPT } from '../child.ts';
import { Ended, Ending } from './ending.ts';
import type { StageLine } from './stage-lines.ts';

export interface StageOptions {
  readonly configFile: string;
  /** Start an X screen; else $DISPLAY is used. */
  readonly ownScreen: boolean;
  /** Show the screen in a browser, to be used from there. */
  readonly view: boolean;
  /** Everything that the processes say goes to our standard error, too much for most. */
  readonly debug: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Pixels of a screen of the demo's own. */
const SCREEN = { width: 1280, height: 800 };
const BACKGROUND = 0x2e3440;
const STDOUT = 1;

/** Runs until the demo has gone; by then nothing is left. */
export async function runStage(options: StageOptions): Promise<number> {
  using ending = new Ending(() => {});
  process.stdin.on('error', () => {});
  process.stdin.on('close', () => ending.end('the demo ended', EXIT.ok));
  process.stdin.resume();
  try {
    await using scope = new Scope();
    await setUp(options, scope, ending);
    throw await ending.told;
  } catch (error) {
    if (error instanceof Ended) return error.status;
    sayFailed(error);
    return error instanceof UserError ? error.exitCode : EXIT.failed;
  } finally {
    process.stdin.destroy();
  }
}

async function setUp(options: StageOptions, scope: Scope, ending: Ending): Promise<void> {
  const runtimeDir = makeDirectory(options.env);
  scope.onClose(() => rmSync(runtimeDir, { recursive: true, force: true, maxRetries: 3 }));
  say({ kind: 'place', runtimeDir });
  const env: NodeJS.ProcessEnv = {
    ...options.env,
    LIVERY_RUNTIME_DIR: runtimeDir,
    // What is copied in a demo is nobody's history.
    XDG_STATE_HOME: join(runtimeDir, 'state'),
    XDG_DATA_HOME: join(runtimeDir, 'data'),
  };
  const logFile = (name: string): string | undefined =>
    options.debug ? undefined : join(runtimeDir, `${name}.log`);
  const start = (name: string, argv: [string, ...string[]]): Child => {
    const child = scope.own(
      new Child({ name: `the ${name}`, argv, env, logFile: logFile(name), lifeline: true }),
    );
    void child.exited.then((how) => giveUp(child.failure(how), ending));
    return child;
  };
  const livery = async (name: 'keeper' | 'daemon'): Promise<void> => {
    ending.check();
    step(`starting the ${name}`);
    const debug = options.debug ? ['--debug'] : [];
    const argv = [LIVERY_SCRIPT, name, '--config', options.configFile, '--parent-pipe', '3'];
    await ending.unlessEnded(start(name, [process.execPath, ...argv, ...debug]).ready());
  };

  let server: XServer | undefined;
  if (options.ownScreen) {
    step('starting an X screen and its window manager');
    server = await startXServer({ kind: 'xvfb', ...SCREEN, directory: join(runtimeDir, 'x') });
    scope.own(server);
    void server.exited.then((how) => {
      const error = new UserError('X_SERVER', `the demo's X server ended (${how})`);
      giveUp(error, ending);
    });
    env.DISPLAY = server.displayName;
    env.XAUTHORITY = server.xauthority;
    ending.check();
    await startWindowManager(server, runtimeDir, start, ending);
  }
  await livery('keeper');
  await livery('daemon');
  const view = options.view ? await startView(start, ending) : null;
  say({
    kind: 'ready',
    display: env.DISPLAY ?? '',
    xauthority: server?.xauthority ?? null,
    view,
  });
}

/** The address of the screen in a browser. */
async function startView(
  start: (name: string, argv: [string, ...string[]]) => Child,
  ending: Ending,
): Promise<string> {
  ending.check();
  step('starting the view for a browser');
  const argv = [LIVERY_SCRIPT, 'view', '--control', '--parent-pipe', '3'];
  return ending.unlessEnded(start('view', [process.execPath, ...argv]).line(/^http:/));
}

/** Something that the demo needs is gone: so is the demo. */
function giveUp(error: UserError, ending: Ending): void {
  if (ending.ended) return;
  sayFailed(error);
  ending.end(error.message, error.exitCode);
}

function sayFailed(error: unknown): void {
  const known = error instanceof UserError ? error : undefined;
  say({
    kind: 'failed',
    code: known?.code ?? 'STAGE_FAILED',
    message: messageOf(error),
    hint: known?.hint ?? null,
    exitCode: known?.exitCode ?? EXIT.failed,
  });
}

/** Short enough for a socket's path, on a file system of this boot where there is one. */
function makeDirectory(env: NodeJS.ProcessEnv): string {
  const failures: unknown[] = [];
  for (const base of [env.XDG_RUNTIME_DIR, tmpdir(), '/tmp']) {
    if (!base) continue;
    let made: string | undefined;
    try {
      made = mkdtempSync(join(base, 'livery-demo-'));
      return openRuntimeDir(made);
    } catch (error) {
      if (made !== undefined) rmSync(made, { recursive: true });
      failures.push(error);
    }
  }
  throw failures[0];
}

/** openbox with its own defaults, and a plain background; resolves when it manages windows. */
async function startWindowManager(
  server: XServer,
  runtimeDir: string,
  start: (name: string, argv: [string, ...string[]]) => Child,
  ending: Ending,
): Promise<void> {
  using x = await XConnection.open(server.display, { name: 'stage', cookie: server.cookie });
  const { _NET_SUPPORTING_WM_CHECK: check } = await x.intern(['_NET_SUPPORTING_WM_CHECK']);
  x.X.ChangeWindowAttributes(x.root, {
    backgroundPixel: BACKGROUND,
    eventMask: EVENT_MASK.propertyChange,
  });
  x.X.ClearArea(x.root, 0, 0, 0, 0, 0);
  const managed = new Promise<void>((resolve) => {
    x.on((event) => {
      if (event.name === 'PropertyNotify' && event.atom === check) resolve();
    });
  });
  // Its defaults, not what the user has configured for his own screen.
  const home = join(runtimeDir, 'openbox');
  mkdirSync(home, { mode: 0o700 });
  const settings = [
    `HOME=${home}`,
    `XDG_CONFIG_HOME=${home}`,
    `XDG_CACHE_HOME=${home}`,
    `XDG_DATA_HOME=${home}`,
  ];
  const wm = start('window manager', ['/usr/bin/env', ...settings, 'openbox', '--sm-disable']);
  const outcome = await ending.unlessEnded(Promise.race([managed, wm.exited]));
  if (outcome !== undefined) throw wm.failure(outcome);
  const [window] = await getCardinals(x, x.root, check, ATOM.WINDOW, 1);
  if (window === undefined) throw wm.failure('it left the screen again');
}

function step(text: string): void {
  say({ kind: 'step', text });
}

/** The demo may be gone; that is learned by the end of our input. */
function say(line: StageLine): void {
  try {
    writeSync(STDOUT, `${JSON.stringify(line)}\n`);
  } catch {
    // EPIPE.
  }
}
