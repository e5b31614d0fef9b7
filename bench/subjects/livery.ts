/**
 * Livery as a person has it: keeper, daemon, a sandboxed qube with its agent and
 * X server, all as processes of their own. The drawing client runs in the qube.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scope } from '../../src/base/scope.ts';
import { controlSocketPath } from '../../src/config/runtime-dir.ts';
import { ControlClient } from '../../src/control/client.ts';
import { waitUntil } from '../../test/rig/wait.ts';
import { Child } from '../child.ts';
import { Drawer } from '../drawer.ts';
import { findBelow } from '../kernel.ts';
import { DRAW, KEEPER, LIVERY } from '../paths.ts';
import { type Dom0, opened, type Part, type Subject, startDom0 } from '../subject.ts';

const INSIDE_HOME = '/home/user';
const PROFILES = 'profiles';
const INSIDE_PROFILES = `${INSIDE_HOME}/${PROFILES}`;

export interface LiveryOptions {
  readonly name: string;
  /** Variables of the daemon's and the agents' environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The first is the one that draws; the others are started by `start`. */
  readonly qubes?: readonly string[];
  /** Where profiles of daemon and agents go. */
  readonly profile?: string | undefined;
}

export class Livery implements Subject {
  readonly name: string;
  readonly probe: Subject['probe'];
  drawer!: Drawer;
  parts: readonly Part[] = [];
  readonly dom0: Dom0;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  keeper!: Child;
  daemon!: Child;
  client!: ControlClient;
  readonly #scope: Scope;
  /** What a daemon that is started again takes the place of. */
  #daemonScope = new Scope();
  readonly #options: LiveryOptions;

  constructor(options: LiveryOptions, dom0: Dom0, scope: Scope) {
    this.name = options.name;
    this.#options = options;
    this.dom0 = dom0;
    this.probe = dom0.probe;
    this.#scope = scope;
    this.directory = mkdtempSync(join(tmpdir(), 'livery-bench-'));
    scope.onClose(() => {
      this.#keepProfiles();
      rmSync(this.directory, { recursive: true, force: true });
    });
    const runtimeDir = join(this.directory, 'run');
    mkdirSync(runtimeDir, { mode: 0o700 });
    this.env = {
      ...{ PATH: process.env.PATH, HOME: this.directory, LANG: 'C.UTF-8' },
      ...{ LIVERY_RUNTIME_DIR: runtimeDir, ...dom0.screen.env },
      ...options.variables,
      // A profile is written when the rights are gone.
      ...(options.profile === undefined ? {} : { LIVERY_CONFINE: 'off' }),
    };
    const tables = this.qubes.map(
      (qube, place) =>
        `[qube.${qube}]\nlabel = "blue"\nhome = "${this.#home(qube)}"\nautostart = ${place === 0}\n`,
    );
    writeFileSync(this.#configFile, tables.join(''));
  }

  get qubes(): readonly string[] {
    return this.#options.qubes ?? ['work'];
  }

  get #configFile(): string {
    return join(this.directory, 'livery.toml');
  }

  #home(qube: string): string {
    return join(this.directory, 'homes', qube);
  }

  async startKeeper(): Promise<void> {
    const { variables, profile } = this.#options;
    const flags = profile === undefined ? [] : profiling(INSIDE_PROFILES);
    const isPlain = Object.keys(variables).length === 0 && flags.length === 0;
    const words = isPlain
      ? [LIVERY, 'keeper', '--config', this.#configFile, '--parent-pipe', '3']
      : [KEEPER, this.#configFile, JSON.stringify(variables), JSON.stringify(flags)];
    const argv = [process.execPath, ...words];
    this.keeper = this.#scope.own(
      new Child({ name: 'the keeper', argv, env: this.env, lifeline: true }),
    );
    await this.keeper.ready();
  }

  /** Resolves with the ms from its start to its `ready`. */
  async startDaemon(): Promise<number> {
    this.#daemonScope = this.#scope.own(new Scope());
    const words = ['daemon', '--config', this.#configFile, '--parent-pipe', '3'];
    const { profile } = this.#options;
    const flags = profile === undefined ? [] : profiling(profile);
    const argv = [process.execPath, ...flags, LIVERY, ...words];
    const startMs = performance.now();
    this.daemon = this.#daemonScope.own(
      new Child({ name: 'the daemon', argv, env: this.env, lifeline: true }),
    );
    await this.daemon.ready();
    const tookMs = performance.now() - startMs;
    const path = controlSocketPath(join(this.directory, 'run'));
    this.client = this.#daemonScope.own(ControlClient.connect(path));
    return tookMs;
  }

  async stopDaemon(): Promise<void> {
    await this.#daemonScope[Symbol.asyncDispose]();
  }

  /** A qube that runs is on the screen. */
  async connected(qube: string): Promise<void> {
    const look = async () =>
      (await this.client.ask('qubes', {})).find((one) => one.name === qube)?.connected;
    await waitUntil(look, `qube ${qube} is connected`, {
      limitMs: 60_000,
      until: this.daemon.ended,
    });
  }

  async start(qube: string): Promise<void> {
    await this.client.ask('qube.start', { qube });
    await this.connected(qube);
  }

  /** Starts the drawing client in the first qube, and finds the processes of the path. */
  async draw(): Promise<void> {
    const qube = this.qubes[0] as string;
    const program = join(this.#home(qube), 'draw');
    copyFileSync(DRAW, program);
    chmodSync(program, 0o755);
    const argv = [`${INSIDE_HOME}/draw`, `${INSIDE_HOME}/draw.sock`];
    await this.client.ask('run', { qube, argv });
    this.drawer = this.#scope.own(await Drawer.connect(join(this.#home(qube), 'draw.sock')));
    const part = (role: string, pid: number | undefined): Part => {
      if (pid === undefined) throw new Error(`${this.name}: there is no process ${role}`);
      return { role, pid };
    };
    this.parts = [
      part('qube X', findBelow(this.keeper.pid, 'Xvfb')),
      part('agent', findBelow(this.keeper.pid, 'node', /livery\.js agent/)),
      part('daemon', this.daemon.pid),
      this.dom0.part,
    ];
  }

  /** What the agents wrote lies in their homes. */
  #keepProfiles(): void {
    const { profile } = this.#options;
    if (profile === undefined) return;
    for (const qube of this.qubes) {
      const folder = join(this.#home(qube), PROFILES);
      if (!existsSync(folder)) continue;
      for (const file of readdirSync(folder)) {
        copyFileSync(join(folder, file), join(profile, `agent-${file}`));
      }
    }
  }

  pid(role: string): number {
    return this.parts.find((part) => part.role === role)?.pid as number;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

/** Flags of Node.js that make it write a profile when it ends; one sample each 0.2 ms. */
function profiling(folder: string): string[] {
  return ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${folder}`];
}

/** Keeper and screen only. */
export function prepareLivery(options: LiveryOptions): Promise<Livery> {
  return opened(async (scope) => {
    const livery = new Livery(options, await startDom0(scope), scope);
    await livery.startKeeper();
    return livery;
  });
}

export async function startLivery(options: LiveryOptions): Promise<Livery> {
  const livery = await prepareLivery(options);
  try {
    await livery.startDaemon();
    await livery.connected(livery.qubes[0] as string);
    await livery.draw();
    return livery;
  } catch (error) {
    await livery[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}
