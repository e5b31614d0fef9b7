/**
 * Starts an X server of ours: Xvfb, or Xvnc (TigerVNC) where there must be
 * several monitors. Always with a cookie of its own, never listening on TCP or
 * on an abstract socket (which ignores file permissions and mount namespaces).
 * It is told its number: with `-displayfd` and without abstract sockets a
 * server neither locks nor probes and takes over the socket of display 0. It
 * ends with this process, also when this process is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EXIT, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { native } from '../native/addon.ts';
import { type Display, localDisplay } from './display.ts';
import type { FramebufferFile } from './framebuffer-file.ts';
import { type Cookie, writeCookieFile } from './xauthority.ts';

export interface XServerOptions {
  readonly kind: 'xvfb' | 'xvnc';
  /** Pixels, 1..16384. */
  readonly width: number;
  readonly height: number;
  /** Makes an Xvfb that can be given other sizes (resizable-screen.ts); an Xvnc always can. */
  readonly framebuffer?: FramebufferFile | undefined;
  /** Where the cookie file goes; made (0700) if it is not there. */
  readonly directory: string;
  /** A fixed display number; default: a free one. */
  readonly displayNumber?: number;
  /** Dots per inch that programs are told; default 96. */
  readonly dpi?: number;
  /** How long it may take to start, in ms. */
  readonly timeoutMs?: number;
}

export interface XServer extends AsyncDisposable {
  readonly display: Display;
  /** `:N`, for DISPLAY. */
  readonly displayName: string;
  /** The cookie file, for XAUTHORITY. */
  readonly xauthority: string;
  readonly cookie: Cookie;
  readonly pid: number;
  /** Resolves with one line when the server has ended, for whatever reason. */
  readonly exited: Promise<string>;
  /** Ends it and waits: asks first, kills after 2 s. */
  stop(): Promise<void>;
}

const BINARY = { xvfb: 'Xvfb', xvnc: 'Xvnc' } as const;
const PACKAGE = { xvfb: 'xvfb', xvnc: 'tigervnc-standalone-server' } as const;
const DEFAULT_TIMEOUT_MS = 15_000;
const STOP_MS = 2_000;
const POLL_MS = 15;
const MAX_STDERR_CHARS = 4_000;
const MAX_TRIES = 30;
/** Above what people number by hand, and far from what `-displayfd` servers take. */
const FIRST_NUMBER = 100;
const LAST_NUMBER = 4_000;
/** From util-linux: the kernel ends the server when its parent dies; by TERM, so that it removes its socket. */
const SETPRIV = '/usr/bin/setpriv';

/** Rejects with UserError X_SERVER (missing program, no start within the time limit, its own words). */
export async function startXServer(options: XServerOptions): Promise<XServer> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const xauthority = join(options.directory, 'Xauthority');
  const cookie = writeCookieFile(xauthority);
  let outcome: Start | undefined;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const display = localDisplay(options.displayNumber ?? freeNumber());
    makeSocketDirectory(display);
    outcome = await startOne(options, display, xauthority);
    if ('child' in outcome) return runningServer(outcome, display, xauthority, cookie);
    if (!outcome.taken || options.displayNumber !== undefined) break;
  }
  const reason = outcome && !('child' in outcome) ? outcome.reason : 'no free display number';
  throw new UserError('X_SERVER', `${BINARY[options.kind]} did not start: ${reason}`, {
    exitCode: EXIT.unavailable,
    hint: `check that the package ${PACKAGE[options.kind]} is installed`,
  });
}

type Start =
  | { readonly child: ChildProcess; readonly exited: Promise<string> }
  | { readonly taken: boolean; readonly reason: string };

async function startOne(
  options: XServerOptions,
  display: Display,
  xauthority: string,
): Promise<Start> {
  const argv = commandLine(options, display, xauthority);
  const [program, ...args] = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'TERM', '--', ...argv]
    : argv;
  const child = spawn(program as string, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: options.directory },
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_STDERR_CHARS);
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `status ${code}`));
  });
  const failure = await untilServing(
    child,
    display,
    exited,
    options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  );
  if (failure === undefined) return { child, exited };
  child.kill('SIGKILL');
  const last = said.trim().split('\n').slice(-3).join(' / ');
  return {
    taken: /already active|already running|establish any listening/i.test(said),
    reason: last ? `${failure}; it said: ${escapeText(last, 400)}` : failure,
  };
}

/** Undefined when `child` itself answers at the display's socket, else why not. */
function untilServing(
  child: ChildProcess,
  display: Display,
  exited: Promise<string>,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const started = performance.now();
    let ended = false;
    void exited.then((how) => {
      ended = true;
      resolve(how);
    });
    const look = (): void => {
      if (ended) return;
      if (servedBy(display) === child.pid) resolve(undefined);
      else if (performance.now() - started > timeoutMs) resolve(`not ready within ${timeoutMs} ms`);
      else setTimeout(look, POLL_MS);
    };
    look();
  });
}

/** The process that listens at the display's socket (as the kernel says), if any. */
function servedBy(display: Display): number | undefined {
  if (!existsSync(display.path)) return undefined;
  try {
    using stream = native().connectUnix(display.path);
    return stream.peerCredentials().pid;
  } catch {
    return undefined;
  }
}

function commandLine(options: XServerOptions, display: Display, xauthority: string): string[] {
  const size = `${options.width}x${options.height}`;
  const { framebuffer } = options;
  const { width, height } = framebuffer?.largest ?? options;
  return [
    ...[BINARY[options.kind], `:${display.number}`, '-auth', xauthority],
    ...['-nolisten', 'tcp', '-nolisten', 'local', '-noreset', '-s', '0'],
    ...['-dpi', String(options.dpi ?? 96)],
    ...(options.kind === 'xvfb'
      ? [
          '-screen',
          '0',
          `${width}x${height}x24`,
          ...(framebuffer ? ['-fbdir', framebuffer.directory] : []),
        ]
      : ['-geometry', size, '-depth', '24', '-rfbport', '-1', '-SecurityTypes', 'None']),
  ];
}

/** A number with neither a lock nor a socket; the server's own lock settles a race. */
function freeNumber(): number {
  for (let attempt = 0; attempt < LAST_NUMBER; attempt++) {
    const number = randomInt(FIRST_NUMBER, LAST_NUMBER);
    if (!existsSync(`/tmp/.X${number}-lock`) && !existsSync(localDisplay(number).path)) {
      return number;
    }
  }
  return FIRST_NUMBER;
}

/** A server that is not root does not make it. */
function makeSocketDirectory(display: Display): void {
  const directory = dirname(display.path);
  if (existsSync(directory)) return;
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o1777);
}

function runningServer(
  start: { child: ChildProcess; exited: Promise<string> },
  display: Display,
  xauthority: string,
  cookie: Cookie,
): XServer {
  const { child, exited } = start;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  };
  return {
    display,
    displayName: `:${display.number}`,
    xauthority,
    cookie,
    pid: child.pid as number,
    exited,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
