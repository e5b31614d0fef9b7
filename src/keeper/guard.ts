/**
 * The guard: a shell of one page that outlives the keeper by a moment. It holds
 * the lock on the runtime directory (so two keepers never share one), and when
 * its input ends, the keeper is gone, by whatever signal: it then ends what is
 * left of the sandboxes and removes the sockets. The sandboxes die with the
 * keeper even without it (they asked the kernel for that); the guard closes the
 * gap of that mechanism, a sandbox that was just being made, and does what a
 * dead process cannot.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/** flock's exit code when the lock is somebody else's. */
const LOCKED_CODE = 75;
/** A guard of a keeper that has just been killed needs some milliseconds to clean up. */
const LOCK_WAIT_SECONDS = 5;
/** A guard that is ended again and again is not replaced for ever. */
const MAX_RESTARTS = 8;

/**
 * $1 = the runtime directory, $2 = `fresh` to remove what an earlier keeper left,
 * $MARK = a word that stands in the arguments of every process that makes a
 * sandbox. Such a process is found at any stage of its making, and killing it
 * ends what it made. Only names that the keeper makes are removed, in a
 * directory that only this user can write to.
 */
const SCRIPT = `
cd -- "$1" || exit 1
trap '' HUP INT QUIT TERM
sweep() {
  rm -f keeper.sock
  for directory in qubes/*/; do
    [ -d "$directory" ] || continue
    rm -f "$directory"vchan.*.sock "$directory".made
    rmdir "$directory"
  done
}
[ "$2" = fresh ] && sweep
echo locked
while read -r _; do :; done
rounds=0
while [ "$rounds" -lt 100 ]; do
  found=$(printf '%s' "$MARK" | grep -lsF -f - /proc/[0-9]*/cmdline)
  [ -n "$found" ] || break
  for file in $found; do
    process=\${file#/proc/}
    kill -s KILL "\${process%/cmdline}" 2>/dev/null
  done
  rounds=$((rounds + 1))
done
sweep
`;

export interface GuardTools {
  readonly flock: string;
  readonly sh: string;
}

type GuardProcess = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

export class Guard implements AsyncDisposable {
  readonly #tools: GuardTools;
  readonly #runtimeDir: string;
  readonly #log: Log;
  /** Stands in the arguments of every sandbox of this keeper; nobody else can guess it. */
  readonly mark = `livery-${randomBytes(12).toString('hex')}`;
  #process: GuardProcess | undefined;
  #restarts = 0;
  #closing = false;

  private constructor(tools: GuardTools, runtimeDir: string, log: Log) {
    this.#tools = tools;
    this.#runtimeDir = runtimeDir;
    this.#log = log;
  }

  /**
   * Takes the lock and removes what a dead keeper left in `runtimeDir`, whose
   * `qubes` directory must exist. Throws UserError KEEPER_RUNNING when another
   * keeper has the lock.
   */
  static async start(tools: GuardTools, runtimeDir: string, log: Log): Promise<Guard> {
    const guard = new Guard(tools, runtimeDir, log);
    await guard.#launch('fresh');
    return guard;
  }

  async #launch(mode: 'fresh' | 'again'): Promise<void> {
    const { flock, sh } = this.#tools;
    const lock = ['-w', `${LOCK_WAIT_SECONDS}`, '-E', `${LOCKED_CODE}`, '-F'];
    const script = [sh, '-c', SCRIPT, 'livery-guard', this.#runtimeDir, mode];
    // Detached: the terminal's Ctrl-C is for the keeper, which then tells the guard.
    const child = spawn(flock, [...lock, join(this.#runtimeDir, 'qubes'), ...script], {
      cwd: '/',
      detached: true,
      env: { PATH: process.env.PATH, MARK: this.mark },
      stdio: ['pipe', 'pipe', 'ignore'],
    }) as GuardProcess;
    child.stdin.on('error', () => {});
    this.#process = child;
    await locked(child);
    child.once('exit', () => void this.#onExit(child));
    child.stdout.destroy();
  }

  async #onExit(child: GuardProcess): Promise<void> {
    if (this.#closing || child !== this.#process) return;
    this.#process = undefined;
    while (!this.#closing && this.#restarts++ < MAX_RESTARTS) {
      this.#log.warn({}, 'the guard ended and is started again');
      try {
        await this.#launch('again');
        return;
      } catch (error) {
        this.#log.warn({ error: messageOf(error) }, 'the guard did not start');
      }
    }
    if (this.#closing) return;
    this.#log.error({}, 'the guard ended again; sockets of a killed keeper will stay behind');
  }

  /** Lets it clean up and gives the lock back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await exited;
  }
}

/** Resolves with the guard's first word, rejects when it ends without one. */
function locked(child: GuardProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => {
      if (code === LOCKED_CODE) reject(keeperRuns());
      else reject(new UserError('GUARD_FAILED', `the keeper's guard ended with code ${code}`));
    });
  });
}

export function keeperRuns(): UserError {
  return new UserError('KEEPER_RUNNING', 'a keeper is already running for this user', {
    exitCode: EXIT.failed,
    hint: 'use that one (livery qube list), or end it with SIGTERM first',
  });
}
