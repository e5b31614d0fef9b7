/**
 * The real `livery-guid` process on a real screen, with a scripted agent at its
 * socket and the qube's memory in a pool directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Rect } from '../../../src/base/geometry.ts';
import type { DomainId, VmWindowId } from '../../../src/base/ids.ts';
import { PoolFile } from '../../../src/channel/pool-file.ts';
import { type Fd, native, PAGE_BYTES } from '../../../src/native/addon.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import type { Geometry, WindowAttributes } from '../../../src/x11/package-records.ts';
import { getProperty } from '../../../src/x11/properties.ts';
import { type Screen, startScreen, waitUntil } from '../../rig/rig.ts';
import { ScriptedAgent, type ScriptedAgentOptions } from '../../rig/scripted-agent.ts';

const SCRIPT = resolve('dist/bin/livery-guid.js');
const POOL_BYTES = 32 << 20;
const VIEWABLE = 2;

export interface GuidEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of the program. */
export class GuidRun implements AsyncDisposable {
  out = '';
  err = '';
  readonly pid: number;
  readonly ended: Promise<GuidEnd>;
  readonly #child: ChildProcess;
  #over = false;

  /** @param around what runs it: `setpriv` and the like, with its words */
  constructor(words: readonly string[], env: NodeJS.ProcessEnv, around: readonly string[] = []) {
    const [program = '', ...before] = [...around, process.execPath];
    this.#child = spawn(program, [...before, SCRIPT, ...words], {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.#child.pid ?? 0;
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.ended = new Promise((done) => {
      this.#child.once('close', (status, signal) => {
        this.#over = true;
        done({ status, signal });
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#over) this.#child.kill(name);
  }

  said(pattern: RegExp): Promise<string> {
    return waitUntil(() => pattern.exec(this.err)?.[0], `${pattern} in ${this.err}`, {
      until: this.ended,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}

export interface ShownFrame {
  /** The frame's number in the X server. */
  readonly window: number;
  /** Its outer edge, root coordinates. */
  readonly frame: Rect;
  readonly overrideRedirect: boolean;
}

export class GuidStage implements AsyncDisposable {
  readonly screen: Screen;
  readonly domain: number;
  readonly poolDir: string;
  readonly runDir: string;
  readonly logDir: string;
  readonly socketDir: string;
  readonly border = 6;
  agent!: ScriptedAgent;
  #pool: Fd | undefined;
  readonly #runs: GuidRun[] = [];

  readonly #ownScreen: boolean;

  private constructor(screen: Screen, domain: number, ownScreen: boolean) {
    this.screen = screen;
    this.domain = domain;
    this.#ownScreen = ownScreen;
    const folder = (name: string): string => {
      const path = join(screen.directory, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    };
    this.poolDir = folder('pools');
    this.runDir = folder('run');
    this.logDir = folder('log');
    this.socketDir = folder('vchan');
  }

  static async open(options: { domain?: number; agent?: ScriptedAgentOptions | null } = {}) {
    const screen = await startScreen({ wm: 'none', width: 800, height: 600 });
    const stage = new GuidStage(screen, options.domain ?? 5, true);
    if (options.agent !== null) await stage.listen(options.agent);
    return stage;
  }

  /** Another qube with a program of its own on the screen of `other`, which must outlive it. */
  static async beside(other: GuidStage, domain: number): Promise<GuidStage> {
    const stage = new GuidStage(other.screen, domain, false);
    await stage.listen();
    return stage;
  }

  get socketPath(): string {
    return join(this.socketDir, `vchan.${this.domain}.0.6000.sock`);
  }

  get flag(): string {
    return join(this.runDir, `guid-running.${this.domain}`);
  }

  /** Where its icons are taken; two of them may have one name in a test. */
  get runtimeDir(): string {
    return join(this.screen.directory, `live-${this.domain}`);
  }

  get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.screen.directory,
      ...this.screen.env,
      VCHAN_SOCKET_DIR: this.socketDir,
      LIVERY_POOL_DIR: this.poolDir,
      LIVERY_GUID_RUN_DIR: this.runDir,
      LIVERY_RUNTIME_DIR: this.runtimeDir,
      LIVERY_GUID_LOG_DIR: this.logDir,
    };
  }

  async listen(options: ScriptedAgentOptions = {}): Promise<ScriptedAgent> {
    this.agent = await ScriptedAgent.listen(this.socketPath, options);
    return this.agent;
  }

  /** Starts the program with `-d` and `-N work` before `words`. */
  start(
    words: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    around?: readonly string[],
  ): GuidRun {
    const all = ['-d', String(this.domain), '-N', 'work', ...words];
    const run = new GuidRun(all, { ...this.env, ...env }, around);
    this.#runs.push(run);
    return run;
  }

  /** In the foreground; resolves when the handshake is done. */
  async serve(words: readonly string[] = []): Promise<GuidRun> {
    const run = this.start(['-f', '-c', '0x3465a4', '--pool-mib', '32', ...words]);
    await Promise.race([
      this.agent.ready(),
      run.ended.then(() => Promise.reject(new Error(run.err))),
    ]);
    return run;
  }

  /** The qube's memory, made by the agent's side if it is not there yet. */
  get pool(): Fd {
    if (!this.#pool) {
      const file = new PoolFile(this.poolDir, this.domain as DomainId, 0);
      file.create(POOL_BYTES);
      this.#pool = native().openFile(file.path, 2);
    }
    return this.#pool;
  }

  /** Another file under the same name, as when the qube starts again. */
  replacePool(): void {
    this.#pool?.[Symbol.dispose]();
    this.#pool = undefined;
    rmSync(join(this.poolDir, `dom-${this.domain}.pool`));
  }

  /** Fills pages so that they are an image of one colour; `refs` in the order of the image. */
  paint(refs: readonly number[], color: (offset: number) => number): void {
    const page = Buffer.alloc(PAGE_BYTES);
    for (const [at, ref] of refs.entries()) {
      for (let i = 0; i < PAGE_BYTES; i += 4) {
        page.writeUInt32LE(color((at * PAGE_BYTES + i) / 4), i);
      }
      native().writeAt(this.pool, page, ref * PAGE_BYTES);
    }
  }

  /** The frame of a window of the qube, as the X server has it now. */
  async frame(id: number): Promise<ShownFrame | undefined> {
    const { x } = this.screen;
    const { number, vm } = await this.#atoms();
    const tree = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(x.root, done),
    );
    for (const window of tree.children) {
      const owner = await getProperty(x, window, vm, 0, 64).catch(() => undefined);
      if (owner?.data.toString('latin1') !== 'work') continue;
      const property = await getProperty(x, window, number, 0, 4).catch(() => undefined);
      if (property?.data.length !== 4 || property.data.readUInt32LE(0) !== id) continue;
      const attributes = await x.request<WindowAttributes>((done) =>
        x.X.GetWindowAttributes(window, done),
      );
      if (attributes.mapState !== VIEWABLE) return undefined;
      const place = await x.request<Geometry>((done) => x.X.GetGeometry(window, done));
      const { xPos, yPos, width, height } = place;
      const overrideRedirect = attributes.overrideRedirect !== 0;
      return { window, frame: { x: xPos, y: yPos, width, height }, overrideRedirect };
    }
    return undefined;
  }

  async shown(id: number): Promise<ShownFrame> {
    return waitUntil(() => this.frame(id), `window ${id} is shown`);
  }

  /** Waits until a pixel of the screen has this colour. */
  async pixel(x: number, y: number, color: number): Promise<void> {
    let seen: number | undefined;
    await waitUntil(
      async () => {
        seen = (await this.screen.grab({ x, y, width: 1, height: 1 })).pixel(x, y);
        return seen === color;
      },
      `pixel ${x},${y} is ${color.toString(16)}`,
    ).catch((error: Error) => {
      throw new Error(`${error.message}, but ${seen?.toString(16)}`);
    });
  }

  /** The caption of a frame. */
  async title(window: number): Promise<string | undefined> {
    const { x } = this.screen;
    const { _NET_WM_NAME } = await x.intern(['_NET_WM_NAME']);
    return (await getProperty(x, window, _NET_WM_NAME))?.data.toString('utf8');
  }

  /** How many files of this name the program that was started last has open. */
  openFiles(name: string): number {
    const folder = `/proc/${this.#runs.at(-1)?.pid}/fd`;
    return readdirSync(folder).filter((fd) => linkOf(`${folder}/${fd}`).includes(name)).length;
  }

  /** The number in the flag, while it is there. */
  flagged(): number | undefined {
    return existsSync(this.flag) ? Number(readFileSync(this.flag, 'latin1')) : undefined;
  }

  async #atoms(): Promise<{ number: number; vm: number }> {
    const atoms = await this.screen.x.intern(['_QUBES_VMWINDOWID', '_QUBES_VMNAME']);
    return { number: atoms._QUBES_VMWINDOWID, vm: atoms._QUBES_VMNAME };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#runs.map((run) => run[Symbol.asyncDispose]()));
    await this.agent?.[Symbol.asyncDispose]();
    this.#pool?.[Symbol.dispose]();
    if (this.#ownScreen) await this.screen[Symbol.asyncDispose]();
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Several references as a dump. */
export function dumpOf(
  window: VmWindowId,
  width: number,
  height: number,
  refs: readonly number[],
): FromVmDraft {
  return { name: 'dump', window, width, height, refs: Uint32Array.from(refs) };
}

/** `count` numbers from `first` on. */
export function pages(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}
