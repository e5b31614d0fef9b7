/**
 * A real keeper process of a test, in a runtime directory of its own, and what
 * of its processes can be seen from outside.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Scope } from '../../../src/base/scope.ts';
import { KeeperClient } from '../../../src/keeper/client.ts';
import { eventually } from '../../rig/eventually.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/keeper.mjs', import.meta.url));

/** An agent's stand-in: says that it listens and ends with its standard input. */
const WAITING = ['/bin/sh', '-c', 'echo ready; read -r _'];
/** One that ends only when it is killed. */
export const STUBBORN = ['/bin/sh', '-c', 'sleep 100000 & echo ready; while :; do wait; done'];
export const THREE_QUBES = ['work', 'untrusted', 'vault']
  .map((name) => `[qube.${name}]\nlabel = "blue"\n`)
  .join('');

export interface KeeperSetup {
  readonly config?: string;
  readonly runtimeDir?: string;
  /** An agent's stand-in; null for the agent itself. */
  readonly command?: readonly string[] | null;
  readonly graceMs?: number;
  /** Program and arguments that run the keeper. */
  readonly around?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class KeeperProcess implements AsyncDisposable {
  readonly runtimeDir: string;
  readonly child: ChildProcess;
  /** [exit code, signal] */
  readonly exited: Promise<readonly [number | null, string | null]>;
  /** Standard output without the first line that says it listens. */
  output = '';
  log = '';
  readonly #scope = new Scope();

  private constructor(setup: KeeperSetup) {
    this.runtimeDir = setup.runtimeDir ?? mkdtempSync(join(tmpdir(), 'lk-'));
    if (setup.runtimeDir === undefined) {
      this.#scope.onClose(() => rmSync(this.runtimeDir, { recursive: true, force: true }));
    }
    const { config = THREE_QUBES, command = WAITING, graceMs = 300 } = setup;
    const { runtimeDir } = this;
    // The pipe lets the keeper end with a runner that was stopped in the middle of a test.
    const options = { config, graceMs, runtimeDir, parentPipeFd: 3, command: command ?? undefined };
    const words = [...(setup.around ?? []), process.execPath, FIXTURE, JSON.stringify(options)];
    const [file = '', ...args] = words;
    this.child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...setup.env },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
    this.exited = new Promise((resolve) => {
      this.child.once('close', (...end) => resolve(end));
    });
  }

  /** A keeper that listens. */
  static async start(setup: KeeperSetup = {}): Promise<KeeperProcess> {
    const keeper = new KeeperProcess(setup);
    const listening = new Promise<void>((resolve, reject) => {
      (keeper.child.stdout as Readable).on('data', () => {
        if (keeper.output.startsWith('listening\n')) resolve();
      });
      void keeper.exited.then(() => reject(new Error(`no keeper: ${keeper.output}${keeper.log}`)));
    });
    try {
      await listening;
    } catch (error) {
      await keeper[Symbol.asyncDispose]();
      throw error;
    }
    return keeper;
  }

  /** One that is expected not to listen: what it says, and its exit code. */
  static async fail(
    setup: KeeperSetup,
  ): Promise<{ code: string; message: string; hint?: string; exitCode: number | null }> {
    await using keeper = new KeeperProcess(setup);
    const [exitCode] = await keeper.exited;
    return { ...JSON.parse(keeper.output), exitCode };
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** A client that is closed with this keeper. */
  async connect(): Promise<KeeperClient> {
    return this.#scope.own(await KeeperClient.connect(this.runtimeDir));
  }

  /** The parent's end of the pipe that the keeper was given as descriptor 3. */
  get parentPipe(): Readable {
    return this.child.stdio[3] as Readable;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Everything below the runtime directory. */
  files(): string[] {
    return readdirSync(this.runtimeDir, { recursive: true, encoding: 'utf8' }).sort();
  }

  /** Ends it the hard way, if it has not ended, and waits until its guard is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    const rest = descendants(this.pid);
    this.child.kill('SIGKILL');
    await this.exited;
    await allGone(rest);
    await this.#scope[Symbol.asyncDispose]();
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot at its start: tells two users of one number apart. */
  readonly started: string;
  readonly state: string;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        const [state = '', parent = ''] = fields;
        return [{ pid: Number(name), parent: Number(parent), started: fields[19] ?? '', state }];
      } catch {
        return [];
      }
    });
}

/** Every process below `root`, at any depth. */
export function descendants(root: number): Process[] {
  const all = processes();
  const found: Process[] = [];
  for (let parents = [root]; parents.length > 0; ) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map(({ pid }) => pid);
  }
  return found;
}

/** Which of `list` still run. */
export function stillThere(list: readonly Process[]): Process[] {
  const now = processes().filter(({ state }) => state !== 'Z');
  return list.filter(({ pid, started }) =>
    now.some((one) => one.pid === pid && one.started === started),
  );
}

/** Resolves when none of `list` runs any more. */
export async function allGone(list: readonly Process[]): Promise<void> {
  await eventually(
    () => (stillThere(list).length === 0 ? true : undefined),
    `the end of ${list.map(({ pid }) => pid).join(', ')}`,
  );
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Every process of the machine with `word` in its arguments. */
export function carrying(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(Number(pid)).includes(word));
}

/** The guard of a keeper. */
export function guardOf(keeper: KeeperProcess): Process | undefined {
  return descendants(keeper.pid).find(({ pid }) => commandOf(pid).includes('echo locked'));
}

/** Kills the guard as often as it is replaced, until the keeper gives up. */
export async function killGuards(keeper: KeeperProcess): Promise<void> {
  while (!keeper.log.includes('ended again')) {
    const guard = guardOf(keeper);
    if (guard) {
      process.kill(guard.pid, 'SIGKILL');
      await allGone([guard]);
    }
    await eventually(
      () => (guardOf(keeper) || keeper.log.includes('ended again') ? true : undefined),
      'another guard, or the last',
    );
  }
}

export function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`);
}
