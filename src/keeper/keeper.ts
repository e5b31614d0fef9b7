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
import { type Config, isForeign, type QubeConfig } from '../config/config.ts';
import { planReload } from '../config/reload.ts';
import type { Fd } from '../native/addon.ts';
import type { QubeStatus } from './messages.ts';
import { Qube, type QubeHost } from './qube.ts';
import type { Reread } from './reread.ts';
import type { KeeperService } from './server.ts';

const STOPPED_ON_REQUEST = 'it was stopped on request';
const KEEPER_ENDS = 'the keeper ended';

export class Keeper implements KeeperService, AsyncDisposable {
  readonly #host: QubeHost;
  readonly #reread: Reread;
  #config: Config;
  #qubes: ReadonlyMap<string, Qube>;
  readonly #changed = new Emitter<QubeStatus>();
  readonly #log: Log;
  readonly #onShutdown: () => void;
  #closing = false;

  /**
   * @param onShutdown somebody asked the keeper to end; its qubes have ended by then
   * @param reread the configuration as it is in its file now
   */
  constructor(
    config: Config,
    host: Omit<QubeHost, 'changed'>,
    onShutdown: () => void,
    reread: Reread,
  ) {
    this.#host = { ...host, changed: (status) => this.#tell(status) };
    this.#config = config;
    this.#reread = reread;
    const qubes = ownOf(config).map((qube) => new Qube(qube, this.#host));
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

  async reload(digest: string): Promise<readonly QubeStatus[]> {
    const before = this.config;
    const ids = [...before.qubes.values()].map(({ name, domainId }) => [name, domainId] as const);
    const next = this.#reread(digest, new Map(ids));
    const running = [...this.#qubes.values()].filter((qube) => !qube.isStopped);
    const plan = planReload(before, next, new Set(running.map(({ config }) => config.name)));
    if (plan.refusals.length > 0) {
      throw new UserError('RELOAD_REFUSED', plan.refusals.join('\n'), { exitCode: EXIT.usage });
    }
    // Whatever can fail does so before anything is another.
    const qubes = new Map(
      ownOf(next).map((config): [string, Qube] => {
        const qube = this.#qubes.get(config.name) ?? new Qube(config, this.#host);
        qube.check(config);
        return [config.name, qube];
      }),
    );
    for (const config of ownOf(next)) qubes.get(config.name)?.become(config);
    for (const qube of running) qubes.set(qube.config.name, qube);
    this.#qubes = qubes;
    this.#config = next;
    this.#log.info({ qubes: qubes.size }, 'the configuration was read again');
    return this.list();
  }

  /** What holds now: of a qube that runs, what it was started with. */
  get config(): Config {
    const qubes = new Map(this.#config.qubes);
    for (const { config } of this.#qubes.values()) qubes.set(config.name, config);
    return { ...this.#config, qubes };
  }

  /** A qube that the configuration does not have any more is gone when it has stopped. */
  #tell(status: QubeStatus): void {
    const { name, state } = status;
    if (state === 'stopped' && !this.#config.qubes.has(name)) {
      this.#qubes = new Map([...this.#qubes].filter(([key]) => key !== name));
    }
    this.#changed.emit(status);
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

/** Those of others' backends are not the keeper's to start or to stop. */
function ownOf(config: Config): QubeConfig[] {
  return [...config.qubes.values()].filter((qube) => !isForeign(qube));
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
