/**
 * The agent as a whole: two channels to dom0, one X server, the programs. The
 * X server starts when dom0's screen is known; daemons come and go without the
 * programs noticing.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import type { Channel } from '../channel/channel.ts';
import type { Xconf } from '../protocol/handshake.ts';
import { STATUS, type ToQube } from '../protocol/service.ts';
import type { Version } from '../protocol/version.ts';
import type { XServerOptions } from '../x11/server.ts';
import { Desk } from './desk.ts';
import { baseEnvironment, makeDirectories } from './environment.ts';
import { GuiLink } from './gui-link.ts';
import { setKeyboardLayout } from './keyboard-layout.ts';
import { type Environment, type ProgramEnd, Programs, type Started } from './programs.ts';
import { boundedSize, type ScreenSize, sameScreen, screenOf } from './screen-size.ts';
import { Service } from './service.ts';
import { startSessionBus } from './session-bus.ts';
import type { SharedPages } from './shared-pages.ts';

export interface AgentOptions {
  /** Both owned by the agent from now on, as are the pages. */
  readonly gui: Channel;
  readonly service: Channel;
  readonly pages: SharedPages;
  /** The newest GUI protocol that is offered. */
  readonly protocol: Version;
  readonly xServer: XServerOptions['kind'];
  /** Starts the X server at once with this size. */
  readonly screen: ScreenSize | undefined;
  /** How long dom0's text stays in the qube, in ms; undefined = not limited by time. */
  readonly clipboardKeepMs: number | undefined;
  /** Name and version, for dom0's eyes. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long dom0's exact screen (service channel) may come after the daemon's rounded one. */
const EXACT_SCREEN_MS = 80;
/** Time for programs to save what they have; the keeper waits 2 s for all of us. */
const PROGRAM_END_MS = 1_200;
const DONE: Started = { status: STATUS.ok, detail: '' };
const TOO_LARGE: Started = {
  status: STATUS.unsupported,
  detail: 'the screen of this qube cannot have this size',
};
const NO_SERVER: Started = { status: STATUS.failed, detail: 'the qube has no X server' };

export class Agent implements AsyncDisposable {
  /** Resolves with one line when the qube's X server is gone; the agent is of no use then. */
  readonly ended: Promise<string>;
  readonly #options: AgentOptions;
  readonly #scope = new Scope();
  readonly #link: GuiLink;
  readonly #service: Service;
  readonly #programs: Programs;
  #size: ScreenSize | undefined;
  /** The desk when the X server is up, whenever that is; undefined when it did not start. */
  readonly #up: Promise<Desk | undefined>;
  #isUp: (desk: Desk | undefined) => void = () => {};
  #desk: Desk | undefined;
  #environment: Environment = {};
  #end: (reason: string) => void = () => {};

  constructor(options: AgentOptions) {
    this.#options = options;
    const { gui, service, pages, protocol, version, log } = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#up = new Promise((resolve) => {
      this.#isUp = resolve;
    });
    this.#scope.own(pages);
    this.#scope.own(gui);
    this.#scope.own(service);
    this.#programs = new Programs();
    this.#link = new GuiLink(gui, protocol, log);
    this.#service = new Service(
      service,
      {
        run: (argv, ended) => this.#run(argv, ended),
        setScreen: (screen) => this.#setScreen(screen),
        setKeymap: (layout) => this.#setKeymap(layout),
        pingWindow: async (window) => this.#desk?.ping(window) ?? STATUS.notFound,
        connected: () => this.#desk?.iconsAgain(),
      },
      version,
      log,
    );
  }

  /** The number of the qube's display, once its X server is up. */
  get displayNumber(): number | undefined {
    return this.#desk?.screen.server.display.number;
  }

  get xServerPid(): number | undefined {
    return this.#desk?.screen.server.pid;
  }

  /** Begins to answer. Resolves when the X server is up, if a screen was given, else at once. */
  async start(): Promise<void> {
    this.#link.start({
      ready: (screen) => this.#daemonCame(screen),
      message: (message) => this.#desk?.daemonSaid(message),
      drained: () => this.#desk?.drained(),
      closed: () => this.#desk?.daemonGone(),
    });
    this.#service.start();
    if (!this.#options.screen) return;
    this.#startX(boundedSize(this.#options.screen));
    await this.#up;
  }

  /** Ends programs, X server and channels. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#programs.end(PROGRAM_END_MS);
    await this.#scope[Symbol.asyncDispose]();
  }

  #daemonCame(screen: Xconf): void {
    if (this.#desk) {
      this.#desk.daemonCame();
      return;
    }
    if (this.#size) return;
    // The daemon's width is rounded up; the exact one may be on its way.
    const timer = this.#options.clock.after(EXACT_SCREEN_MS, () => this.#startX(screenOf(screen)));
    this.#scope.own(timer);
  }

  async #setScreen(screen: Extract<ToQube, { name: 'setScreen' }>): Promise<Started> {
    const { width, height, dpi } = screen;
    const wanted = boundedSize({ width, height, ...(dpi === 0 ? {} : { dpi }) });
    if (!this.#size) {
      this.#startX(wanted);
      return DONE;
    }
    if (sameScreen(this.#size, wanted)) return DONE;
    const before = this.#size;
    this.#size = wanted;
    const outcome = await this.#resize(wanted);
    if (outcome.status !== STATUS.ok && this.#size === wanted) this.#size = before;
    return outcome;
  }

  async #resize(size: ScreenSize): Promise<Started> {
    const desk = await this.#up;
    if (!desk) return NO_SERVER;
    try {
      return (await desk.resize(size)) ? DONE : TOO_LARGE;
    } catch (error) {
      return { status: STATUS.failed, detail: messageOf(error) };
    }
  }

  /** Starts the X server once: the first size counts. */
  #startX(size: ScreenSize): void {
    if (this.#size) return;
    this.#size = size;
    this.#open(size).then(
      (desk) => this.#isUp(desk),
      (error: unknown) => {
        this.#isUp(undefined);
        this.#end(messageOf(error));
      },
    );
  }

  async #open(size: ScreenSize): Promise<Desk> {
    const { env, log, clock, pages, xServer, clipboardKeepMs } = this.#options;
    const directories = makeDirectories(env);
    const own = baseEnvironment(env, directories);
    const [desk, bus] = await Promise.all([
      Desk.open({
        server: { kind: xServer, ...size, directory: directories.xServer },
        ...{ link: this.#link, pages, clock, log, clipboardKeepMs, scope: this.#scope },
        sendIcon: (window, icon) => this.#service.icon(window, icon),
        ended: (reason) => this.#end(`the X server of the qube ended: ${reason}`),
      }),
      startSessionBus(directories.runtime, own.PATH ?? '', log, this.#scope),
    ]);
    this.#environment = {
      ...own,
      DISPLAY: desk.screen.server.displayName,
      XAUTHORITY: desk.screen.server.xauthority,
      ...(bus === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS: bus }),
    };
    this.#desk = desk;
    if (this.#link.version) desk.daemonCame();
    this.#service.nowReady();
    return desk;
  }

  async #run(argv: readonly string[], ended: (end: ProgramEnd) => void): Promise<Started> {
    const desk = await this.#up;
    if (!desk) return NO_SERVER;
    return this.#programs.start(argv, this.#environment, ended);
  }

  async #setKeymap(layout: Extract<ToQube, { name: 'setKeymap' }>): Promise<Started> {
    const desk = await this.#up;
    if (!desk) return NO_SERVER;
    const outcome = await setKeyboardLayout(layout, this.#environment);
    desk.keyboardChanged();
    return outcome;
  }
}
