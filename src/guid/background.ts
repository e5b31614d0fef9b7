/**
 * The start in the background: the daemon is this program again, in a session
 * of its own, with its log, a pipe on which it says that the agent is
 * connected, and the lock of the start. Whoever started us waits for that as
 * long as guid.conf says; a daemon that was given up does not live on.
 */
import { spawn } from 'node:child_process';
import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Fd } from '../native/addon.ts';

/** Names the descriptors of the pipe and of the lock in the child. */
export const CHILD_VARIABLE = 'LIVERY_GUID_CHILD';
const READY_FD = 3;
const LOCK_FD = 4;
/** Not waited for: only a start that fails at once is noticed. */
const NO_WAIT_MS = 1000;
/** For its end. */
const END_MS = 3000;

export interface Inherited {
  readonly ready: number;
  readonly lock: number;
}

/** Undefined = this process was not started by us. */
export function inheritedBy(env: NodeJS.ProcessEnv): Inherited | undefined {
  return env[CHILD_VARIABLE] === `${READY_FD},${LOCK_FD}`
    ? { ready: READY_FD, lock: LOCK_FD }
    : undefined;
}

export interface BackgroundStart {
  readonly script: string;
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where it runs. */
  readonly directory: string;
  readonly log: Fd;
  readonly lock: Fd;
  /** Seconds; 0 or less = do not wait for the agent. */
  readonly timeout: number;
  /** Told when it is no success. */
  say(line: string): void;
}

export async function startInBackground(start: BackgroundStart): Promise<ExitCode> {
  const child = spawn(process.execPath, [start.script, ...start.words], {
    cwd: start.directory,
    env: { ...start.env, [CHILD_VARIABLE]: `${READY_FD},${LOCK_FD}` },
    detached: true,
    stdio: ['ignore', start.log.number, start.log.number, 'pipe', start.lock.number],
  });
  const waits = start.timeout > 0;
  const outcome = await new Promise<'ready' | 'ended' | 'late'>((resolve) => {
    const timer = setTimeout(() => resolve('late'), waits ? start.timeout * 1000 : NO_WAIT_MS);
    const settle = (how: 'ready' | 'ended'): void => {
      clearTimeout(timer);
      resolve(how);
    };
    child.once('error', () => settle('ended'));
    child.once('exit', () => settle('ended'));
    child.stdio[READY_FD]?.once('data', () => settle('ready'));
  });
  child.stdio[READY_FD]?.destroy();
  if (outcome === 'ready') return EXIT.ok;
  if (outcome === 'ended') {
    start.say('the daemon ended while it started; its log says why');
    return EXIT.failed;
  }
  if (!waits) return EXIT.ok;
  start.say(`the agent did not appear within ${start.timeout} s; the daemon is ended`);
  // By its number: it is our child and was not waited for yet.
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
  return EXIT.failed;
}
