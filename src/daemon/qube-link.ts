/**
 * One running qube on dom0's screen: its memory, its GUI
 * session, its service channel and its place on the desktop, opened together
 * and closed together. The programs of the configuration are started here.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import type { Channel } from '../channel/channel.ts';
import { watched } from '../channel/watched-channel.ts';
import type { QubeConfig } from '../config/config.ts';
import type { AttachedQube, Desktop } from '../desktop/desktop.ts';
import { GuiSession } from '../session/gui-session.ts';
import type { PingPort } from '../session/ping-port.ts';
import { ServiceSession } from '../session/service-session.ts';
import { openIconInlet } from './icon-inlet.ts';
import type { QubeLife } from './qube-life.ts';
import { ScreenTeller } from './screen-teller.ts';
import type { SessionEnd } from './session-words.ts';

/** A qube without a service channel is taken for one after this time. */
const NO_SERVICE_MS = 300;
/** A service end that never says hello, or does not answer, delays the windows no longer. */
const SERVICE_LIMIT_MS = 5000;

export interface QubeLinkOptions {
  readonly runtimeDir: string;
  /** The life of the qube that the link belongs to. */
  readonly life: QubeLife;
  readonly config: QubeConfig;
  readonly desktop: Desktop;
  readonly clock: Clock;
  readonly log: Log;
  /** Start the configuration's programs if the qube says that it is fresh. */
  readonly mayStartPrograms: () => boolean;
  /** A rule was broken, or a limit passed, and the qube's windows or service channel went. */
  readonly broken: (end: SessionEnd) => void;
}

export class QubeLink implements AsyncDisposable {
  readonly config: QubeConfig;
  readonly life: QubeLife;
  readonly gui: GuiSession;
  readonly service: ServiceSession;
  readonly #attached: AttachedQube;
  readonly #socket: Channel;
  readonly #options: QubeLinkOptions;
  readonly #scope: Scope;
  readonly #screen: ScreenTeller;
  #begun = false;

  private constructor(options: QubeLinkOptions, pages: number, scope: Scope, opened: Opened) {
    this.config = options.config;
    this.life = options.life;
    this.#options = options;
    this.#scope = scope;
    this.gui = opened.gui;
    this.#attached = opened.attached;
    this.#socket = opened.socket;
    this.service = scope.own(this.#openService());
    const { desktop } = options;
    this.#screen = new ScreenTeller(this.service, () => desktop.screen());
    scope.own(desktop.onScreenChange(() => this.#screen.changed()));
    this.service.start();
    this.#waitForService();
    options.log.debug({ pages }, 'the qube is attached');
  }

  /** Rejects with UserError: POOL_REFUSED, X_CONNECT. Nothing is left open then. */
  static async open(options: QubeLinkOptions): Promise<QubeLink> {
    const { config, life, desktop, clock, log } = options;
    const scope = new Scope();
    let told: unknown;
    let link: QubeLink | undefined;
    try {
      const { pool, pages, references } = await life.openPool();
      if (Symbol.dispose in pool) scope.own(pool);
      const { maxQueueBytes } = config.limits;
      const socket = life.openChannel('gui', { clock, log, maxQueueBytes });
      const gui: GuiSession = new GuiSession({
        channel: watched(socket, {
          opened: () => life.events?.connected(),
          closed: () => {
            tellEnd(life, gui);
            told = tellBroken(gui, told, options.broken);
          },
        }),
        clock,
        log,
        poolPages: pages,
        references,
        limits: config.limits,
        screen: () => desktop.screen(),
      });
      const pings: PingPort = { pingWindow: (window) => link?.service.pingWindow(window) };
      const attached = await desktop.attach({ config, pool, port: gui.qube, pings });
      scope.onClose(() => attached.detach());
      const { runtimeDir } = options;
      const port = attached.icons;
      const inlet = openIconInlet({ runtimeDir, qube: config.name, port, clock, log });
      if (inlet) scope.own(inlet);
      scope.own(gui);
      link = new QubeLink(options, pages, scope, { gui, attached, socket });
      return link;
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One of its channels is slowed down: it says more than its rates allow. */
  get throttled(): boolean {
    return this.gui.throttled || this.service.throttled;
  }

  /** Bytes that wait for the qube to read its GUI channel. */
  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  /** What became of the damage of its windows so far. */
  get damage(): AttachedQube['damage'] {
    return this.#attached.damage;
  }

  /** X requests made for its windows so far, and how many of them failed. */
  get xCounts(): { readonly requests: number; readonly errors: number } {
    const { port, errors } = this.#attached;
    return { requests: port.requests ?? 0, errors };
  }

  /** While it is paused no input is kept for it. */
  setPaused(paused: boolean): void {
    this.#attached.setPaused(paused);
  }

  /** The qube's X connection ended: its windows are gone, and the link is of no use. */
  onLost(listener: (reason: string) => void): Disposable {
    return this.#attached.onLost(listener);
  }

  /** By hand: what waits after a breach of a rule, or waits no more, begins anew. */
  reconnect(): void {
    this.gui.reconnect();
    this.service.reconnect();
  }

  /** Its windows go at once; resolves when nothing of it is left. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }

  #openService(): ServiceSession {
    const { life, clock, log, broken } = this.#options;
    return new ServiceSession({
      channel: life.openChannel('service', { clock, log }),
      clock,
      log,
      events: {
        connected: () => this.#serviceConnected(),
        ready: (fresh) => this.#ready(fresh),
        ended: (code, again) => {
          if (code !== 'CHANNEL_CLOSED') broken({ channel: 'service', code, again });
        },
      },
      limits: this.#options.config.limits,
      icons: this.#attached.icons,
    });
  }

  /**
   * The qube's X server is made when our screen is told over the GUI channel,
   * rounded as that protocol wants it; the exact size is told here before.
   */
  #serviceConnected(): void {
    void this.#screen.connected().then(() => this.#beginGui());
  }

  #waitForService(): void {
    const { clock } = this.#options;
    const short = clock.after(NO_SERVICE_MS, () => {
      if (!this.service.isReached) this.#beginGui();
    });
    const long = clock.after(SERVICE_LIMIT_MS, () => this.#beginGui());
    this.#scope.own(short);
    this.#scope.own(long);
  }

  #beginGui(): void {
    if (this.#begun || this.#scope.closed) return;
    this.#begun = true;
    this.gui.start(this.#attached.port);
  }

  #ready(fresh: boolean): void {
    const { config, log, mayStartPrograms } = this.#options;
    if (!fresh || !mayStartPrograms()) return;
    for (const argv of config.programs) {
      this.service.runProgram(argv).catch((error: unknown) => {
        log.warn({ error: messageOf(error) }, 'a program of the configuration did not start');
      });
    }
  }
}

function tellEnd({ events }: QubeLife, gui: GuiSession): void {
  const end = gui.lastEnd;
  if (end && end.code !== 'CHANNEL_CLOSED') events?.broken(end.code, end.reason);
  else events?.waiting();
}

/** Tells of each end once: one stays known until the next conversation is ready. */
function tellBroken(gui: GuiSession, told: unknown, tell: (end: SessionEnd) => void): unknown {
  const end = gui.lastEnd;
  if (!end || end === told) return told;
  if (end.code !== 'CHANNEL_CLOSED' && end.code !== 'SESSION_CLOSED') {
    tell({ channel: 'gui', code: end.code, again: gui.status.state !== 'idle' });
  }
  return end;
}

interface Opened {
  readonly socket: Channel;
  readonly gui: GuiSession;
  readonly attached: AttachedQube;
}
