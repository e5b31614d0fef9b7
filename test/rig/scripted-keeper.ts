/**
 * A keeper whose qubes are played by a test: the real socket and wire, real
 * sealed pools, and scripted ends where a sandbox would have its agent.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Emitter } from '../../src/base/emitter.ts';
import { EXIT, UserError } from '../../src/base/errors.ts';
import { DOM0, type QubeName } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { channelPath, PORT } from '../../src/channel/path.ts';
import type { QubeConfig } from '../../src/config/config.ts';
import type { QubeStatus } from '../../src/keeper/messages.ts';
import { KeeperServer, type KeeperService } from '../../src/keeper/server.ts';
import { type Fd, native } from '../../src/native/addon.ts';
import { ScriptedAgent, type ScriptedAgentOptions } from './scripted-agent.ts';
import { ScriptedService } from './scripted-service.ts';

const POOL_BYTES = 16 * 1024 * 1024;

/** What a qube is to be started with, if not with the defaults. */
export interface ScriptedQubeOptions extends ScriptedAgentOptions {
  readonly poolBytes?: number;
}

/** A qube that runs. */
export interface ScriptedQube {
  readonly name: QubeName;
  readonly pool: Fd;
  readonly gui: ScriptedAgent;
  readonly service: ScriptedService;
}

interface Known {
  readonly config: QubeConfig;
  pid: number | undefined;
  reason: string | undefined;
  qube: ScriptedQube | undefined;
  poolBytes: number;
  paused: boolean;
}

export class ScriptedKeeper implements KeeperService, AsyncDisposable {
  readonly #runtimeDir: string;
  readonly #known: Map<string, Known>;
  readonly #changed = new Emitter<QubeStatus>();
  #server: KeeperServer;
  #lastPid = 5000;

  constructor(runtimeDir: string, qubes: Iterable<QubeConfig>) {
    this.#runtimeDir = runtimeDir;
    this.#known = new Map(
      [...qubes].map((config) => [
        config.name,
        {
          ...{ config, pid: undefined, reason: undefined, qube: undefined },
          poolBytes: POOL_BYTES,
          paused: false,
        },
      ]),
    );
    this.#server = new KeeperServer(runtimeDir, this, silentLog);
  }

  /** The end of a running qube that a test plays. */
  qube(name: string): ScriptedQube {
    const qube = this.#known.get(name)?.qube;
    if (!qube) throw new Error(`${name} does not run`);
    return qube;
  }

  list(): readonly QubeStatus[] {
    return [...this.#known.values()].map((known) => this.#status(known));
  }

  async start(name: string, options: ScriptedQubeOptions = {}): Promise<QubeStatus> {
    const known = this.#find(name);
    if (!known.qube) {
      known.poolBytes = options.poolBytes ?? POOL_BYTES;
      const { guiSocket, serviceSocket } = this.#status(known);
      mkdirSync(join(this.#runtimeDir, 'qubes', name), { recursive: true });
      known.qube = {
        name: known.config.name,
        pool: native().createPool(`test-${name}`, known.poolBytes),
        gui: await ScriptedAgent.listen(guiSocket, options),
        service: await ScriptedService.listen(serviceSocket),
      };
      known.pid = ++this.#lastPid;
      known.reason = undefined;
      this.#changed.emit(this.#status(known));
    } else if (known.paused) {
      known.paused = false;
      this.#changed.emit(this.#status(known));
    }
    return this.#status(known);
  }

  /** The qubes that are paused. */
  get paused(): string[] {
    return [...this.#known].filter(([, { paused }]) => paused).map(([name]) => name);
  }

  async pause(name: string): Promise<QubeStatus> {
    const known = this.#find(name);
    known.paused = true;
    this.#changed.emit(this.#status(known));
    return this.#status(known);
  }

  async stop(name: string, reason = 'it was stopped'): Promise<QubeStatus> {
    const known = this.#find(name);
    const { qube } = known;
    if (qube) {
      known.qube = undefined;
      known.paused = false;
      known.pid = undefined;
      known.reason = reason;
      await qube.gui[Symbol.asyncDispose]();
      await qube.service[Symbol.asyncDispose]();
      qube.pool[Symbol.dispose]();
      this.#changed.emit(this.#status(known));
    }
    return this.#status(known);
  }

  attach(name: string): { readonly status: QubeStatus; readonly pool: Fd } {
    const known = this.#find(name);
    if (!known.qube) throw new UserError('QUBE_NOT_RUNNING', `qube ${name} does not run`);
    return { status: this.#status(known), pool: known.qube.pool };
  }

  watch(listener: (qube: QubeStatus) => void): Disposable {
    return this.#changed.on(listener);
  }

  /** Why it takes over no other configuration. */
  refusesReload: UserError | undefined;

  async reload(): Promise<readonly QubeStatus[]> {
    if (this.refusesReload) throw this.refusesReload;
    return this.list();
  }

  async shutdown(): Promise<readonly QubeStatus[]> {
    return this.list();
  }

  /** The keeper's process is gone, its qubes with it; nobody is told but by the ends of sockets. */
  async die(): Promise<void> {
    this.#server[Symbol.dispose]();
    for (const name of this.#known.keys()) await this.stop(name);
  }

  /** Another keeper in the place of the one that died. */
  revive(): void {
    this.#server = new KeeperServer(this.#runtimeDir, this, silentLog);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
  }

  #find(name: string): Known {
    const known = this.#known.get(name);
    if (known) return known;
    throw new UserError('UNKNOWN_QUBE', `there is no qube ${name}`, { exitCode: EXIT.notFound });
  }

  #status({ config, pid, reason, qube, poolBytes, paused }: Known): QubeStatus {
    const { name, domainId } = config;
    const directory = join(this.#runtimeDir, 'qubes', name);
    return {
      name,
      domainId,
      backend: 'sandbox',
      state: qube ? 'running' : 'stopped',
      paused: qube !== undefined && paused,
      guiSocket: channelPath(directory, domainId, DOM0, PORT.gui),
      serviceSocket: channelPath(directory, domainId, DOM0, PORT.service),
      poolBytes,
      pid,
      reason,
    };
  }
}
