/**
 * All qubes of the configuration and what can be asked of them. Authority over
 * a qube's life is here and nowhere else; the names and limits are those of the
 * configuration file.
 */
import { Emitter } from '../base/emitter.ts';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { Log } from '../base/log.ts';
import { nearestWord } from '../base/suggest.ts';
import type { Config } from '../config/config.ts';
import type { Fd } from '../native/addon.ts';
import type { QubeStatus } from './messages.ts';
import { Qube, type QubeHost } from './qube.ts';
import type { KeeperService } from './server.ts';

const STOPPED_ON_REQUEST = 'it was stopped on request';
const KEEPER_ENDS = 'the keeper ended';

export class Keeper implements KeeperService, AsyncDisposable {
  readonly #qubes: ReadonlyMap<string, Qube>;
  readonly #changed = new Emitter<QubeStatus>();
  readonly #log: Log;
  readonly #onShutdown: () => void;
  #closing = false;

  /** @param onShutdown somebody asked the keeper to end; its qubes have ended by then */
  constructor(config: Config, host: Omit<QubeHost, 'changed'>, onShutdown: () => void) {
    const changed = (status: QubeStatus) => this.#changed.emit(status);
    // Those of others' backends are not ours to start or to stop.
    const own = [...config.qubes.values()].filter(({ backend }) => backend !== 'attach');
    const qubes = own.map((qube) => new Qube(qube, { ...host, changed }));
    this.#qubes = new Map(qubes.map((qube) => [qube.config.name, qube]));
    this.#log = host.log;
    this.#onShutdown = onShutdown;
  }

  list(): readonly QubeStatus[] {
    return [...this.#qubes.values()].map((qube) => qube.status);
  }

  async start(name: string): Promise<QubeStatus> {
    const qube = this.#find(name);
    if (this.#closing) throw new UserError('KEEPER_ENDING', 'the keeper is ending');
    await qube.start();
    return qube.status;
  }

  async stop(name: string): Promise<QubeStatus> {
    const qube = this.#find(name);
    await qube.stop(STOPPED_ON_REQUEST);
    return qube.status;
  }

  async pause(name: string): Promise<QubeStatus> {
    const qube = this.#find(name);
    await qube.pause();
    return qube.status;
  }

  attach(name: string): { readonly status: QubeStatus; readonly pool: Fd } {
    const qube = this.#find(name);
    return { pool: qube.pool, status: qube.status };
  }

  watch(listener: (qube: QubeStatus) => void): Disposable {
    return this.#changed.on(listener);
  }

  async shutdown(): Promise<readonly QubeStatus[]> {
    await this[Symbol.asyncDispose]();
    // After the answer has been queued.
    setImmediate(this.#onShutdown);
    return this.list();
  }

  /** Starts what the configuration wants started; a failure is logged and concerns one qube. */
  startAutomatic(): void {
    for (const qube of this.#qubes.values()) {
      if (!qube.config.autostart) continue;
      qube.start().catch((error: unknown) => {
        this.#log.error({ qube: qube.config.name, error: messageOf(error) }, 'autostart failed');
      });
    }
  }

  /** Ends every process of every qube now; `asyncDispose` still waits for them. */
  kill(): void {
    for (const qube of this.#qubes.values()) qube.kill(KEEPER_ENDS);
  }

  /** Ends all qubes and waits until nothing of them is left. Nothing starts any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#qubes.values()].map((qube) => qube.stop(KEEPER_ENDS)));
  }

  #find(name: string): Qube {
    const qube = this.#qubes.get(name);
    if (qube) return qube;
    throw unknownQube(name, [...this.#qubes.keys()]);
  }
}

/** Says which names there are, and which one was probably meant. */
function unknownQube(name: string, names: readonly string[]): UserError {
  const shown =
    names.length === 0 ? 'the configuration has none' : `there are: ${names.join(', ')}`;
  const meant = nearestWord(name, names);
  return new UserError('UNKNOWN_QUBE', `there is no qube '${escapeText(name, 40)}'; ${shown}`, {
    exitCode: EXIT.notFound,
    ...(meant === undefined ? {} : { hint: `did you mean '${meant}'?` }),
  });
}
