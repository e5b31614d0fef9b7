/**
 * One running qube on dom0's screen: its memory from the keeper, its GUI
 * session, its service channel and its place on the desktop, opened together
 * and closed together. The programs of the configuration are started here.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import { PoolHandle } from '../channel/pool.ts';
import { SocketChannel } from '../channel/socket-channel.ts';
import type { QubeConfig } from '../config/config.ts';
import type { AttachedQube, Desktop } from '../desktop/desktop.ts';
import type { QubeStatus } from '../keeper/messages.ts';
import type { Fd } from '../native/addon.ts';
import { GuiSession } from '../session/gui-session.ts';
import { ServiceSession } from '../session/service-session.ts';
import { openIconInlet } from './icon-inlet.ts';

/** A qube without a service channel is taken for one after this time. */
const NO_SERVICE_MS = 300;
/** A service end that never says hello, or does not answer, delays the windows no longer. */
const SERVICE_LIMIT_MS = 5000;
/** What applications are told; dom0 has no other scale yet. */
const DPI = 96;

export interface QubeLinkOptions {
  readonly runtimeDir: string;
  readonly status: QubeStatus;
  /** Owned by the link from now on, also when it cannot be made. */
  readonly pool: Fd;
  readonly config: QubeConfig;
  readonly desktop: Desktop;
  readonly clock: Clock;
  readonly log: Log;
  /** Start the configuration's programs if the qube says that it is fresh. */
  readonly mayStartPrograms: () => boolean;
}

export class QubeLink implements AsyncDisposable {
  readonly config: QubeConfig;
  /** The life of the qube that this link belongs to. */
  readonly pid: number | undefined;
  readonly gui: GuiSession;
  readonly service: ServiceSession;
  readonly #attached: AttachedQube;
  readonly #options: QubeLinkOptions;
  readonly #scope: Scope;
  #begun = false;

  private constructor(options: QubeLinkOptions, pool: PoolHandle, scope: Scope, opened: Opened) {
    this.config = options.config;
    this.pid = options.status.pid;
    this.#options = options;
    this.#scope = scope;
    this.gui = opened.gui;
    this.#attached = opened.attached;
    this.service = scope.own(this.#openService());
    this.service.start();
    this.#waitForService();
    options.log.debug({ pages: pool.pages }, 'the qube is attached');
  }

  /** Rejects with UserError: POOL_REFUSED, X_CONNECT. Nothing is left open then. */
  static async open(options: QubeLinkOptions): Promise<QubeLink> {
    const { config, status, desktop, clock, log } = options;
    const scope = new Scope();
    try {
      const pool = scope.own(PoolHandle.take(options.pool, status.poolBytes));
      const gui = new GuiSession({
        channel: new SocketChannel({
          path: status.guiSocket,
          clock,
          maxQueueBytes: config.limits.maxQueueBytes,
        }),
        clock,
        log,
        poolPages: pool.pages,
        maxWindows: config.limits.maxWindows,
        screen: () => desktop.screen(),
      });
      const attached = await desktop.attach({ config, pool, port: gui.qube });
      scope.onClose(() => attached.detach());
      const { runtimeDir } = options;
      const port = attached.icons;
      const inlet = openIconInlet({ runtimeDir, qube: config.name, port, clock, log });
      if (inlet) scope.own(inlet);
      scope.own(gui);
      return new QubeLink(options, pool, scope, { gui, attached });
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The qube's X connection ended: its windows are gone, and the link is of no use. */
  onLost(listener: (reason: string) => void): Disposable {
    return this.#attached.onLost(listener);
  }

  /** Its windows go at once; resolves when nothing of it is left. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }

  #openService(): ServiceSession {
    const { status, clock, log } = this.#options;
    return new ServiceSession({
      channel: new SocketChannel({ path: status.serviceSocket, clock }),
      clock,
      log,
      events: {
        connected: () => this.#tellScreen(),
        ready: (fresh) => this.#ready(fresh),
        ended: () => {},
      },
      icons: this.#attached.icons,
    });
  }

  /**
   * The qube's X server is made when our screen is told over the GUI channel,
   * rounded as that protocol wants it; the exact size is told here before.
   */
  #tellScreen(): void {
    const { width, height } = this.#options.desktop.screen();
    const whole = { x: 0, y: 0, width, height };
    this.service.setScreen(width, height, DPI, [whole]).then(
      () => this.#beginGui(),
      () => this.#beginGui(),
    );
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

interface Opened {
  readonly gui: GuiSession;
  readonly attached: AttachedQube;
}
