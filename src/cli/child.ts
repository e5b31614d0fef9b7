/**
 * A process of Livery (or one that it needs) as a child: started, waited for
 * until it says `ready`, and ended with certainty.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXIT, UserError } from '../base/errors.ts';

/** The program that this is, compiled: started again for every other process. */
export const LIVERY_SCRIPT = fileURLToPath(new URL('../bin/livery.js', import.meta.url));

const TERM_MS = 5_000;
const MAX_SAID_CHARS = 8_000;

export interface ChildOptions {
  /** Who it is, in messages: `the daemon`. */
  readonly name: string;
  /** Program and arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** Where its standard error goes; undefined = ours. */
  readonly logFile: string | undefined;
  /** A pipe as descriptor 3 that closes when this process ends, however it ends. */
  readonly lifeline?: boolean;
  /** In a session of its own, living on when this process ends. */
  readonly detached?: boolean;
}

export class Child implements AsyncDisposable {
  readonly name: string;
  /** Resolves with how it ended: `status 1`, `signal SIGKILL`, or why it did not start. */
  readonly exited: Promise<string>;
  readonly #process: ChildProcess;
  readonly #logFile: string | undefined;
  #over = false;

  constructor(options: ChildOptions) {
    const { name, argv, env, logFile } = options;
    const [file, ...args] = argv;
    this.name = name;
    this.#logFile = logFile;
    const log = logFile === undefined ? 'inherit' : openSync(logFile, 'a', 0o600);
    this.#process = spawn(file, args, {
      env,
      cwd: '/',
      detached: options.detached === true,
      stdio: ['ignore', 'pipe', log, ...(options.lifeline ? ['pipe' as const] : [])],
    });
    if (typeof log === 'number') closeSync(log);
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) =>
        resolve(signal === null ? `status ${code}` : `signal ${signal}`),
      );
    });
    void this.exited.then(() => {
      this.#over = true;
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when it says `ready`; rejects with UserError CHILD_FAILED and its last words when it ends first. */
  async ready(): Promise<void> {
    await this.line(/^ready$/);
  }

  /** Resolves with the first whole line of its output that fits; rejects as `ready` does. For one use. */
  async line(pattern: RegExp): Promise<string> {
    const out = this.#process.stdout;
    const said = new Promise<{ readonly line: string }>((resolve) => {
      let text = '';
      out?.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        const line = lines.find((one) => pattern.test(one));
        if (line !== undefined) resolve({ line });
      });
    });
    const outcome = await Promise.race([said, this.exited]);
    if (typeof outcome === 'string') throw this.failure(outcome);
    return outcome.line;
  }

  /** That it ended as `how`, as an error with what it said last. */
  failure(how: string): UserError {
    const words = this.#lastWords();
    const [message = '', hint] = words;
    // A child of ours ends as any command: what is wrong, what to do, and its status.
    if (message.startsWith('livery: ')) {
      const status = Object.values(EXIT).find((code) => how === `status ${code}`);
      return new UserError('CHILD_FAILED', message.slice('livery: '.length), {
        exitCode: status || EXIT.failed,
        ...(hint?.startsWith('  ') ? { hint: hint.trim() } : {}),
      });
    }
    const said = message === '' ? '' : `; it said: ${words.join(' / ')}`;
    return new UserError('CHILD_FAILED', `${this.name} ended (${how})${said}`);
  }

  /** The last error of its log and what follows it, at most three lines. */
  #lastWords(): string[] {
    if (this.#logFile === undefined) return [];
    let text = '';
    try {
      text = readFileSync(this.#logFile, 'utf8').slice(-MAX_SAID_CHARS);
    } catch {
      return [];
    }
    const lines = text.split('\n').filter((line) => line !== '');
    const error = lines.findLastIndex((line) => line.startsWith('livery: '));
    return error >= 0 ? lines.slice(error, error + 3) : lines.slice(-3);
  }

  /** It is no longer needed to keep this process alive. */
  letGo(): void {
    this.#process.stdout?.destroy();
    this.#process.unref();
  }

  /** SIGTERM, and SIGKILL when that does not help within 5 s; waits for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over || this.#process.pid === undefined) return;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), TERM_MS);
    await this.exited;
    clearTimeout(timer);
  }
}
