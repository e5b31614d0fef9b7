/** The daemon's own count of what it handled, and its memory. */
import { readFileSync } from 'node:fs';
import { controlSocketPath } from '../../src/config/runtime-dir.ts';
import { ControlClient } from '../../src/control/client.ts';
import type { QubeStats, Stats } from '../../src/control/messages.ts';
import { pssOf } from '../rig/system/memory-use.ts';
import { waitUntil } from '../rig/wait.ts';
import type { WireDaemon } from '../wire/daemon.ts';

export class Counting implements Disposable {
  readonly #daemon: WireDaemon;
  readonly #client: ControlClient;

  constructor(daemon: WireDaemon) {
    this.#daemon = daemon;
    this.#client = ControlClient.connect(controlSocketPath(daemon.runtimeDir));
  }

  stats(): Promise<Stats> {
    return this.#client.ask('stats', {});
  }

  async of(name: string): Promise<QubeStats> {
    const found = (await this.stats()).qubes.find((one) => one.name === name);
    if (!found) throw new Error(`${name} is not on the screen`);
    return found;
  }

  /** As `livery qube list` and `livery windows` are told. */
  async throttled(name: string): Promise<{ qube: boolean; windows: boolean[] }> {
    const [qubes, windows] = await Promise.all([
      this.#client.ask('qubes', {}),
      this.#client.ask('windows', {}),
    ]);
    return {
      qube: qubes.find((one) => one.name === name)?.throttled ?? false,
      windows: windows.filter((one) => one.qube === name).map((one) => one.throttled),
    };
  }

  /** Turns of all qubes once nothing is handled any more. */
  async quiet(): Promise<number> {
    let last = -1;
    return waitUntil(async () => {
      const { turns } = await this.stats();
      const same = turns === last;
      last = turns;
      return same ? turns : undefined;
    }, 'nothing is handled any more');
  }

  /** The process stands still while `act` runs; what is sent meanwhile all waits for it. */
  async stopped(act: () => void | Promise<void>): Promise<void> {
    const { process: daemon } = this.#daemon;
    daemon.signal('SIGSTOP');
    try {
      await waitUntil(() => / [Tt] /.test(statOf(daemon.pid)), 'the daemon stands still');
      await act();
    } finally {
      daemon.signal('SIGCONT');
    }
  }

  /** Bytes of memory that the daemon's process takes. */
  get memory(): number {
    return pssOf(this.#daemon.process.pid);
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

function statOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, '');
}
