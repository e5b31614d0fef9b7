/**
 * A screen for a test: a real X server with its own cookie and directory, with
 * a window manager or without, a connection to look at it and a person in front
 * of it. Everything ends with it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rect } from '../../src/base/geometry.ts';
import { XConnection } from '../../src/x11/connection.ts';
import { ATOM } from '../../src/x11/properties.ts';
import { startXServer, type XServer } from '../../src/x11/server.ts';
import { grab, type Image } from './image.ts';
import { User } from './user.ts';
import {
  type RunningManager,
  startWindowManager,
  type WindowManagerName,
} from './window-manager.ts';

const RESOURCE_MANAGER = 23;

export interface ScreenOptions {
  readonly wm: WindowManagerName | 'none';
  /** xvnc where the screen must change its size; default xvfb. */
  readonly kind?: 'xvfb' | 'xvnc';
  readonly width?: number;
  readonly height?: number;
  /** As a desktop sets it for all programs (Xft.dpi); default: nothing says it. */
  readonly dpi?: number;
}

export class Screen implements AsyncDisposable {
  readonly directory: string;
  readonly server: XServer;
  /** The test's own connection. */
  readonly x: XConnection;
  readonly user: User;
  #manager: RunningManager | undefined;
  #managers = 0;

  constructor(directory: string, server: XServer, x: XConnection, user: User) {
    this.directory = directory;
    this.server = server;
    this.x = x;
    this.user = user;
  }

  get manager(): RunningManager | undefined {
    return this.#manager;
  }

  /** DISPLAY and XAUTHORITY for programs on this screen. */
  get env(): Record<string, string> {
    return { DISPLAY: this.server.displayName, XAUTHORITY: this.server.xauthority };
  }

  async startManager(name: WindowManagerName): Promise<void> {
    const home = join(this.directory, `wm-${this.#managers++}`);
    this.#manager = await startWindowManager(name, this.server, this.x, home);
  }

  async stopManager(): Promise<void> {
    await this.#manager?.stop();
    this.#manager = undefined;
  }

  grab(rect?: Rect): Promise<Image> {
    return grab(this.x, rect);
  }

  /** Runs `look` while no other client is served, so that what it sees belongs together. */
  async still<T>(look: (x: XConnection) => Promise<T>): Promise<T> {
    this.x.X.GrabServer();
    try {
      return await look(this.x);
    } finally {
      this.x.X.UngrabServer();
      this.x.flush();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopManager();
    this.x[Symbol.dispose]();
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function startScreen(options: ScreenOptions): Promise<Screen> {
  const directory = mkdtempSync(join(tmpdir(), 'livery-screen-'));
  const server = await startXServer({
    kind: options.kind ?? 'xvfb',
    width: options.width ?? 1280,
    height: options.height ?? 800,
    directory: join(directory, 'x'),
  });
  const x = await XConnection.open(server.display, { name: 'test', cookie: server.cookie });
  const screen = new Screen(directory, server, x, await User.sit(x));
  if (options.dpi !== undefined) {
    const text = Buffer.from(`Xft.dpi:\t${options.dpi}\n`);
    x.X.ChangeProperty(0, x.root, RESOURCE_MANAGER, ATOM.STRING, 8, text);
    await x.sync();
  }
  if (options.wm !== 'none') await screen.startManager(options.wm);
  return screen;
}
