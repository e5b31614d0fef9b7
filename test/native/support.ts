/**
 * What the tests of the addon share: a reader that collects what a stream
 * brings, descriptors that can be told apart, and child processes that run a
 * fixture on the same build of the addon.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect } from 'vitest';
import { type Fd, native, type Stream } from '../../src/native/addon.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The build that is tested, for fixtures: they cannot import TypeScript. */
export const addonPath = resolve(
  process.env['LIVERY_ADDON'] || join(root, 'native/build/Release/livery.node'),
);

export function fixture(name: string): string {
  return join(root, 'test/native/fixtures', name);
}

/** Descriptors of this process, whoever opened them. */
export function openFdCount(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Every test of the file must leave as many open descriptors as it found. */
export function expectNoLeaks(): void {
  let before = 0;
  let inProcess = 0;
  beforeEach(() => {
    before = native().openHandleCount();
    inProcess = openFdCount();
  });
  afterEach(() => {
    expect(native().openHandleCount()).toBe(before);
    expect(openFdCount()).toBe(inProcess);
  });
}

/** A folder that is gone when the scope ends. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'livery-native-'));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The next turn of the event loop, after its poll phase. */
function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

/** A descriptor that is recognised by its size wherever it turns up. */
export function numbered(size: number): Fd {
  return native().createPool(`numbered-${size}`, size);
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Reads all that comes, `readBytes` at a time, and keeps it. */
export class Reader {
  readonly stream: Stream;
  readonly failures: NodeJS.ErrnoException[] = [];
  /** Sizes of the descriptors that came, and the stream's position before and after that read. */
  readonly arrivals: { size: number; from: number; to: number }[] = [];
  bytes = Buffer.alloc(0);
  ended = false;
  calls = 0;
  drains = 0;
  #parts: Uint8Array[] = [];
  #position = 0;
  #waiting: { condition: () => boolean; done: () => void }[] = [];

  constructor(stream: Stream, readBytes = 65_536) {
    this.stream = stream;
    const into = new Uint8Array(readBytes);
    stream.start({
      readable: () => {
        this.calls += 1;
        this.#take(into);
        this.#check();
      },
      drained: () => {
        this.drains += 1;
        this.#check();
      },
      failed: (error) => {
        this.failures.push(error);
        this.#check();
      },
    });
  }

  get position(): number {
    return this.#position;
  }

  /** Resolves as soon as an event of this stream makes `condition` true. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ condition, done }));
  }

  untilBytes(count: number): Promise<void> {
    return this.until(() => this.#position >= count);
  }

  untilEnd(): Promise<void> {
    return this.until(() => this.ended);
  }

  collected(): Buffer {
    this.bytes = Buffer.concat([this.bytes, ...this.#parts]);
    this.#parts = [];
    return this.bytes;
  }

  #take(into: Uint8Array): void {
    const count = this.stream.read(into);
    const from = this.#position;
    if (count > 0) {
      this.#parts.push(into.slice(0, count));
      this.#position += count;
    }
    if (count < 0) this.ended = true;
    for (const fd of this.stream.takeFds()) {
      this.arrivals.push({ size: fd.size(), from, to: this.#position });
      fd[Symbol.dispose]();
    }
  }

  #check(): void {
    const due = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { done } of due) done();
  }
}

export interface Finished {
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `command` with the addon's path in its environment. */
export function start(
  command: string,
  args: readonly string[],
  extra: readonly (number | Readable)[] = [],
): { child: ChildProcess; finished: Promise<Finished> } {
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', ...extra];
  const child = spawn(command, [...args], {
    stdio,
    env: { ...process.env, LIVERY_ADDON: addonPath },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const finished = new Promise<Finished>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs a fixture under node; `extra` descriptors become 3, 4... */
export function runFixture(
  name: string,
  args: readonly string[] = [],
  extra: readonly number[] = [],
): Promise<Finished> {
  return start(process.execPath, ['--expose-gc', fixture(name), ...args], extra).finished;
}

/** Like runFixture, in a process that can have no more than `limit` descriptors. */
export function startLimited(
  limit: number,
  name: string,
  args: readonly string[] = [],
  extra: readonly number[] = [],
): { child: ChildProcess; finished: Promise<Finished> } {
  const line = `ulimit -n ${limit}; exec "$0" "$@"`;
  return start('/bin/sh', ['-c', line, process.execPath, fixture(name), ...args], extra);
}
