/**
 * Runs the programs that set-up, checks and tests are made of. Each gets a
 * process group of its own and no standard input; when we are told to end, all
 * of them are, and when one takes longer than its limit its whole group is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitGroupEnd } from './process-group.mjs';

/** A failure that the person at the keyboard is told in a few lines, without a stack trace. */
export class SetupError extends Error {
  /** @param {string} message @param {number} [exitCode] 3 = something that is needed is missing */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}

/**
 * @typedef {object} Result
 * @property {number} code the exit code; 128 + n for signal n, 127 when it could not be started
 * @property {string} output what it wrote to both outputs, the last of it, if captured
 * @property {boolean} late its time was over and it was ended
 * @property {readonly string[]} left processes of its group that were still alive a while after it
 *   ended; they are killed
 */

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] added to ours
 * @property {boolean} [show] both outputs go to our standard error instead of `output`
 * @property {number} [limitSeconds]
 * @property {number} [outputLimit] characters of output that are kept, a million if not given
 * @property {boolean} [gently] on a signal only the program itself is told, by SIGINT, and not waited
 *   for: dpkg in the middle of its work is left to finish it
 */

const OUTPUT_LIMIT = 1 << 20;
const GRACE_MS = 10_000;
/** How long the processes that a program started may take to follow it. */
const FOLLOW_MS = 5_000;
const DRAIN_MS = 1_000;

/** @type {Map<import('node:child_process').ChildProcess, boolean>} child to `gently` */
const running = new Map();

/** @param {number | undefined} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** @param {NodeJS.Signals | null} signal */
function numberOf(signal) {
  return signal === null ? 0 : system.signals[signal];
}

let ending = false;

/** @param {NodeJS.Signals} signal */
async function endAll(signal) {
  if (ending) return;
  ending = true;
  const ends = [];
  for (const [child, gently] of running) {
    if (gently) {
      child.kill('SIGINT');
    } else {
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS).unref();
      if (child.exitCode === null && child.signalCode === null) ends.push(once(child, 'exit'));
    }
  }
  await Promise.all(ends);
  process.exit(128 + numberOf(signal));
}

/** @type {NodeJS.Signals[]} */
const fatal = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of fatal) process.on(signal, () => void endAll(signal));

/** The descriptor of the set-up's lock, for the child to hold as well; see setup.sh. */
function lockDescriptor() {
  const word = process.env.LIVERY_SETUP_LOCK;
  return word === undefined ? [] : [Number(word)];
}

/**
 * Runs a program to its end. Never throws for what the program does.
 * @param {string} command @param {readonly string[]} args @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export async function run(command, args, options = {}) {
  const { gently = false, show = false, outputLimit = OUTPUT_LIMIT } = options;
  const output = show ? 2 : 'pipe';
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ['ignore', output, output, ...(gently ? [] : lockDescriptor())],
  });
  running.set(child, gently);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(-outputLimit);
    });
  }
  const closed = new Promise((resolve) => child.once('close', resolve));
  let late = false;
  const timers = [];
  if (options.limitSeconds !== undefined) {
    const limitMs = options.limitSeconds * 1000;
    timers.push(
      setTimeout(() => {
        late = true;
        signalGroup(child.pid, 'SIGTERM');
      }, limitMs),
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), limitMs + GRACE_MS),
    );
  }
  /** @type {number} */
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      text += `${command}: ${error.message}\n`;
      resolve(127);
    });
    child.once('exit', (exit, signal) => resolve(exit ?? 128 + numberOf(signal)));
  });
  for (const timer of timers) clearTimeout(timer);
  const left = gently || child.pid === undefined ? [] : await awaitGroupEnd(child.pid, FOLLOW_MS);
  if (left.length > 0) signalGroup(child.pid, 'SIGKILL');
  // What is in the pipes is read, but a daemon that keeps them open is not waited for.
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  running.delete(child);
  return { code, output: text, late, left };
}

/**
 * Where a program is, or undefined.
 * @param {string} program @param {string} [path]
 */
export function findProgram(program, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, program);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Seconds since `startMs` of performance.now(), as people read them. @param {number} startMs */
export function secondsSince(startMs) {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
}
