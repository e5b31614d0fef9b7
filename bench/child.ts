/**
 * A program that the benchmark starts and ends: by its number, when it is no
 * longer needed, and by the kernel when this process is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** From util-linux: the kernel ends the program when its parent dies. */
const SETPRIV = '/usr/bin/setpriv';
const END_MS = 5000;
const READY_MS = 60_000;

export interface ChildOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** A pipe as descriptor 3 that closes with this process; else the kernel ends it with us. */
  readonly lifeline?: boolean;
}

export class Child implements AsyncDisposable {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<string>;
  #over = false;
  #out = '';
  #err = '';
  #look: (() => void) | undefined;

  constructor({ name, argv, env, lifeline = false }: ChildOptions) {
    this.name = name;
    const around = !lifeline && existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'TERM', '--'] : [];
    const [program = '', ...args] = [...around, ...argv];
    this.process = spawn(program, args, {
      env,
      stdio: ['pipe', 'pipe', 'pipe', ...(lifeline ? (['pipe'] as const) : [])],
    });
    this.process.stdin?.on('error', () => {});
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err = (this.#err + text).slice(-4000);
    });
    this.ended = new Promise((resolve) => {
      this.process.once('error', (error) => resolve(error.message));
      // Not `close`: what it has started may keep its output open.
      this.process.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
    });
    void this.ended.then(() => {
      this.#over = true;
      this.#look?.();
    });
  }

  get pid(): number {
    return this.process.pid as number;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Resolves when it says the line `ready`. */
  async ready(): Promise<void> {
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#look?.();
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#look?.();
    }, READY_MS);
    await new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.#over || late || /^ready$/m.test(this.#out)) resolve();
      };
      this.#look();
    });
    clearTimeout(timer);
    if (this.#over || late) throw new Error(this.failure());
  }

  /** What it said last, for messages. */
  failure(): string {
    const how = this.#over ? 'ended' : 'does not become ready';
    return `${this.name} ${how}; it said: ${this.#err.trim().slice(-1500)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), END_MS);
    await this.ended;
    clearTimeout(timer);
  }
}
