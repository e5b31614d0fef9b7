/**
 * Many qubes at one real daemon: their agents are played over real sockets and
 * pools, so that only the daemon and its X server are more.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VmWindowId } from '../../src/base/ids.ts';
import type { Scope } from '../../src/base/scope.ts';
import { readConfig } from '../../src/config/read.ts';
import { controlSocketPath } from '../../src/config/runtime-dir.ts';
import { ControlClient } from '../../src/control/client.ts';
import type { QubeStats } from '../../src/control/messages.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { STATUS } from '../../src/protocol/service.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { ScriptedKeeper, type ScriptedQube } from '../../test/rig/scripted-keeper.ts';
import { waitUntil } from '../../test/rig/wait.ts';
import { Child } from '../child.ts';
import { cpuNanos } from '../kernel.ts';
import { LIVERY } from '../paths.ts';
import { opened, startDom0 } from '../subject.ts';

const SIZE = { width: 160, height: 100 } as const;
const PAGES = Math.ceil((SIZE.width * SIZE.height * 4) / 4096);
const FIRST_WINDOW = 0x0040_0001;
/** A small change in each. */
const DAMAGE = { x: 8, y: 8, width: 8, height: 8 } as const;
const POOL_BYTES = 256 * 1024 * 1024;

/** Nothing is held back: what is measured is what it costs, not what is allowed. */
const LIMITS = [
  ...['max_windows = 10000', 'damage_per_second = 1000000', 'creates_per_second = 1000000'],
  ...['maps_per_second = 1000000', 'dumps_per_second = 1000000', 'flood_seconds = 0'],
].join('\n');

export interface DamageCost {
  readonly micros: number;
  readonly puts: number;
}

export class ScriptedQubes implements AsyncDisposable {
  readonly daemon: Child;
  readonly #keeper: ScriptedKeeper;
  readonly #client: ControlClient;
  readonly #windows = new Map<string, number>();
  readonly #scope: Scope;

  constructor(daemon: Child, keeper: ScriptedKeeper, client: ControlClient, scope: Scope) {
    this.daemon = daemon;
    this.#keeper = keeper;
    this.#client = client;
    this.#scope = scope;
  }

  /** A further qube with so many windows, all shown. */
  async start(name: string, windows: number): Promise<void> {
    await this.#keeper.start(name, { poolBytes: POOL_BYTES });
    const qube = this.#keeper.qube(name);
    const answer = (id: number) => qube.service.say({ name: 'answer', id, status: STATUS.ok });
    for (const { id } of qube.service.requests) answer(id);
    qube.service.onRequest = ({ id }) => answer(id);
    await qube.gui.ready();
    await this.grow(name, windows);
  }

  /** The qube has so many windows from now on. */
  async grow(name: string, windows: number): Promise<void> {
    const qube = this.#keeper.qube(name);
    const have = this.#windows.get(name) ?? 0;
    for (let at = have; at < windows; at++) sayWindow(qube, at);
    this.#windows.set(name, windows);
    await this.#shown(name, windows);
  }

  /**
   * What one small damage message costs the daemon, in µs of CPU, and how many
   * rectangles were put for it: `count` of them for ten windows that lie evenly
   * among those of the qube.
   */
  async damageCost(name: string, count: number): Promise<DamageCost> {
    const qube = this.#keeper.qube(name);
    const windows = this.#windows.get(name) ?? 0;
    const batch: FromVmDraft[] = [];
    for (let at = 0; at < 500; at++) {
      const window = windowId(Math.floor(((at % 10) * windows) / 10));
      batch.push({ name: 'shmImage', window, ...DAMAGE });
    }
    const bytes = Buffer.concat(batch.map((message) => encodeFromVm(message, NEWEST)));
    const { gui, damage } = await this.#stats(name);
    const before = gui.messages;
    const start = cpuNanos(this.daemon.pid);
    for (let sent = 0; sent < count; sent += batch.length) {
      qube.gui.sendRaw(bytes);
      await qube.gui.flushed();
    }
    await waitUntil(
      async () => (await this.#stats(name)).gui.messages >= before + count,
      'the daemon has read everything',
      { limitMs: 60_000, until: this.daemon.ended },
    );
    const micros = (cpuNanos(this.daemon.pid) - start) / count / 1e3;
    const { put } = (await this.#stats(name)).damage;
    return { micros, puts: (put - damage.put) / count };
  }

  async #stats(name: string): Promise<QubeStats> {
    const { qubes } = await this.#client.ask('stats', {});
    const its = qubes.find((one) => one.name === name);
    if (!its) throw new Error(`qube ${name} is not on the screen`);
    return its;
  }

  async #shown(name: string, windows: number): Promise<void> {
    await waitUntil(
      async () => {
        const all = await this.#client.ask('windows', {});
        const its = all.filter((one) => one.qube === name && one.firstPixelsMs !== null);
        return its.length >= windows;
      },
      `${windows} windows of ${name} are shown`,
      { limitMs: 120_000, until: this.daemon.ended },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

function windowId(at: number): VmWindowId {
  return (FIRST_WINDOW + at) as VmWindowId;
}

function sayWindow({ gui }: ScriptedQube, at: number): void {
  const window = windowId(at);
  const rect = { x: 20 + ((at * 37) % 1800), y: 20 + ((at * 53) % 1100), ...SIZE };
  gui.send(
    { ...{ name: 'create', window, ...rect }, parent: 0 as VmWindowId, overrideRedirect: false },
    { name: 'map', window, transientFor: undefined, overrideRedirect: false },
    {
      ...{ name: 'dump', window, ...SIZE },
      refs: Uint32Array.from({ length: PAGES }, (_, page) => at * PAGES + page),
    },
    { name: 'shmImage', window, x: 0, y: 0, ...SIZE },
  );
}

export function qubeName(at: number): string {
  return `q${at}`;
}

/** A daemon that knows so many qubes, none of which runs yet. */
export function startScripted(
  qubes: number,
  variables: Readonly<Record<string, string>>,
): Promise<ScriptedQubes> {
  return opened(async (scope) => {
    const { screen } = await startDom0(scope, 'none');
    const directory = mkdtempSync(join(tmpdir(), 'livery-bench-'));
    scope.onClose(() => rmSync(directory, { recursive: true, force: true }));
    const runtimeDir = join(directory, 'run');
    mkdirSync(runtimeDir, { mode: 0o700 });
    const configFile = join(directory, 'livery.toml');
    const tables = Array.from({ length: qubes }, (_, at) => {
      return `[qube.${qubeName(at)}]\nlabel = "blue"\n`;
    });
    writeFileSync(configFile, `[limits]\n${LIMITS}\n${tables.join('')}`);
    const keeper = scope.own(new ScriptedKeeper(runtimeDir, readConfig(configFile).qubes.values()));
    const daemon = scope.own(
      new Child({
        name: 'the daemon',
        argv: [process.execPath, LIVERY, 'daemon', '--config', configFile, '--parent-pipe', '3'],
        env: {
          ...{ PATH: process.env.PATH, HOME: directory, LANG: 'C.UTF-8' },
          ...{ LIVERY_RUNTIME_DIR: runtimeDir, ...screen.env, ...variables },
        },
        lifeline: true,
      }),
    );
    await daemon.ready();
    const client = scope.own(ControlClient.connect(controlSocketPath(runtimeDir)));
    return new ScriptedQubes(daemon, keeper, client, scope);
  });
}
