/**
 * Another daemon in dom0, with a runtime directory and a screen of its own, so that
 * nothing but the domains themselves can tell it that they are served already.
 */
import type { Program } from './link.ts';
import { slowly, type XenSystem } from './system.ts';

const DISPLAY = 8;
const INSIDE = { config: '/run/other.toml', runtime: '/run/other' };

export class OtherDaemon implements AsyncDisposable {
  readonly #screen: Program;
  readonly #daemon: Program;

  private constructor(screen: Program, daemon: Program) {
    this.#screen = screen;
    this.#daemon = daemon;
  }

  /** @param config its livery.toml, of domains alone: it has no keeper */
  static async start(system: XenSystem, config: string): Promise<OtherDaemon> {
    const { machine } = system;
    const { link } = machine;
    await link.write(INSIDE.config, config);
    const options = ['-ac', '-screen', '0', '640x400x24', '-nolisten', 'tcp', '-noreset'];
    const screen = link.start(['Xvfb', `:${DISPLAY}`, ...options], {
      said: (text) => machine.note('other screen', text),
    });
    const socket = `/tmp/.X11-unix/X${DISPLAY}`;
    await link.must('sh', '-c', `until [ -S ${socket} ]; do sleep 0.1; done`);
    const daemon = system.livery(['daemon', '--config', INSIDE.config], 'other daemon', {
      LIVERY_RUNTIME_DIR: INSIDE.runtime,
      DISPLAY: `:${DISPLAY}`,
    });
    return new OtherDaemon(screen, daemon);
  }

  /** Resolves when its log has a record of this message, with the record's reason. */
  async says(message: string): Promise<string> {
    const record = await slowly(() => {
      if (this.#daemon.over) throw new Error(`it ended: ${this.#daemon.err.slice(-2000)}`);
      const line = this.#daemon.err
        .split('\n')
        .slice(0, -1)
        .find((one) => one.includes(`"msg":"${message}"`));
      return line === undefined ? undefined : (JSON.parse(line) as { reason: string });
    }, `the other daemon says ${message}`);
    return record.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of [this.#daemon, this.#screen]) {
      program.signal('SIGTERM');
      await program.ended;
    }
  }
}
