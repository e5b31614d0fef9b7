/**
 * `livery demo`: the main job from end to end. Three qubes with real programs,
 * their windows on one screen, each in its trust colour. With `check` it looks
 * at the pixels of every frame itself and says in one JSON object what it saw.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { Scope } from '../../base/scope.ts';
import type { Config, QubeConfig } from '../../config/config.ts';
import { readConfig } from '../../config/read.ts';
import { controlSocketPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import type { WindowListing } from '../../control/messages.ts';
import { native } from '../../native/addon.ts';
import { projectFile } from '../../native/project.ts';
import { colorText } from '../../trust/label.ts';
import { parseDisplay } from '../../x11/display.ts';
import { LIVERY_SCRIPT } from '../child.ts';
import { missing, missingOf } from '../doctor/programs.ts';
import type { Io } from '../io.ts';
import { plain } from '../plain.ts';
import { encodePng } from '../png.ts';
import { Ended, Ending } from './ending.ts';
import { frameFaults } from './frame-check.ts';
import type { Picture } from './picture.ts';
import { Screen } from './screen.ts';
import { type ReadyStage, StageProcess } from './stage-process.ts';
import { arrange, type Wait, waitForWindows } from './windows.ts';

export const DEMO_CONFIG = projectFile('docs/examples/demo.toml');

const LOOK_MS = 200;
/** A frame is looked at again before it fails: a window manager clips for a moment (DESIGN 5). */
const CHECK_MS = 15_000;
const SIGHUP = 1;
const LOG_LINES = 12;

export interface DemoOptions {
  readonly configFile: string;
  readonly ownScreen: boolean;
  readonly check: boolean;
  readonly keep: boolean;
  readonly screenshot: string | undefined;
  readonly debug: boolean;
  readonly io: Io;
}

/** Returns the exit status; everything that was started has ended by then. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { io, check } = options;
  // The second time nobody wants to wait; the stage cleans up by itself.
  using ending = new Ending(() => process.exit(EXIT.failed));
  try {
    const result = await perform(options, ending);
    // The last word, when everything has been taken down.
    if (result) io.out(`${JSON.stringify(result)}\n`);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Ended) return error.status;
    const code = error instanceof UserError ? error.code : 'BUG';
    if (check) io.out(`${JSON.stringify({ ok: false, code, error: messageOf(error) })}\n`);
    throw error;
  }
}

/** What was seen, with --check. Rejects with Ended when it was ended, and with what went wrong. */
async function perform(options: DemoOptions, ending: Ending): Promise<object> {
  const { io, check } = options;
  const config = readConfig(options.configFile);
  const ownScreen = options.ownScreen || check || !io.env.DISPLAY;
  if (!ownScreen) parseDisplay(io.env.DISPLAY);
  refuseMissing(config, ownScreen, io.env);
  // npm passes no signal on when it is killed.
  if (io.env.npm_lifecycle_event !== undefined) native().setParentDeathSignal(SIGHUP);

  const say = (text: string): void => io.err(`livery demo: ${text}\n`);
  await using scope = new Scope();
  const stage = scope.own(new StageProcess(stageArguments(options, ownScreen), io.env, say));
  scope.onClose(() => say('ending everything'));
  const unlessOver = <T>(work: Promise<T>): Promise<T> =>
    ending.unlessEnded(Promise.race([work, stage.failed]));
  const ready = await unlessOver(stage.ready);
  try {
    return await play({ ...options, config, ownScreen, ready, scope, unlessOver, say });
  } catch (error) {
    if (!(error instanceof Ended)) showLogs(ready.runtimeDir, io);
    throw error;
  }
}

/** What the processes said last: their logs go with the demo. */
function showLogs(runtimeDir: string, io: Io): void {
  for (const name of ['keeper', 'daemon']) {
    let text: string;
    try {
      text = readFileSync(join(runtimeDir, `${name}.log`), 'utf8');
    } catch {
      // With --debug it has been shown already.
      continue;
    }
    const lines = text.trimEnd().split('\n').slice(-LOG_LINES);
    io.err(`the last words of the ${name}:\n${lines.map((line) => `  ${plain(line)}\n`).join('')}`);
  }
}

/** Throws UserError MISSING_PACKAGE before anything is started. */
function refuseMissing(config: Config, ownScreen: boolean, env: NodeJS.ProcessEnv): void {
  const screen = ownScreen ? missing('openbox', 'manages the windows of the demo', env) : undefined;
  const [first] = [
    ...[missing('Xvfb', 'the X server of each qube', env), screen].flatMap((one) => one ?? []),
    ...missingOf(config, env),
  ];
  if (!first) return;
  throw new UserError('MISSING_PACKAGE', `${first.program} is not installed (${first.use})`, {
    exitCode: EXIT.unavailable,
    hint: first.fix,
  });
}

/** Nobody asked for a screen of its own, and there is no other: somebody wants to see it. */
function viewWanted({ ownScreen, check, io }: DemoOptions): boolean {
  return !ownScreen && !check && !io.env.DISPLAY;
}

function stageArguments(options: DemoOptions, ownScreen: boolean): string[] {
  return [
    ...['--config', options.configFile],
    ...(ownScreen ? ['--own-screen'] : []),
    ...(viewWanted(options) ? ['--view'] : []),
    ...(options.debug ? ['--debug'] : []),
  ];
}

interface Play extends DemoOptions {
  readonly config: Config;
  readonly ready: ReadyStage;
  readonly scope: Scope;
  unlessOver<T>(work: Promise<T>): Promise<T>;
  say(text: string): void;
}

/** What was seen, for --check; without it (or with --keep) it goes on until it is ended. */
async function play(demo: Play): Promise<object> {
  const { config, ready, scope, unlessOver, say, io, check } = demo;
  const client = scope.own(ControlClient.connect(controlSocketPath(ready.runtimeDir)));
  const qubes = [...config.qubes.values()];
  say(`starting the qubes ${qubes.map(({ name }) => name).join(', ')}`);
  await unlessOver(Promise.all(qubes.map(({ name }) => client.ask('qube.start', { qube: name }))));
  const wait: Wait = { client, unlessOver, say };
  let windows = await waitForWindows(wait, qubes);
  using screen = await unlessOver(
    Screen.open(parseDisplay(ready.display), ready.xauthority ?? io.env.XAUTHORITY, config.panel),
  );
  if (demo.ownScreen) windows = await arrange(wait, screen, windows);
  let picture: Picture | undefined;
  if (check) {
    say('looking at every frame');
    ({ windows, picture } = await checkFrames(wait, screen));
  } else if (demo.screenshot !== undefined) {
    picture = await unlessOver(screen.picture());
  }
  if (picture && demo.screenshot !== undefined) writePicture(picture, demo.screenshot);
  const result = resultOf(qubes, windows, demo.screenshot);
  if (check && !demo.keep) return result;
  if (check) io.out(`${JSON.stringify(result)}\n`);
  explain(demo, windows);
  return unlessOver(new Promise<never>(() => {}));
}

/** The windows and a picture on which nothing is wrong with them. Throws UserError DEMO_FRAMES. */
async function checkFrames(
  { client, unlessOver }: Wait,
  screen: Screen,
): Promise<{ windows: WindowListing[]; picture: Picture }> {
  const until = performance.now() + CHECK_MS;
  let last: Picture | undefined;
  for (;;) {
    const windows = (await unlessOver(client.ask('windows', {}))).filter(({ mapped }) => mapped);
    const picture = await unlessOver(screen.picture());
    const faults = frameFaults(picture, windows);
    const late = performance.now() > until;
    // A program may not have drawn itself for its new size yet.
    if (faults.length === 0 && (late || last?.equals(picture))) return { windows, picture };
    last = picture;
    if (late) {
      throw new UserError('DEMO_FRAMES', `not all is as it should be:\n  ${faults.join('\n  ')}`);
    }
    await unlessOver(sleep(LOOK_MS));
  }
}

function writePicture(picture: Picture, file: string): void {
  try {
    writeFileSync(file, encodePng(picture.width, picture.height, picture.rgb));
  } catch (error) {
    throw new UserError('SCREENSHOT', `the picture cannot be written: ${messageOf(error)}`);
  }
}

function resultOf(
  qubes: readonly QubeConfig[],
  windows: readonly WindowListing[],
  screenshot: string | undefined,
): object {
  return {
    ok: true,
    qubes: qubes.map(({ name, label }) => ({
      name,
      label: label.name,
      color: colorText(label.color),
    })),
    windows: windows.map(({ qube, title, label, color, frame, content, firstPixelsMs }) => ({
      ...{ qube, title, label, color, frame, content },
      firstPixelsMs: Math.round(firstPixelsMs ?? 0),
    })),
    screenshot: screenshot ?? null,
  };
}

function viewLines(address: string): string[] {
  const port = new URL(address).port;
  return [
    'Open it in a browser on this machine, and use it there; the address is good once:',
    `  ${address}`,
    `From another machine: ssh -L ${port}:127.0.0.1:${port} HOST first.`,
  ];
}

/** What a person can do now. */
function explain({ io, ready, ownScreen, config }: Play, windows: readonly WindowListing[]): void {
  const environment = `LIVERY_RUNTIME_DIR=${ready.runtimeDir}`;
  const livery = `${environment} node ${LIVERY_SCRIPT}`;
  const [first] = config.qubes.keys();
  const lines = [
    `${windows.length} windows of ${config.qubes.size} qubes are on the screen ${ready.display}.`,
    ...(ready.view === undefined ? [] : viewLines(ready.view)),
    ...(ownScreen
      ? [
          'To look at it from another terminal:',
          `  x11vnc -localhost -display ${ready.display} -auth ${ready.xauthority}    then: vncviewer localhost`,
          `  DISPLAY=${ready.display} XAUTHORITY=${ready.xauthority} xwd -root -silent > screen.xwd`,
        ]
      : []),
    'Whose windows they are, and how to start another program:',
    `  ${livery} windows`,
    `  ${livery} run ${first} -- xterm`,
    'To take text from qube to qube: mark some in a terminal, press Ctrl+Shift+C; click into a',
    'window of another qube, press Ctrl+Shift+V, and insert it there as always (middle button).',
    'Ctrl-C ends the demo.',
  ];
  io.err(`\n${lines.join('\n')}\n`);
}
