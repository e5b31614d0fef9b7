/**
 * A domain whose agent is the test itself, word by word: a scripted agent at one
 * end of a pipe whose other end is a vchan, and pages that the test grants.
 */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { DOM0 } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { PORT } from '../../../src/channel/path.ts';
import { VchanListener } from '../../../src/channel/vchan-listener.ts';
import { native } from '../../../src/native/addon.ts';
import type { GrantedPages, Xen, Xenstore } from '../../../src/native/xen.ts';
import { ScriptedAgent } from '../../rig/scripted-agent.ts';
import type { XenDouble } from '../../rig/xen/xen-double.ts';

const PAGE_BYTES = 4096;

export class ScriptedDomain implements AsyncDisposable {
  readonly agent: ScriptedAgent;
  readonly #xen: Xen;
  readonly #store: Xenstore;
  readonly #listener: VchanListener;
  readonly #granted: GrantedPages[] = [];
  #socket: Socket | undefined;

  private constructor(agent: ScriptedAgent, libraries: string) {
    this.agent = agent;
    this.#xen = native().openXen('domain', libraries);
    this.#store = native().openXenstore(libraries);
    this.#listener = new VchanListener({
      ...{ xen: this.#xen, store: this.#store, client: DOM0, port: PORT.gui },
      ...{ clock: systemClock, log: silentLog },
    });
    const into = new Uint8Array(65_536);
    this.#listener.start({
      opened: () => {
        this.#socket = connect(agent.path);
        this.#socket.on('data', (bytes: Uint8Array) => this.#listener.write(bytes));
        this.#socket.on('error', () => {});
      },
      readable: () => {
        const count = this.#listener.read(into);
        if (count > 0) this.#socket?.write(into.slice(0, count));
      },
      closed: () => {
        this.#socket?.destroy();
      },
    });
  }

  static async open(xen: XenDouble): Promise<ScriptedDomain> {
    const agent = await ScriptedAgent.listen(join(xen.directory, 'agent.sock'));
    return new ScriptedDomain(agent, xen.libraries);
  }

  /** References of pages that dom0 may read, all of them of this byte. */
  grant(xen: XenDouble, pages: number, byte: number): Uint32Array {
    const granted = this.#xen.shareGrants(DOM0, pages);
    this.#granted.push(granted);
    const { refs } = granted;
    for (const ref of refs) xen.poke(ref, 0, new Uint8Array(PAGE_BYTES).fill(byte));
    return refs;
  }

  /** Nothing that was granted is granted any more. */
  revoke(): void {
    for (const granted of this.#granted.splice(0)) granted[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.revoke();
    this.#listener[Symbol.dispose]();
    this.#socket?.destroy();
    await this.agent[Symbol.asyncDispose]();
    this.#store[Symbol.dispose]();
    this.#xen[Symbol.dispose]();
  }
}
