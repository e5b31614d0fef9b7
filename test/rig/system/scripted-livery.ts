/**
 * The real daemon as a process of its own on a real screen, with qubes whose
 * agents are played by the test word by word: for attacks that no honest agent
 * makes, and for many rounds that are over quickly.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rect } from '../../../src/base/geometry.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { readConfig } from '../../../src/config/read.ts';
import { controlSocketPath } from '../../../src/config/runtime-dir.ts';
import { ControlClient } from '../../../src/control/client.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import { native } from '../../../src/native/addon.ts';
import { STATUS } from '../../../src/protocol/service.ts';
import { PLAIN_FRAME } from '../plain-frame.ts';
import { type Screen, type ScreenOptions, startScreen } from '../screen.ts';
import type { ScriptedAgent, ScriptedAgentOptions } from '../scripted-agent.ts';
import { ScriptedKeeper, type ScriptedQube } from '../scripted-keeper.ts';
import { waitUntil } from '../wait.ts';
import { ClipboardFiles } from './clipboard-files.ts';
import { ClipboardUser, type Place } from './clipboard-user.ts';
import { LiveryProcess } from './livery-process.ts';
import { Pager } from './pager.ts';

/** The window that every played qube shows. */
export const WINDOW = 0x0040_0007 as VmWindowId;
const SIZE = { width: 220, height: 120 } as const;
const GAP = 40;

export interface ScriptedLiveryOptions extends Partial<ScreenOptions> {
  /** Further lines of [qube.NAME], `label` first, by name. */
  readonly qubes: Readonly<Record<string, string>>;
  /** The rules; default: everything is allowed. */
  readonly policy?: string;
  /** Lines of [panel]. */
  readonly panel?: string;
  /** Further lines of [clipboard]. */
  readonly clipboard?: string;
}

export class ScriptedLivery implements AsyncDisposable {
  readonly screen: Screen;
  readonly files: ClipboardFiles;
  readonly person: ClipboardUser;
  readonly keeper: ScriptedKeeper;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly pager: Pager;
  daemon!: LiveryProcess;
  readonly #places = new Map<string, Rect>();
  #marks = 0;
  #client: ControlClient | undefined;

  constructor(screen: Screen, pager: Pager, files: ClipboardFiles, options: ScriptedLiveryOptions) {
    this.screen = screen;
    this.files = files;
    this.pager = pager;
    this.person = new ClipboardUser(screen, pager);
    this.directory = mkdtempSync(join(tmpdir(), 'livery-scripted-'));
    const runtimeDir = join(this.directory, 'run');
    mkdirSync(runtimeDir, { mode: 0o700 });
    const tables = Object.entries(options.qubes).map(
      ([name, lines]) => `[qube.${name}]\n${lines}\n`,
    );
    const panel = options.panel === undefined ? '' : `[panel]\n${options.panel}\n`;
    writeFileSync(
      this.configFile,
      PLAIN_FRAME + panel + tables.join('') + files.table(options.clipboard),
    );
    this.env = {
      PATH: process.env.PATH,
      HOME: this.directory,
      LANG: 'C.UTF-8',
      LIVERY_RUNTIME_DIR: runtimeDir,
      ...screen.env,
    };
    this.keeper = new ScriptedKeeper(runtimeDir, readConfig(this.configFile).qubes.values());
  }

  get configFile(): string {
    return join(this.directory, 'livery.toml');
  }

  get client(): ControlClient {
    this.#client ??= ControlClient.connect(controlSocketPath(join(this.directory, 'run')));
    return this.#client;
  }

  async startDaemon(): Promise<void> {
    const { env } = this;
    this.daemon = new LiveryProcess(['daemon', '--config', this.configFile], {
      env,
      lifeline: true,
    });
    await this.daemon.ready();
  }

  /** The qube's end of its GUI channel. */
  agent(name: string): ScriptedAgent {
    return this.keeper.qube(name).gui;
  }

  /** Starts a qube that shows one window; resolves when that is on the screen. */
  async start(name: string, options: ScriptedAgentOptions = {}): Promise<ScriptedAgent> {
    await this.keeper.start(name, options);
    const qube = this.keeper.qube(name);
    const answer = (id: number) => qube.service.say({ name: 'answer', id, status: STATUS.ok });
    for (const { id } of qube.service.requests) answer(id);
    qube.service.onRequest = ({ id }) => answer(id);
    await qube.gui.ready();
    await this.show(name);
    return qube.gui;
  }

  /** The qube says that it has its window (again). */
  async show(name: string): Promise<WindowListing> {
    this.#sayWindow(this.keeper.qube(name), this.#rect(name));
    return this.place(name);
  }

  /** Where the qube's window is on the screen. */
  async place(name: string): Promise<WindowListing> {
    return waitUntil(async () => {
      const windows = await this.client.ask('windows', {});
      return windows.find((one) => one.qube === name && one.mapped && one.firstPixelsMs !== null);
    }, `the window of ${name} is shown`);
  }

  /** Gives the qube's window the focus, and waits until chords count in it. */
  async focus(name: string): Promise<Place> {
    const place = await this.place(name);
    const agent = this.agent(name);
    await this.person.focus(place, () =>
      waitUntil(
        () => agent.heard('focus').at(-1)?.focused,
        'the qube is told that it has the focus',
      ),
    );
    return place;
  }

  /** Presses the copy chord in the qube's window; resolves when the qube is asked. */
  async askCopy(name: string): Promise<void> {
    const agent = this.agent(name);
    const asked = agent.heard('clipboardRequest').length;
    await this.focus(name);
    await this.person.copyChord();
    await agent.hear('clipboardRequest', asked + 1);
  }

  /** The whole of a copy: focus, chord, answer; resolves when dom0 keeps it. */
  async copy(name: string, text: Uint8Array | string): Promise<void> {
    const since = this.files.now;
    await this.askCopy(name);
    this.answer(name, text);
    await this.files.record(since, { event: 'copied', source: name });
  }

  /** CLIPBOARD_DATA of the qube, asked for or not. */
  answer(name: string, text: Uint8Array | string): void {
    const data = typeof text === 'string' ? Buffer.from(text) : text;
    this.agent(name).send({ name: 'clipboardData', window: WINDOW, data });
  }

  /** Focuses the qube's window and presses the paste chord. */
  async paste(name: string): Promise<void> {
    await this.focus(name);
    await this.person.pasteChord();
  }

  /** Every text that dom0 gave the qube in this conversation. */
  given(name: string): Buffer[] {
    return this.agent(name)
      .heard('clipboardData')
      .map(({ data }) => Buffer.from(data));
  }

  /** Waits for the `count`-th text that the qube is given. */
  async givenText(name: string, count = 1): Promise<Buffer> {
    await this.agent(name).hear('clipboardData', count);
    return this.given(name)[count - 1] as Buffer;
  }

  /** What is true of the clipboard by dom0's word; every message sent before has been handled. */
  async settled(name: string): Promise<void> {
    // A title is shown in order with everything else that the qube said.
    const title = `mark ${++this.#marks}`;
    this.agent(name).send({ name: 'title', window: WINDOW, text: Buffer.from(title) });
    await waitUntil(async () => {
      const windows = await this.client.ask('windows', {});
      return windows.some((one) => one.qube === name && one.title === title);
    }, 'dom0 has heard everything');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.[Symbol.dispose]();
    await this.daemon?.[Symbol.asyncDispose]();
    await this.keeper[Symbol.asyncDispose]();
    await this.screen[Symbol.asyncDispose]();
    this.files[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #rect(name: string): Rect {
    const known = this.#places.get(name);
    if (known) return known;
    const at = this.#places.size;
    // Below dom0's notices.
    const rect = { x: GAP + at * (SIZE.width + GAP), y: 320, ...SIZE };
    this.#places.set(name, rect);
    return rect;
  }

  #sayWindow({ gui, pool }: ScriptedQube, rect: Rect): void {
    const { width, height } = rect;
    const row = Buffer.alloc(width * 4, 0x60);
    for (let y = 0; y < height; y++) native().writeAt(pool, row, y * width * 4);
    const pages = Math.ceil((width * height * 4) / 4096);
    gui.send(
      {
        ...{ name: 'create', window: WINDOW, ...rect },
        ...{ parent: 0 as VmWindowId, overrideRedirect: false },
      },
      { name: 'map', window: WINDOW, transientFor: undefined, overrideRedirect: false },
      {
        ...{ name: 'dump', window: WINDOW, width, height },
        refs: Uint32Array.from({ length: pages }, (_, page) => page),
      },
      { name: 'shmImage', window: WINDOW, x: 0, y: 0, width, height },
    );
  }
}

/** A daemon with all qubes of the configuration running and shown. */
export async function startScriptedLivery(options: ScriptedLiveryOptions): Promise<ScriptedLivery> {
  const files = new ClipboardFiles(options.policy ?? '@any @any allow\n');
  const screen = await startScreen({ wm: 'openbox', width: 1200, height: 600, ...options });
  const livery = new ScriptedLivery(screen, await Pager.open(screen.x), files, options);
  try {
    await livery.startDaemon();
    for (const name of Object.keys(options.qubes)) await livery.start(name);
    return livery;
  } catch (error) {
    const said = livery.daemon?.err.slice(-3000);
    await livery[Symbol.asyncDispose]().catch(() => {});
    throw new Error(`${(error as Error).message}\n${said}`);
  }
}
