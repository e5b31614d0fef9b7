/**
 * The daemon itself on a screen of its own, with a scripted keeper and
 * scripted qubes.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../src/base/budgets.ts';
import { type DomainId, parseQubeName } from '../../../src/base/ids.ts';
import type { Log } from '../../../src/base/log.ts';
import { DEFAULT_CLIPBOARD, DEFAULT_QUBE_CLIPBOARD } from '../../../src/config/clipboard.ts';
import type { Config, QubeConfig } from '../../../src/config/config.ts';
import { DEFAULT_PANEL } from '../../../src/config/panel.ts';
import { controlSocketPath } from '../../../src/config/runtime-dir.ts';
import { ControlClient } from '../../../src/control/client.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import { runDaemon } from '../../../src/daemon/main.ts';
import { native } from '../../../src/native/addon.ts';
import { STATUS } from '../../../src/protocol/service.ts';
import { BUILTIN_LABELS } from '../../../src/trust/label.ts';
import { type Screen, startScreen } from '../../rig/screen.ts';
import { ScriptedKeeper, type ScriptedQube } from '../../rig/scripted-keeper.ts';
import { waitUntil } from '../../rig/wait.ts';
import { create, damage, dump, map, W } from './stage.ts';

export function testConfig(): Config {
  const labels = new Map(BUILTIN_LABELS.map((label) => [label.name, label]));
  const qube = (text: string, id: number, label: string, programs: string[][]): QubeConfig => {
    const name = parseQubeName(text);
    const color = labels.get(label);
    if (!name || !color) throw new Error(`${text}, ${label}`);
    return {
      name,
      domainId: id as DomainId,
      label: color,
      backend: 'sandbox',
      autostart: false,
      programs,
      home: undefined,
      network: false,
      poolBytes: undefined,
      fullscreen: false,
      titles: 'unicode',
      limits: { ...DEFAULT_LIMITS, maxWindows: 50, maxQueueBytes: 1 << 20 },
      clipboard: DEFAULT_QUBE_CLIPBOARD,
    };
  };
  const qubes = [
    qube('work', 1, 'blue', [['xterm'], ['xclock', '-update', '1']]),
    qube('untrusted', 2, 'red', []),
  ];
  return {
    file: undefined,
    labels,
    qubes: new Map(qubes.map((one) => [one.name, one])),
    frame: { thickness: 6 },
    clipboard: DEFAULT_CLIPBOARD,
    panel: DEFAULT_PANEL,
  };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that a test can read. */
export function recordingLog(lines: LogLine[], base: Record<string, unknown> = {}): Log {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: { ...base, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLog(lines, { ...base, ...fields }),
  };
}

/** One run of the daemon. */
export interface DaemonRun {
  readonly log: LogLine[];
  /** Settles with its end. */
  readonly ended: Promise<number>;
}

export class DaemonStage implements AsyncDisposable {
  readonly config = testConfig();
  readonly screen: Screen;
  readonly runtimeDir: string;
  readonly keeper: ScriptedKeeper;
  #client: ControlClient | undefined;
  #run: DaemonRun | undefined;

  private constructor(screen: Screen) {
    this.screen = screen;
    this.runtimeDir = join(screen.directory, 'run');
    mkdirSync(this.runtimeDir, { mode: 0o700 });
    this.keeper = new ScriptedKeeper(this.runtimeDir, this.config.qubes.values());
  }

  static async open(): Promise<DaemonStage> {
    return new DaemonStage(await startScreen({ wm: 'none', width: 1001, height: 700 }));
  }

  get client(): ControlClient {
    this.#client ??= ControlClient.connect(controlSocketPath(this.runtimeDir));
    return this.#client;
  }

  /** Starts the daemon; resolves when it is ready. */
  async start(more: { clipboard?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<DaemonRun> {
    const log: LogLine[] = [];
    let ready = () => {};
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const ended = runDaemon({
      config: this.config,
      runtimeDir: this.runtimeDir,
      display: this.screen.server.display,
      cookie: this.screen.server.cookie,
      log: recordingLog(log),
      version: 'test',
      clipboard: false,
      ...more,
      onReady: ready,
    });
    ended.catch(() => {});
    await Promise.race([isReady, ended]);
    this.#run = { log, ended };
    return this.#run;
  }

  /** Ends the daemon as the command line does. */
  async end(): Promise<void> {
    await this.client.ask('shutdown', {});
    await this.#run?.ended;
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
    this.#run = undefined;
  }

  windows(): Promise<readonly WindowListing[]> {
    return this.client.ask('windows', {});
  }

  /** Waits until exactly `count` windows show pixels. */
  shown(count: number): Promise<readonly WindowListing[]> {
    return waitUntil(async () => {
      const list = await this.windows();
      const full = list.every((one) => one.mapped && one.firstPixelsMs !== null);
      return list.length === count && full ? list : undefined;
    }, `${count} windows`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended, by itself or by a signal.
    if (this.#run) await this.end().catch(() => {});
    this.#client?.[Symbol.dispose]();
    await this.keeper[Symbol.asyncDispose]();
    await this.screen[Symbol.asyncDispose]();
  }
}

/** Plays a qube that is ready and shows one window of one colour. */
export async function showWindow(
  qube: ScriptedQube,
  place: { readonly x: number; readonly y: number },
  color: number,
): Promise<void> {
  const { gui, pool } = qube;
  await gui.ready();
  const [width, height] = [200, 100];
  const row = Buffer.alloc(width * 4);
  for (let x = 0; x < width; x++) row.writeUInt32LE(color, x * 4);
  for (let y = 0; y < height; y++) native().writeAt(pool, row, y * width * 4);
  gui.send(create(W, { ...place, width, height }), map(W), dump(W, width, height));
  gui.send(damage(W, 0, 0, width, height));
}

/** Answers every request of dom0. */
export function answerAll(qube: ScriptedQube): void {
  const answer = (id: number) => qube.service.say({ name: 'answer', id, status: STATUS.ok });
  for (const { id } of qube.service.requests) answer(id);
  qube.service.onRequest = ({ id }) => answer(id);
}
