/**
 * The daemon's own process on a real screen, and scripted agents that it
 * connects to: one qube for each conversation, so that what one of them does to
 * its session is its own affair.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { readConfig } from '../../src/config/read.ts';
import type { Fd } from '../../src/native/addon.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { answerAll } from '../e2e/session/daemon-stage.ts';
import type { Image } from '../rig/image.ts';
import { withPlainFrame } from '../rig/plain-frame.ts';
import { type Screen, type ScreenOptions, startScreen } from '../rig/screen.ts';
import type { ScriptedAgent } from '../rig/scripted-agent.ts';
import {
  ScriptedKeeper,
  type ScriptedQube,
  type ScriptedQubeOptions,
} from '../rig/scripted-keeper.ts';
import type { ScriptedService } from '../rig/scripted-service.ts';
import { LiveryProcess } from '../rig/system/livery-process.ts';
import { waitUntil } from '../rig/wait.ts';
import { vectorBytes } from '../unit/protocol/golden.ts';
import { type Frame, framesOf } from './frames.ts';
import { imageColor } from './pages.ts';

/** The window of the vectors, and one that none of them has. */
export const W = 0x0040_0007 as VmWindowId;
const PROBE = 0x0090_0001 as VmWindowId;

const QUBES = 120;
/** The first ones have titles in ASCII. */
const PLAIN = 5;
/** The first qube's domain; the others follow. */
const FIRST_DOMAIN = 5;

export interface PeerOptions extends Omit<ScriptedQubeOptions, 'version'> {
  /** Minor version that the agent announces; `null` = it says nothing by itself. Default 8. */
  readonly minor?: number | null;
  /** What titles of this qube may be made of; default unicode. */
  readonly titles?: 'unicode' | 'ascii';
}

/** The screen, and the configuration instead of a hundred qubes that are all alike. */
export interface DaemonOptions extends Partial<ScreenOptions> {
  readonly toml?: string;
}

export class WireDaemon implements AsyncDisposable {
  readonly screen: Screen;
  readonly process: LiveryProcess;
  readonly runtimeDir: string;
  readonly #keeper: ScriptedKeeper;
  #plain = 0;
  #used = PLAIN;

  private constructor(screen: Screen, runtimeDir: string, keeper: ScriptedKeeper, config: string) {
    this.screen = screen;
    this.runtimeDir = runtimeDir;
    this.#keeper = keeper;
    this.process = new LiveryProcess(['daemon', '--config', config], {
      env: {
        ...screen.env,
        PATH: process.env.PATH,
        HOME: screen.directory,
        LIVERY_RUNTIME_DIR: runtimeDir,
      },
    });
  }

  static async start({ toml, ...options }: DaemonOptions = {}): Promise<WireDaemon> {
    const screen = await startScreen({ wm: 'none', width: 1920, height: 1080, ...options });
    const runtimeDir = join(screen.directory, 'run');
    mkdirSync(runtimeDir, { mode: 0o700 });
    const config = join(screen.directory, 'config.toml');
    const qubes = Array.from({ length: QUBES }, (_, i) => {
      const titles = i < PLAIN ? 'ascii' : 'unicode';
      return `[qube.vec${i}]\nlabel = "blue"\nid = ${FIRST_DOMAIN + i}\ntitles = "${titles}"\n`;
    });
    writeFileSync(config, withPlainFrame(toml ?? qubes.join('\n')));
    const keeper = new ScriptedKeeper(runtimeDir, readConfig(config).qubes.values());
    const daemon = new WireDaemon(screen, runtimeDir, keeper, config);
    await daemon.process.ready();
    return daemon;
  }

  /** A scripted agent in a qube that was not used yet; the handshake is over unless `minor` is null. */
  async connect({ minor = 8, titles, ...options }: PeerOptions = {}): Promise<Peer> {
    const name = `vec${titles === 'ascii' ? this.#plain++ : this.#used++}`;
    return this.connectTo(name, { minor, ...options });
  }

  /** The same in a qube of the configuration that `start` was given. */
  async connectTo(
    name: string,
    { minor = 8, ...options }: Omit<PeerOptions, 'titles'> = {},
  ): Promise<Peer> {
    const version = minor === null ? null : { major: 1, minor };
    await this.#keeper.start(name, { ...options, version });
    const qube = this.#keeper.qube(name);
    answerAll(qube);
    const peer = new Peer(this, name, qube, async () => {
      await this.#keeper.stop(name);
    });
    if (minor !== null) await qube.gui.ready();
    else await waitUntil(() => qube.gui.connected, `the daemon connects to ${name}`);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.#keeper[Symbol.asyncDispose]();
    await this.screen[Symbol.asyncDispose]();
  }
}

/** One conversation with the daemon, and the daemon's screen as far as it shows this qube. */
export class Peer implements AsyncDisposable {
  readonly daemon: WireDaemon;
  readonly name: string;
  readonly agent: ScriptedAgent;
  readonly service: ScriptedService;
  readonly pool: Fd;
  readonly #close: () => Promise<void>;

  constructor(daemon: WireDaemon, name: string, qube: ScriptedQube, close: () => Promise<void>) {
    this.daemon = daemon;
    this.name = name;
    this.agent = qube.gui;
    this.service = qube.service;
    this.pool = qube.pool;
    this.#close = close;
  }

  get x() {
    return this.daemon.screen.x;
  }

  /** The bytes of a vector. */
  say(id: string): void {
    this.agent.sendRaw(vectorBytes(id));
  }

  send(...messages: FromVmDraft[]): void {
    this.agent.send(...messages);
  }

  frames(): Promise<Map<number, Frame>> {
    return framesOf(this.x, this.name);
  }

  /** The frame of the qube's window `id` once it fulfils `test`. */
  frame(
    id: number = W,
    test: (frame: Frame) => boolean = () => true,
    what = 'is there',
  ): Promise<Frame> {
    return waitUntil(
      async () => {
        const frame = (await this.frames()).get(id);
        return frame && test(frame) ? frame : undefined;
      },
      `the frame of 0x${id.toString(16)} ${what}`,
    );
  }

  mapped(id: number = W): Promise<Frame> {
    return this.frame(id, (frame) => frame.mapped, 'is mapped');
  }

  async noFrame(id: number = W): Promise<void> {
    await waitUntil(async () => !(await this.frames()).has(id), `0x${id.toString(16)} is gone`);
  }

  /**
   * The session lives and takes messages at the right place: a window comes and
   * goes. Everything sent before has been carried out then.
   */
  async inStep(): Promise<void> {
    const before = this.agent.heard('destroyAck').length;
    const place = { x: 5, y: 5, width: 10, height: 10, parent: 0 as VmWindowId };
    this.send({ name: 'create', window: PROBE, ...place, overrideRedirect: false });
    await this.frame(PROBE);
    this.send({ name: 'destroy', window: PROBE });
    await this.noFrame(PROBE);
    if ((this.agent.version?.minor ?? 0) < 5) return;
    await this.agent.hear('destroyAck', before + 1);
    this.agent.messages = this.agent.messages.filter(
      (message) => !(message.name === 'destroyAck' && message.window === PROBE),
    );
  }

  /** The daemon ended this session because of the rule `code`; the daemon itself goes on. */
  async ended(code: string): Promise<void> {
    await this.agent.gone();
    await this.daemon.process.said(
      new RegExp(`^.*"(qube|name)":"${this.name}".*"code":"${code}".*$`, 'm'),
    );
    await waitUntil(async () => (await this.frames()).size === 0, 'its windows are gone');
    expect(this.daemon.process.over).toBe(false);
  }

  /** What the daemon has said since the handshake: the messages' names and windows. */
  heard(): string[] {
    return this.agent.messages.map((one) => `${one.name} ${'window' in one ? one.window : ''}`);
  }

  /** The content on the screen. */
  async picture(id: number = W): Promise<{ image: Image; rect: Frame['rect'] }> {
    // Not inside: nobody is served there, so nothing could be waited for.
    await this.frame(id);
    return this.daemon.screen.still(async () => {
      const rect = (await this.frames()).get(id)?.rect;
      if (!rect) throw new Error(`0x${id.toString(16)} has just gone`);
      return { image: await this.daemon.screen.grab(rect), rect };
    });
  }

  /** Waits until the window shows the image that lies in `refs`. */
  async shows(
    refs: ArrayLike<number>,
    width: number,
    height: number,
    id: number = W,
  ): Promise<void> {
    let wrong = -1;
    await waitUntil(async () => {
      const { image, rect } = await this.picture(id);
      const area = { x: rect.x, y: rect.y, width, height };
      wrong = image.differences(
        area,
        (x, y) => imageColor(refs, width, x - rect.x, y - rect.y) ?? -1,
      );
      return wrong === 0;
    }, 'the window shows its pages').catch((error: Error) => {
      throw new Error(`${error.message}: ${wrong} pixels are wrong`);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
