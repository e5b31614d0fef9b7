/**
 * The agent outside of a sandbox: its real self in this process, on real
 * sockets, with a real pool, X server and programs, and scripted daemons.
 */
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../../../src/agent/agent.ts';
import { lineLog } from '../../../src/agent/log.ts';
import { PoolPages } from '../../../src/agent/shared-pages.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { SocketListener } from '../../../src/channel/socket-listener.ts';
import { type Fd, native } from '../../../src/native/addon.ts';
import { NEWEST, type Version } from '../../../src/protocol/version.ts';
import { XConnection } from '../../../src/x11/connection.ts';
import { localDisplay } from '../../../src/x11/display.ts';
import type { Geometry, ImageReply } from '../../../src/x11/package-records.ts';
import { findCookie } from '../../../src/x11/xauthority.ts';
import { waitUntil } from '../../rig/wait.ts';
import { ScriptedAsker } from './scripted-asker.ts';
import { type DaemonOptions, ScriptedDaemon } from './scripted-daemon.ts';

export interface RigOptions {
  readonly poolBytes?: number;
  readonly protocol?: Version;
  readonly maxQueueBytes?: number;
  readonly clipboardKeepMs?: number;
  readonly xServer?: 'xvfb' | 'xvnc';
  /** Instead of the pool, for what the agent must refuse. */
  readonly poolFile?: string;
}

const SCREEN = { width: 1024, height: 768 } as const;

export class AgentRig implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'livery-agent-test-'));
  readonly guiPath = join(this.directory, 'gui.sock');
  readonly servicePath = join(this.directory, 'service.sock');
  /** The daemon's view of the pool. */
  readonly pool: Fd;
  readonly pages: number;
  readonly agent: Agent;
  /** The agent's end of the GUI channel. */
  readonly gui: SocketListener;
  readonly lines: string[] = [];
  readonly #closers: (() => void)[] = [];
  #x: XConnection | undefined;
  #service: ScriptedAsker | undefined;

  constructor(options: RigOptions = {}) {
    const poolBytes = options.poolBytes ?? 64 * 1024 * 1024;
    this.pool = native().createPool('agent-test', poolBytes);
    this.pages = poolBytes / 4096;
    const bound = options.maxQueueBytes;
    this.gui = new SocketListener({
      at: { path: this.guiPath },
      ...(bound === undefined ? {} : { maxQueueBytes: bound }),
    });
    this.agent = new Agent({
      gui: this.gui,
      service: new SocketListener({ at: { path: this.servicePath } }),
      pages: new PoolPages(
        options.poolFile
          ? native().openFile(options.poolFile, constants.O_RDONLY)
          : this.pool.dup(),
      ),
      protocol: options.protocol ?? NEWEST,
      xServer: options.xServer ?? 'xvfb',
      screen: undefined,
      clipboardKeepMs: options.clipboardKeepMs,
      version: 'agent-test',
      env: {
        PATH: process.env.PATH,
        HOME: this.directory,
        XDG_RUNTIME_DIR: join(this.directory, 'run'),
      },
      clock: systemClock,
      log: lineLog((line) => this.lines.push(line)),
    });
  }

  static async start(options: RigOptions = {}): Promise<AgentRig> {
    const rig = new AgentRig(options);
    await rig.agent.start();
    return rig;
  }

  /** A daemon that is through the handshake. */
  async daemon(options: DaemonOptions = {}): Promise<ScriptedDaemon> {
    for (;;) {
      const daemon = new ScriptedDaemon(this.guiPath, { ...SCREEN, ...options });
      this.#closers.push(() => daemon[Symbol.dispose]());
      // While the agent has not noticed that the one before went, it turns others away.
      await waitUntil(() => daemon.version !== undefined || daemon.ended, 'the agent answers');
      if (daemon.version) return daemon;
    }
  }

  /** dom0's end of the service channel, handshake done. */
  async service(): Promise<ScriptedAsker> {
    if (!this.#service) {
      const service = new ScriptedAsker(this.servicePath);
      this.#closers.push(() => service[Symbol.dispose]());
      this.#service = await service.connected();
    }
    return this.#service;
  }

  /** The service channel of a daemon that comes after the one before. */
  async otherService(): Promise<ScriptedAsker> {
    this.#service?.[Symbol.dispose]();
    for (;;) {
      const service = new ScriptedAsker(this.servicePath);
      this.#closers.push(() => service[Symbol.dispose]());
      this.#service = service;
      await waitUntil(() => service.isConnected || service.ended, 'the agent answers');
      if (service.isConnected) return service;
    }
  }

  /** Starts a program in the qube over the service channel. */
  async run(...argv: string[]): Promise<number> {
    const service = await this.service();
    return service.run(argv);
  }

  /** The test's own look into the qube's X server. */
  async x(): Promise<XConnection> {
    this.#x ??= await this.client();
    return this.#x;
  }

  /** A further client of the qube's X server, as a program in it would be. */
  async client(): Promise<XConnection> {
    const number = await waitUntil(() => this.agent.displayNumber, 'the qube has an X server');
    const display = localDisplay(number);
    const cookie = findCookie(display, this.xauthority);
    const x = await XConnection.open(display, { name: 'qube program', cookie });
    this.#closers.push(() => x[Symbol.dispose]());
    return x;
  }

  get xauthority(): string {
    return join(this.directory, 'run', 'livery-x', 'Xauthority');
  }

  /** The window's pixels in the qube's X server, BGRX without X. */
  async qubePixels(window: VmWindowId): Promise<{ width: number; height: number; data: Buffer }> {
    const x = await this.x();
    const { width, height } = await x.request<Geometry>((done) => x.X.GetGeometry(window, done));
    const image = await x.request<ImageReply>((done) =>
      x.X.GetImage(2, window, 0, 0, width, height, 0xffffff, done),
    );
    return { width, height, data: withoutAlpha(image.data) };
  }

  /** What the daemon would show: the newest dump's bytes in the pool. */
  poolPixels(
    daemon: ScriptedDaemon,
    window: VmWindowId,
  ): { width: number; height: number; data: Buffer } | undefined {
    const dump = daemon.all('dump', window).at(-1);
    if (!dump) return undefined;
    const data = Buffer.alloc(dump.width * dump.height * 4);
    native().readAt(this.pool, data, (dump.refs[0] as number) * 4096);
    return { width: dump.width, height: dump.height, data: withoutAlpha(data) };
  }

  /** Waits until the daemon's picture of the window is the qube's. */
  async samePixels(daemon: ScriptedDaemon, window: VmWindowId): Promise<void> {
    await waitUntil(
      async () => {
        const there = await this.qubePixels(window);
        const here = this.poolPixels(daemon, window);
        return (
          here !== undefined &&
          here.width === there.width &&
          here.height === there.height &&
          here.data.equals(there.data)
        );
      },
      `the pool shows what window 0x${window.toString(16)} shows`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.reverse()) close();
    await this.agent[Symbol.asyncDispose]();
    this.pool[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function withoutAlpha(data: Buffer): Buffer {
  const copy = Buffer.from(data);
  for (let at = 3; at < copy.length; at += 4) copy[at] = 0;
  return copy;
}
