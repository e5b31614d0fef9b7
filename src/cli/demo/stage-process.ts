/**
 * The stage as the demo sees it: a child in a session of its own. The only
 * thing that ends it is the end of its input, so it ends with us, however we end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { UserError } from '../../base/errors.ts';
import { LIVERY_SCRIPT } from '../child.ts';
import { errorOf, parseStageLine, type StageLine } from './stage-lines.ts';

type Ready = Extract<StageLine, { kind: 'ready' }>;
type StageChild = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

export interface ReadyStage {
  readonly runtimeDir: string;
  readonly display: string;
  readonly xauthority: string | undefined;
  /** Where a browser shows the screen; good once. */
  readonly view: string | undefined;
}

export class StageProcess implements AsyncDisposable {
  /** Resolves when the demo can go on; rejects when the stage cannot. */
  readonly ready: Promise<ReadyStage>;
  /** Rejects when the stage fails or ends before it is told to; never resolves. */
  readonly failed: Promise<never>;
  readonly #process: StageChild;
  readonly #exited: Promise<void>;
  #runtimeDir: string | undefined;
  #closing = false;

  /** @param onStep what the stage does, in words */
  constructor(args: readonly string[], env: NodeJS.ProcessEnv, onStep: (text: string) => void) {
    const child = spawn(process.execPath, [LIVERY_SCRIPT, 'stage', ...args], {
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    }) as StageChild;
    this.#process = child;
    child.stdin.on('error', () => {});
    let resolveReady: (ready: Ready) => void = () => {};
    const ready = new Promise<Ready>((resolve) => {
      resolveReady = resolve;
    });
    let fail: (error: Error) => void = () => {};
    this.failed = new Promise((_, reject) => {
      fail = reject;
    });
    this.failed.catch(() => {});
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        fail(error);
        resolve();
      });
      child.once('close', (code, signal) => {
        if (!this.#closing) {
          const how = signal === null ? `status ${code}` : `signal ${signal}`;
          fail(new UserError('STAGE_LOST', `the demo's processes ended (${how})`));
        }
        resolve();
      });
    });
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parseStageLine(text);
      if (line?.kind === 'place') this.#runtimeDir = line.runtimeDir;
      if (line?.kind === 'step') onStep(line.text);
      if (line?.kind === 'ready') resolveReady(line);
      if (line?.kind === 'failed') fail(errorOf(line));
    });
    this.ready = Promise.race([ready, this.failed]).then(({ display, xauthority, view }) => ({
      runtimeDir: this.#runtimeDir ?? '',
      display,
      xauthority: xauthority ?? undefined,
      view: view ?? undefined,
    }));
    this.ready.catch(() => {});
  }

  /** Ends the stage and waits until nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#process.stdin.end();
    await this.#exited;
    // The stage removed it, unless it was killed; its processes end by themselves.
    if (this.#runtimeDir !== undefined) {
      rmSync(this.#runtimeDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}
