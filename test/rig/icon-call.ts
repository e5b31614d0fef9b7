/**
 * One call of qubes.WindowIconUpdater, as qrexec makes it in dom0: the compiled
 * `livery icons` with the qube's stream on its standard input.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../dist/bin/livery.js', import.meta.url));

/** A record of the stream; `pixels` are R, G, B, A by row. */
export function iconRecord(id: number, width: number, height: number, pixels: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${id}\n${width} ${height}\n`), pixels]);
}

export class IconCall implements AsyncDisposable {
  readonly #child: ChildProcess;
  #said = '';

  /** @param env QREXEC_REMOTE_DOMAIN, and what else is to be there */
  constructor(runtimeDir: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [SCRIPT, 'icons', ...args], {
      env: {
        PATH: process.env.PATH,
        LIVERY_RUNTIME_DIR: runtimeDir,
        ...env,
      },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#said += text.toString();
    });
    // The daemon may close while we write.
    this.#child.stdin?.on('error', () => {});
  }

  write(...parts: (Uint8Array | string)[]): this {
    this.#child.stdin?.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
    return this;
  }

  end(): this {
    this.#child.stdin?.end();
    return this;
  }

  /** What it says when it is over, and its exit status. */
  async over(): Promise<{ status: number | null; said: string }> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return { status: this.#child.exitCode, said: this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
