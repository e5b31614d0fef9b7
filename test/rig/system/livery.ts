/**
 * The whole system as a person has it: a screen with a window manager, a real
 * keeper and a real daemon as processes of their own, sandboxed qubes with real
 * programs. A test asks as the command line does and looks at the screen.
 * Nothing in it is played; what is opened here is gone when it is closed, and
 * that is checked.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grow, type Rect, sameRect } from '../../../src/base/geometry.ts';
import { controlSocketPath } from '../../../src/config/runtime-dir.ts';
import { ControlClient } from '../../../src/control/client.ts';
import type { ProgramExit, QubeListing, WindowListing } from '../../../src/control/messages.ts';
import { PLAIN_FRAME } from '../plain-frame.ts';
import { type Screen, type ScreenOptions, startScreen } from '../screen.ts';
import { waitUntil } from '../wait.ts';
import { LiveryProcess } from './livery-process.ts';
import { Pager } from './pager.ts';
import { isAlive, type ProcessId, processTree } from './processes.ts';
import { Puppet } from './puppet.ts';

const PUPPET = fileURLToPath(new URL('puppet.mjs', import.meta.url));
const INSIDE_HOME = '/home/user';
const INSIDE_NODE = '/opt/livery/bin/node';
/** Thickness of the frame at 96 dpi. */
export const BORDER = 6;
/** Looks that must agree before a window counts as settled. */
const SETTLED_LOOKS = 4;

export interface LiveryOptions extends ScreenOptions {
  /** Label by name of the qube. */
  readonly qubes: Readonly<Record<string, string>>;
  /** Lines of [panel]. */
  readonly panel?: string;
  /** Lines of [frame]; default: no frame says the name. */
  readonly frame?: string;
  /** Lines of livery.toml that follow those of a qube. */
  readonly more?: Readonly<Record<string, string>>;
  /** More of the environment of keeper and daemon. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long the qubes may take to be there, in ms; default 40 s. Machines boot. */
  readonly bootMs?: number;
  /** How long a window may take to come to rest, in ms; default as `waitUntil`. */
  readonly patienceMs?: number;
}

export class Livery implements AsyncDisposable {
  readonly screen: Screen;
  readonly pager: Pager;
  readonly directory: string;
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  keeper!: LiveryProcess;
  daemon!: LiveryProcess;
  #client: ControlClient | undefined;
  readonly #puppets: Puppet[] = [];
  readonly #patience: { readonly limitMs?: number };
  /** Every process that was ever seen below the keeper or the daemon. */
  readonly #seen = new Map<string, ProcessId>();

  constructor(
    screen: Screen,
    pager: Pager,
    directory: string,
    configFile: string,
    { env = {}, patienceMs }: Pick<LiveryOptions, 'env' | 'patienceMs'> = {},
  ) {
    this.screen = screen;
    this.pager = pager;
    this.directory = directory;
    this.configFile = configFile;
    this.#patience = patienceMs === undefined ? {} : { limitMs: patienceMs };
    this.env = {
      PATH: process.env.PATH,
      HOME: directory,
      LANG: 'C.UTF-8',
      LIVERY_RUNTIME_DIR: this.runtimeDir,
      ...screen.env,
      ...env,
    };
  }

  get runtimeDir(): string {
    return join(this.directory, 'run');
  }

  get client(): ControlClient {
    this.#client ??= ControlClient.connect(controlSocketPath(this.runtimeDir));
    return this.#client;
  }

  /** Where a file in the home of a qube lies on the host. */
  inHome(qube: string, file: string): string {
    return join(this.directory, 'homes', qube, file);
  }

  async startKeeper(): Promise<void> {
    const { env } = this;
    this.keeper = new LiveryProcess(['keeper', '--config', this.configFile], {
      env,
      lifeline: true,
    });
    await this.keeper.ready();
  }

  async startDaemon(): Promise<void> {
    const { env } = this;
    this.daemon = new LiveryProcess(['daemon', '--config', this.configFile], {
      env,
      lifeline: true,
    });
    await this.daemon.ready();
  }

  /** The connection to a daemon that is gone is of no use. */
  forgetClient(): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }

  windows(): Promise<readonly WindowListing[]> {
    return this.client.ask('windows', {});
  }

  qubes(): Promise<readonly QubeListing[]> {
    return this.client.ask('qubes', {});
  }

  /** Every qube runs and can show windows. */
  async connected(limitMs = 40_000): Promise<void> {
    await waitUntil(
      async () => (await this.qubes()).every((one) => one.connected),
      'every qube is connected',
      { limitMs, until: this.daemon.ended },
    );
  }

  /** Starts a program in a qube. */
  async start(qube: string, ...argv: string[]): Promise<void> {
    await this.client.ask('run', { qube, argv });
  }

  /** Runs a program in a qube to its end. */
  async run(qube: string, ...argv: string[]): Promise<ProgramExit | undefined> {
    return (await this.client.ask('run', { qube, argv, wait: true })).exit;
  }

  /** A program in the qube that opens windows and tells what they are sent. */
  async puppet(qube: string, name = 'puppet'): Promise<Puppet> {
    const script = this.inHome(qube, 'puppet.mjs');
    if (!existsSync(script)) {
      copyFileSync(PUPPET, script);
      chmodSync(script, 0o644);
    }
    const inside = (file: string): string => `${INSIDE_HOME}/${file}`;
    await this.start(qube, INSIDE_NODE, inside('puppet.mjs'), inside(`${name}.sock`));
    const puppet = await Puppet.connect(this.inHome(qube, `${name}.sock`));
    this.#puppets.push(puppet);
    return puppet;
  }

  /** A window that is on the screen with pixels of its qube and has come to rest. */
  async window(qube: string, title: string | RegExp): Promise<WindowListing> {
    const fits = (one: WindowListing): boolean =>
      one.qube === qube &&
      (typeof title === 'string' ? one.title === title : title.test(one.title));
    const look = async (): Promise<WindowListing | undefined> =>
      (await this.windows()).find((one) => fits(one) && one.mapped && one.firstPixelsMs !== null);
    try {
      return await this.settled(look, `a window ${title} of ${qube} is shown`);
    } catch (error) {
      const now = JSON.stringify(await this.windows().catch(String));
      const said = this.daemon.err.slice(-2000);
      throw new Error(`${(error as Error).message}; there are ${now}; the daemon said ${said}`);
    }
  }

  /** Clicks into the window and waits until it has the X focus. */
  async focus({ window, content }: Pick<WindowListing, 'window' | 'content'>): Promise<void> {
    await this.screen.user.click(content.x + 5, content.y + 5);
    const has = async (): Promise<boolean> => (await this.pager.focus()) === window;
    await waitUntil(has, 'the window has the focus');
  }

  /** Waits until the qube's X server has the window where dom0's has its content. */
  async follows(puppet: Puppet, window: number, frame: number): Promise<Rect> {
    return this.settled(async () => {
      const [inside, outside] = await Promise.all([
        puppet.geometry(window),
        this.pager.rect(frame),
      ]);
      return sameRect(grow(inside, BORDER), outside) ? inside : undefined;
    }, 'the window is in the qube where it is on the screen');
  }

  /** What `look` finds, once several looks in a row have found the same. */
  async settled<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
    let last = '';
    let looks = 0;
    return waitUntil(
      async () => {
        const now = await look();
        const text = JSON.stringify(now);
        looks = now !== undefined && text === last ? looks + 1 : 0;
        last = text;
        return looks >= SETTLED_LOOKS ? now : undefined;
      },
      what,
      this.#patience,
    );
  }

  /** Remembers which processes there are now, for the check at the end. */
  note(): ProcessId[] {
    const roots = [this.keeper, this.daemon].filter((one) => one !== undefined && !one.over);
    const found = roots.flatMap((one) => processTree(one.pid));
    for (const one of found) this.#seen.set(`${one.pid} ${one.started}`, one);
    return found;
  }

  /** Everything ends; throws when something is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.note();
    for (const puppet of this.#puppets) puppet[Symbol.dispose]();
    this.forgetClient();
    try {
      await this.daemon?.[Symbol.asyncDispose]();
      await this.keeper?.[Symbol.asyncDispose]();
      await this.#nothingIsLeft();
    } finally {
      await this.screen[Symbol.asyncDispose]();
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  async #nothingIsLeft(): Promise<void> {
    const living = (): ProcessId[] => [...this.#seen.values()].filter(isAlive);
    // The kernel may need a moment for the last ones of a pid namespace.
    await waitUntil(() => living().length === 0, 'all processes have ended', {
      limitMs: 3000,
    }).catch(() => {
      throw new Error(
        `left behind: ${living()
          .map((one) => `${one.name} ${one.pid}`)
          .join(', ')}`,
      );
    });
    // Directories may stay, what was in them may not.
    const left = readdirSync(this.runtimeDir, { recursive: true }).filter(
      (name) => name !== 'qubes' && name !== 'icons',
    );
    if (left.length > 0) throw new Error(`left in the runtime directory: ${left.join(', ')}`);
  }
}

/** A machine has one only where the size of its disk is given. */
function hasHome(more = ''): boolean {
  return !more.startsWith('backend = "qemu"') || more.includes('home_mib');
}

function configuration(directory: string, options: LiveryOptions): string {
  const tables = Object.entries(options.qubes).map(
    ([name, label]) => `
[qube.${name}]
label = "${label}"
${hasHome(options.more?.[name]) ? `home = "${join(directory, 'homes', name)}"` : ''}
autostart = true
${options.more?.[name] ?? ''}
`,
  );
  const panel = options.panel === undefined ? '' : `[panel]\n${options.panel}\n`;
  const frame = options.frame === undefined ? PLAIN_FRAME : `[frame]\n${options.frame}\n`;
  return panel + frame + tables.join('');
}

/** A system that is up: every qube runs and is connected. */
export async function startLivery(options: LiveryOptions): Promise<Livery> {
  const directory = mkdtempSync(join(tmpdir(), 'livery-system-'));
  const configFile = join(directory, 'livery.toml');
  writeFileSync(configFile, configuration(directory, options));
  const screen = await startScreen(options);
  const livery = new Livery(screen, await Pager.open(screen.x), directory, configFile, options);
  try {
    await livery.startKeeper();
    await livery.startDaemon();
    await livery.connected(options.bootMs);
    livery.note();
    return livery;
  } catch (error) {
    const logs = [livery.keeper, livery.daemon].map((one) => one?.err.slice(-3000)).join('\n');
    await livery[Symbol.asyncDispose]().catch(() => {});
    throw new Error(`${(error as Error).message}\n${logs}`);
  }
}
