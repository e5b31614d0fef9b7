/**
 * The compiled `livery` program as a child of a test: what it says is kept, it
 * ends when the test's process ends, and it is signalled by its number only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../wait.ts';
import { type ProcessId, processOf } from './processes.ts';

const SCRIPT = fileURLToPath(new URL('../../../dist/bin/livery.js', import.meta.url));
/** Longer than a keeper waits for its qubes before it makes them end. */
const END_MS = 30_000;

export interface Ended {
  /** The exit status; null when it was ended by `signal`. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  /** It is told by a pipe (--parent-pipe) when this process is gone. */
  readonly lifeline?: boolean;
  /** What runs it: default this node. For `setpriv` and the like. */
  readonly launcher?: readonly string[];
}

export class LiveryProcess implements AsyncDisposable {
  readonly words: string;
  readonly id: ProcessId;
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #out = '';
  #err = '';
  #over = false;

  constructor(args: readonly string[], { env, lifeline, launcher = [] }: StartOptions) {
    const own = lifeline ? ['--parent-pipe', '3'] : [];
    const argv = [...launcher, process.execPath, SCRIPT, ...args, ...own];
    this.words = `livery ${args.join(' ')}`;
    this.#child = spawn(argv[0] as string, argv.slice(1), {
      env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe', ...(lifeline ? ['pipe' as const] : [])],
    });
    const { stdout, stderr, pid } = this.#child;
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status, signal) => {
        this.#over = true;
        resolve({ status, signal, out: this.#out, err: this.#err });
      });
    });
    this.ended.catch(() => {});
    const id = pid === undefined ? undefined : processOf(pid);
    if (!id) throw new Error(`${this.words} cannot be started`);
    this.id = id;
  }

  get pid(): number {
    return this.id.pid;
  }

  get over(): boolean {
    return this.#over;
  }

  get out(): string {
    return this.#out;
  }

  /** What it said on standard error so far: its log. */
  get err(): string {
    return this.#err;
  }

  /** Resolves when it says `ready`. */
  async ready(): Promise<void> {
    const said = (): boolean => /^ready$/m.test(this.#out);
    try {
      await waitUntil(said, `${this.words} is ready`, { until: this.ended, limitMs: 30_000 });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it said: ${this.#err.slice(-2000)}`);
    }
  }

  /** Resolves when its log has a line that fits. */
  said(pattern: RegExp): Promise<string> {
    const look = (): string | undefined => pattern.exec(this.#err)?.[0];
    return waitUntil(look, `${this.words} says ${pattern}`, { until: this.ended });
  }

  signal(name: NodeJS.Signals): void {
    if (this.#over) return;
    try {
      process.kill(this.pid, name);
    } catch (error) {
      // It has ended, and we have not been told yet.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Waits for its end for some seconds; more is a failure. */
  async end(): Promise<Ended> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.signal('SIGKILL');
    }, END_MS);
    const ended = await this.ended;
    clearTimeout(timer);
    if (late) throw new Error(`${this.words} did not end; it said: ${ended.err.slice(-2000)}`);
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    await this.end();
  }
}

/** Runs one command to its end. */
export function livery(args: readonly string[], options: StartOptions): Promise<Ended> {
  return new LiveryProcess(args, options).end();
}
