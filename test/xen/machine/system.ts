/**
 * Livery in a machine under Xen: an X server with a window manager as dom0's
 * screen, keeper and daemon there, agents in the domUs. The test sits outside: the
 * screen and the daemon's control socket are led out of dom0, so that it looks and
 * asks as other tests do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlSocketPath } from '../../../src/config/runtime-dir.ts';
import { ControlClient } from '../../../src/control/client.ts';
import type { ProgramExit, QubeListing, WindowListing } from '../../../src/control/messages.ts';
import { XConnection } from '../../../src/x11/connection.ts';
import { type Cookie, writeCookieFile } from '../../../src/x11/xauthority.ts';
import { Screen } from '../../rig/screen.ts';
import { Pager } from '../../rig/system/pager.ts';
import { User } from '../../rig/user.ts';
import { waitUntil } from '../../rig/wait.ts';
import { XEN_TOOLS } from '../image/contents.ts';
import { OWN } from '../image/init.ts';
import type { Program, ProgramOptions } from './link.ts';
import type { Machine } from './machine.ts';

const SCREEN = { width: 1000, height: 640 } as const;
const DISPLAY = 7;
const INSIDE = {
  cookie: '/run/screen/Xauthority',
  config: '/run/livery.toml',
  runtime: '/run/livery',
};
/** What a machine without KVM may take for what takes a moment elsewhere. */
const SLOW_MS = 180_000;
const LOOK_EVERY_MS = 150;
const SETTLED_LOOKS = 3;
const PATH = `/usr/bin:/${XEN_TOOLS}`;

/** As `waitUntil`, looking less often: each look costs the machine time that it has not. */
export async function slowly<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  what: string,
  limitMs = SLOW_MS,
): Promise<T> {
  let next = 0;
  return waitUntil(
    async () => {
      if (performance.now() < next) return undefined;
      next = Number.POSITIVE_INFINITY;
      const found = await look();
      next = performance.now() + LOOK_EVERY_MS;
      return found;
    },
    what,
    { limitMs },
  );
}

export class XenSystem implements AsyncDisposable {
  readonly machine: Machine;
  readonly screen: Screen;
  readonly pager: Pager;
  keeper!: Program;
  daemon!: Program;
  #client: ControlClient | undefined;
  readonly #control: string;

  private constructor(machine: Machine, screen: Screen, pager: Pager, control: string) {
    this.machine = machine;
    this.screen = screen;
    this.pager = pager;
    this.#control = control;
  }

  /** On a machine that is up: the screen and the keeper. `config` is livery.toml. */
  static async start(machine: Machine, config: string): Promise<XenSystem> {
    const { link } = machine;
    await link.write(INSIDE.config, config);
    const screen = await startScreen(machine);
    const control = await machine.tunnel('control.sock', controlSocketPath(INSIDE.runtime));
    const pager = await Pager.open(screen.x);
    const system = new XenSystem(machine, screen, pager, control);
    system.keeper = system.livery(['keeper', '--config', INSIDE.config], 'keeper');
    await isReady(system.keeper, 'the keeper');
    return system;
  }

  /** Runs a command of Livery in dom0; `who` names it in the log. */
  livery(words: readonly string[], who: string, env: ProgramOptions['env'] = {}): Program {
    return this.machine.link.start([`${OWN}/bin/node`, `${OWN}/dist/bin/livery.js`, ...words], {
      env: {
        PATH,
        HOME: '/root',
        LIVERY_RUNTIME_DIR: INSIDE.runtime,
        DISPLAY: `:${DISPLAY}`,
        XAUTHORITY: INSIDE.cookie,
        ...env,
      },
      said: (text) => this.machine.note(who, text),
    });
  }

  async startDaemon(): Promise<void> {
    this.daemon = this.livery(['daemon', '--config', INSIDE.config], 'daemon');
    await isReady(this.daemon, 'the daemon');
  }

  /** Resolves when the daemon's log says so, from now on, with when it did by its own clock. */
  async daemonSays(pattern: RegExp): Promise<number> {
    const from = this.daemon.err.length;
    const line = await slowly(
      () =>
        this.daemon.err
          .slice(from)
          .split('\n')
          .slice(0, -1)
          .find((one) => pattern.test(one)),
      `the daemon says ${pattern}`,
    );
    return Date.parse((JSON.parse(line) as { time: string }).time);
  }

  /** A daemon of the same configuration. */
  secondDaemon(): Program {
    return this.livery(['daemon', '--config', INSIDE.config], 'second daemon');
  }

  async killDaemon(): Promise<void> {
    this.daemon.signal('SIGKILL');
    await this.daemon.ended;
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }

  get client(): ControlClient {
    this.#client ??= ControlClient.connect(this.#control);
    return this.#client;
  }

  windows(): Promise<readonly WindowListing[]> {
    return this.client.ask('windows', {});
  }

  async qube(name: string): Promise<QubeListing> {
    const found = (await this.client.ask('qubes', {})).find((one) => one.name === name);
    if (!found) throw new Error(`the daemon does not know ${name}`);
    return found;
  }

  async connected(...names: string[]): Promise<void> {
    for (const name of names) {
      await slowly(async () => (await this.qube(name)).connected, `${name} is connected`, 180_000);
    }
  }

  async start(qube: string, ...argv: string[]): Promise<void> {
    await this.client.ask('run', { qube, argv });
  }

  async run(qube: string, ...argv: string[]): Promise<ProgramExit | undefined> {
    return (await this.client.ask('run', { qube, argv, wait: true })).exit;
  }

  /** A window that is on the screen with pixels of its qube and has come to rest. */
  async window(qube: string, title: string): Promise<WindowListing> {
    let last = '';
    let looks = 0;
    return slowly(async () => {
      const found = (await this.windows()).find(
        (one) =>
          one.qube === qube && one.title === title && one.mapped && one.firstPixelsMs !== null,
      );
      const text = JSON.stringify(found);
      looks = found && text === last ? looks + 1 : 0;
      last = text;
      return looks >= SETTLED_LOOKS ? found : undefined;
    }, `a window ${title} of ${qube} is shown`);
  }

  /** Clicks into the window and waits until it has the X focus. */
  async focus({ window, content }: Pick<WindowListing, 'window' | 'content'>): Promise<void> {
    await this.screen.user.click(content.x + 5, content.y + 5);
    await slowly(async () => (await this.pager.focus()) === window, 'the window has the focus');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.[Symbol.dispose]();
    await this.screen[Symbol.asyncDispose]();
  }
}

/** Waits until it says so. */
function isReady(program: Program, who: string): Promise<unknown> {
  return slowly(() => {
    if (program.over) throw new Error(`${who} ended: ${program.err.slice(-2000)}`);
    return /^ready$/m.test(program.out);
  }, `${who} is ready`);
}

/** An X server in dom0 and a window manager, seen from here. */
async function startScreen(machine: Machine): Promise<Screen> {
  const { link } = machine;
  const file = join(machine.directory, 'Xauthority');
  const cookie: Cookie = writeCookieFile(file);
  await link.write(INSIDE.cookie, readFileSync(file), 0o600);
  const size = `${SCREEN.width}x${SCREEN.height}x24`;
  const server = link.start(
    [
      ...['Xvfb', `:${DISPLAY}`, '-auth', INSIDE.cookie, '-screen', '0', size],
      ...['-nolisten', 'tcp', '-nolisten', 'local', '-noreset', '-s', '0', '-dpi', '96'],
    ],
    { said: (text) => machine.note('screen', text) },
  );
  const socket = `/tmp/.X11-unix/X${DISPLAY}`;
  await link.must('sh', '-c', `until [ -S ${socket} ]; do sleep 0.1; done`);
  const display = { number: DISPLAY, screen: 0, path: await machine.tunnel('x.sock', socket) };
  const x = await XConnection.open(display, { name: 'test', cookie });
  const env = { PATH, HOME: '/root', DISPLAY: `:${DISPLAY}`, XAUTHORITY: INSIDE.cookie };
  link.start(['openbox', '--sm-disable'], { env, said: (text) => machine.note('openbox', text) });
  const stop = async (): Promise<void> => {
    server.signal('SIGTERM');
    await server.ended;
  };
  const exited = server.ended.then(({ status, signal }) => `${signal ?? status}`);
  const facts = { display, displayName: `:${DISPLAY}`, xauthority: file, cookie, pid: 0, exited };
  const remote = { ...facts, stop, [Symbol.asyncDispose]: stop };
  return new Screen(machine.directory, remote, x, await User.sit(x));
}
