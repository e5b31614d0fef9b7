/**
 * The real `livery demo` as a child, watched from outside: every process that
 * comes from it is noted while it runs, and everything it leaves can be named.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve('dist/bin/livery.js');
const LOOK_MS = 50;

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Ticks since boot; with the pid it names one process for ever. */
  readonly started: string;
  readonly command: string;
}

function processAt(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing; its parent has not looked yet.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), started: fields[19] ?? '', command };
  } catch {
    return undefined;
  }
}

function allProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processAt(Number(name)) ?? []);
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

interface DemoRunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The child is not the demo but a process that started it, as npm does. */
  readonly between?: boolean;
  /** Files in the directory in which it runs. */
  readonly files?: Readonly<Record<string, string>>;
}

export class DemoRun implements Disposable {
  /** Where its runtime directory is made; its name marks all that belongs to this run. */
  readonly base = mkdtempSync(join(tmpdir(), 'livery-e2e-'));
  readonly child: ChildProcess;
  /** It ended; what it started may still hold its output open. */
  readonly exited: Promise<NodeJS.Signals | number | null>;
  /** It ended, and everything that it said has come. */
  readonly closed: Promise<NodeJS.Signals | number | null>;
  out = '';
  err = '';
  readonly #seen = new Map<string, Process>();
  readonly #family = new Set<number>();
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();

  constructor(args: readonly string[], options: DemoRunOptions = {}) {
    const { env = {}, between = false, files = {} } = options;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.base, name), text);
    const demo = [SCRIPT, 'demo', ...args];
    const starter = `require('child_process').spawn(process.execPath, ${JSON.stringify(demo)}, { stdio: 'inherit' })`;
    this.child = spawn(process.execPath, between ? ['-e', starter] : demo, {
      cwd: this.base,
      env: { PATH: process.env.PATH, XDG_RUNTIME_DIR: this.base, HOME: this.base, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#family.add(this.child.pid ?? 0);
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.out += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.err += chunk.toString();
      for (const listener of this.#listeners) listener();
    });
    const when = (event: 'exit' | 'close'): DemoRun['exited'] =>
      new Promise((done) => {
        this.child.on(event, (code, signal) => done(signal ?? code));
      });
    this.exited = when('exit');
    this.closed = when('close');
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Resolves when standard error holds `text`; rejects when the demo ends first. */
  async said(text: string): Promise<void> {
    if (this.err.includes(text)) return;
    const heard = new Promise<void>((done) => {
      this.#listeners.add(() => {
        if (this.err.includes(text)) done();
      });
    });
    const ended = this.closed.then(() => {
      if (!this.err.includes(text))
        throw new Error(`the demo ended before "${text}":\n${this.err}`);
    });
    await Promise.race([heard, ended]);
  }

  /** Processes, directories and sockets of this run that are there now; empty = nothing left. */
  leftovers(): string[] {
    this.#look();
    const left: string[] = [];
    for (const one of this.#seen.values()) {
      const now = processAt(one.pid);
      if (now && now.started === one.started) left.push(`process ${one.pid}: ${now.command}`);
    }
    left.push(...readdirSync(this.base).map((name) => `file ${join(this.base, name)}`));
    for (const display of this.#displays()) {
      const paths = [`/tmp/.X11-unix/X${display}`, `/tmp/.X${display}-lock`];
      left.push(...paths.filter((path) => existsSync(path)).map((path) => `socket ${path}`));
    }
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    left.push(...mounts.filter((line) => line.includes(this.base)).map((line) => `mount ${line}`));
    return left;
  }

  /** How many processes have come from this run so far. */
  get processCount(): number {
    return this.#seen.size;
  }

  /** Children of children, and whoever carries this run's directory in arguments or environment. */
  #look(): void {
    const processes = allProcesses();
    let grown = true;
    while (grown) {
      grown = false;
      for (const one of processes) {
        if (this.#family.has(one.pid)) continue;
        const marked =
          one.command.includes(this.base) || environmentOf(one.pid).includes(this.base);
        if (!this.#family.has(one.parent) && !marked) continue;
        this.#family.add(one.pid);
        grown = true;
      }
    }
    for (const one of processes) {
      if (this.#family.has(one.pid)) this.#seen.set(`${one.pid} ${one.started}`, one);
    }
  }

  /** Displays of dom0's side; those in sandboxes have sockets of their own. */
  #displays(): Set<string> {
    const displays = new Set<string>();
    for (const { command } of this.#seen.values()) {
      const match = /Xvfb :(\d+) -auth (\S+)/.exec(command);
      if (match?.[1] && match[2]?.startsWith(this.base)) displays.add(match[1]);
    }
    return displays;
  }

  /** Ends what is left, so that a failed test disturbs no other. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const one of this.#seen.values()) {
      if (processAt(one.pid)?.started !== one.started) continue;
      try {
        process.kill(one.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    rmSync(this.base, { recursive: true, force: true });
  }
}
