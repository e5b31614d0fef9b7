/**
 * One qube's life as the keeper drives it. States: stopped → starting (pool and
 * sockets exist, the sandbox is being made) → running (its agent listens) →
 * stopping → stopped; a failure leads from any of them to stopped, with a
 * reason. Everything that a life opened hangs in the scope of its run and is
 * gone when the state is `stopped` again.
 */
import type { Clock } from '../base/clock.ts';
import { BugError, messageOf, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import type { QubeConfig } from '../config/config.ts';
import { type Fd, native } from '../native/addon.ts';
import { type QubePaths, QubeSockets, qubePaths } from './directory.ts';
import type { KeptBackend, QubeState, QubeStatus } from './messages.ts';
import { poolBytesOf, poolFailure } from './pool-size.ts';
import { requireMemory } from './qemu/memory.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { SandboxDescriptors } from './sandbox/spawn.ts';

/**
 * From the start of the sandbox to its agent's first word. A machine boots first, and in
 * software emulation on a busy host that is a matter of minutes.
 */
const READY_LIMIT_MS = { sandbox: 20_000, qemu: 300_000 } as const;

/** A qube's outermost process, made. */
export interface Launched {
  readonly sandbox: Sandbox;
  /** What runs its machine, if it is one, for people. */
  readonly machine?: string;
}

export interface QubeHost {
  readonly runtimeDir: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly changed: (status: QubeStatus) => void;
  /** Makes the sandbox of a qube; `scratchDir` is a directory of the keeper's. Throws UserError. */
  readonly launch: (
    qube: QubeConfig,
    descriptors: SandboxDescriptors,
    scratchDir: string,
    onReady: () => void,
  ) => Launched;
}

interface Run {
  readonly scope: Scope;
  readonly pool: Fd;
  readonly sandbox: Sandbox;
  readonly machine: string | undefined;
  /** Settles when the agent listens, or with why it does not. */
  readonly started: Promise<void>;
  /** Resolves when nothing of this run is left, with the reason. */
  readonly ended: Promise<string>;
}

type State =
  | { readonly kind: 'stopped'; readonly reason: string | undefined }
  | { readonly kind: 'starting' | 'running' | 'stopping'; readonly run: Run };

export class Qube {
  readonly #host: QubeHost;
  #config: QubeConfig;
  /** What the configuration says by now; taken over when the qube is stopped. */
  #next: QubeConfig | undefined;
  #paths: QubePaths;
  #poolBytes: number;
  #state: State = { kind: 'stopped', reason: undefined };

  /** Throws UserError PATH_TOO_LONG. */
  constructor(config: QubeConfig, host: QubeHost) {
    this.#config = config;
    this.#host = host;
    this.#paths = qubePaths(host.runtimeDir, config.name, config.domainId);
    this.#poolBytes = poolBytesOf(config);
  }

  /** What the qube was made with, or will be. */
  get config(): QubeConfig {
    return this.#config;
  }

  get isStopped(): boolean {
    return this.#state.kind === 'stopped';
  }

  /** Throws UserError PATH_TOO_LONG when it could not have this configuration. */
  check(config: QubeConfig): void {
    qubePaths(this.#host.runtimeDir, config.name, config.domainId);
  }

  /** The configuration is another, and was checked: it holds from the next start on. */
  become(config: QubeConfig): void {
    this.#next = config;
    if (this.isStopped) this.#takeOver();
  }

  #takeOver(): void {
    const config = this.#next;
    if (!config) return;
    this.#next = undefined;
    this.#config = config;
    this.#paths = qubePaths(this.#host.runtimeDir, config.name, config.domainId);
    this.#poolBytes = poolBytesOf(config);
  }

  get status(): QubeStatus {
    const { name, domainId } = this.config;
    const { guiSocket, serviceSocket } = this.#paths;
    const state = this.#state;
    const places = { guiSocket, serviceSocket, poolBytes: this.#poolBytes };
    const run = state.kind === 'stopped' ? undefined : state.run;
    const { pid } = run?.sandbox ?? {};
    const machine = run && machineWords(run);
    const reason = state.kind === 'stopped' ? state.reason : undefined;
    const paused = run?.sandbox.paused ?? false;
    const { backend } = this;
    const life = { state: shown(state), paused, machine, pid, reason };
    return { name, domainId, backend, ...life, ...places };
  }

  /** Those of others are not the keeper's. */
  get backend(): KeptBackend {
    return this.config.backend === 'qemu' ? 'qemu' : 'sandbox';
  }

  /** Returns when the agent listens; at once if it does. What is paused goes on. Throws UserError with why it does not. */
  async start(): Promise<void> {
    while (this.#state.kind === 'stopping') await this.#state.run.ended;
    switch (this.#state.kind) {
      case 'running':
        this.#goOn(this.#state.run.sandbox);
        return;
      case 'starting':
        return this.#state.run.started;
      case 'stopped':
        return this.#begin().started;
      default:
        throw new BugError('a qube that stops was waited for and still stops');
    }
  }

  /** Returns when nothing of it is left. `reason` is what its status will say. */
  async stop(reason: string): Promise<void> {
    if (this.#state.kind === 'stopped') return;
    const { run } = this.#state;
    run.sandbox.stop(reason);
    if (this.#state.kind !== 'stopping') this.#state = { kind: 'stopping', run };
    await run.ended;
  }

  /**
   * Stops every process of it where it is; `start` lets them go on. Returns when
   * none of them runs. Throws UserError QUBE_NOT_RUNNING, QUBE_NOT_PAUSED.
   */
  async pause(): Promise<void> {
    const { name } = this.config;
    if (this.#state.kind !== 'running') {
      throw new UserError('QUBE_NOT_RUNNING', `qube ${name} does not run`);
    }
    const { run } = this.#state;
    if (run.sandbox.paused) return;
    const stopped = await run.sandbox.pause();
    if (!stopped) {
      throw new UserError('QUBE_NOT_PAUSED', `not every process of qube ${name} could be stopped`, {
        hint: `to end the qube: livery qube stop ${name}`,
      });
    }
    this.#host.log.info({ qube: name }, 'the qube is paused');
    this.#host.changed(this.status);
  }

  /** Like `stop`, without a grace for what runs inside. */
  kill(reason: string): void {
    if (this.#state.kind !== 'stopped') this.#state.run.sandbox.kill(reason);
  }

  /** The keeper's own descriptor of the pool. Throws UserError QUBE_NOT_RUNNING when there is none. */
  get pool(): Fd {
    if (this.#state.kind === 'starting' || this.#state.kind === 'running') {
      return this.#state.run.pool;
    }
    throw new UserError('QUBE_NOT_RUNNING', `qube ${this.config.name} does not run`, {
      hint: `livery qube start ${this.config.name}`,
    });
  }

  #goOn(sandbox: Sandbox): void {
    if (!sandbox.paused) return;
    sandbox.goOn();
    this.#host.log.info({ qube: this.config.name }, 'the qube goes on');
    this.#host.changed(this.status);
  }

  #begin(): Run {
    const scope = new Scope();
    try {
      const pool = scope.own(this.#createPool());
      const sockets = scope.own(QubeSockets.listen(this.#paths));
      const descriptors = { gui: sockets.gui.fd, service: sockets.service.fd, pool };
      const { directory } = this.#paths;
      let onReady = () => {};
      const ready = new Promise<void>((resolve) => {
        onReady = resolve;
      });
      const { launch } = this.#host;
      const { sandbox, machine } = launch(this.config, descriptors, directory, onReady);
      const ended = sandbox.ended.then((reason) => this.#end(scope, reason));
      const started = this.#waitForStart(sandbox, ready, ended);
      // Whoever asked hears of it; with autostart nobody did.
      started.catch(() => {});
      const run = { scope, pool, sandbox, machine, started, ended };
      this.#enter({ kind: 'starting', run });
      return run;
    } catch (error) {
      void scope[Symbol.asyncDispose]();
      this.#enter({ kind: 'stopped', reason: messageOf(error) });
      throw error;
    }
  }

  #createPool(): Fd {
    try {
      return this.#makePool();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw poolFailure(this.config.name, this.#poolBytes, error);
    }
  }

  /** A machine's pool is there as a whole, or not at all: without a page of it QEMU would die. */
  #makePool(): Fd {
    const machine = this.backend === 'qemu';
    if (machine) requireMemory(this.config, this.#poolBytes);
    const pool = native().createPool(`livery-${this.config.name}`, this.#poolBytes);
    try {
      if (machine) native().allocateFile(pool, this.#poolBytes);
      return pool;
    } catch (error) {
      pool[Symbol.dispose]();
      throw error;
    }
  }

  async #waitForStart(
    sandbox: Sandbox,
    ready: Promise<void>,
    ended: Promise<string>,
  ): Promise<void> {
    const limitMs = READY_LIMIT_MS[this.backend];
    using _limit = this.#host.clock.after(limitMs, () =>
      sandbox.kill(`its agent was not ready within ${limitMs / 1000} s`),
    );
    const failure = await Promise.race([ready, ended]);
    const state = this.#state;
    if (failure === undefined && state.kind === 'starting' && state.run.sandbox === sandbox) {
      this.#enter({ kind: 'running', run: state.run });
      return;
    }
    const reason = failure ?? (await ended);
    throw new UserError('QUBE_NOT_STARTED', `qube ${this.config.name} did not start: ${reason}`);
  }

  async #end(scope: Scope, reason: string): Promise<string> {
    await scope[Symbol.asyncDispose]().catch((error: unknown) => {
      this.#host.log.error({ error: messageOf(error) }, 'a stopped qube left something open');
    });
    this.#enter({ kind: 'stopped', reason });
    return reason;
  }

  #enter(state: State): void {
    this.#state = state;
    if (state.kind === 'stopped') this.#takeOver();
    const { name } = this.config;
    const reason = state.kind === 'stopped' ? state.reason : undefined;
    this.#host.log.info({ qube: name, state: state.kind, reason }, 'qube');
    this.#host.changed(this.status);
  }
}

/** One line: what runs the machine, and what of it is not as it should be. */
function machineWords({ machine, sandbox }: Run): string | undefined {
  if (machine === undefined || !sandbox.homeLost) return machine;
  return `${machine}; its disk cannot be used: its home is a temporary one`;
}

/** A qube that stops still has its sockets and processes. */
function shown(state: State): QubeState {
  return state.kind === 'stopping' ? 'running' : state.kind;
}
