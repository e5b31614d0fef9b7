/**
 * dom0's screen with the windows of all qubes on it. Opens one X connection of
 * its own (root window, stacking, focus), the shared drawing connection, and
 * one connection per attached qube, whose end takes that qube's windows and
 * nothing else. Trusts the X server and dom0's configuration; everything that
 * comes from qubes came through a session.
 */
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import type { Rect } from '../base/geometry.ts';
import type { DomainId, QubeName, VmWindowId, XWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import type { NamedLabel } from '../clipboard/notice.ts';
import type { Config, PanelConfig, QubeConfig } from '../config/config.ts';
import type { IconPort } from '../session/icon-port.ts';
import type { PingPort } from '../session/ping-port.ts';
import type { DesktopPort, QubePort } from '../session/port.ts';
import { colorText } from '../trust/label.ts';
import { XConnection } from '../x11/connection.ts';
import type { Display } from '../x11/display.ts';
import type { Cookie } from '../x11/xauthority.ts';
import type { ClipboardFace, ClipboardOptions } from './clipboard/clipboard-desk.ts';
import type { DamageCount } from './damage-count.ts';
import { internProperties } from './extra-properties.ts';
import { Faults } from './faults.ts';
import { frameAround } from './geometry.ts';
import type { QubePool } from './image-memory.ts';
import { openPanel, type PanelFace, type PanelView } from './panel/open-panel.ts';
import type { PanelOptions } from './panel/panel-port.ts';
import type { OwnedFrame } from './panel/scene.ts';
import { QubeDesktop } from './qube-desktop.ts';
import { DEPTH, openSurroundings, type SurroundingsReports } from './screen.ts';
import type { Surroundings } from './surroundings.ts';

export interface DesktopOptions {
  readonly display: Display;
  /** Default: looked up in the user's Xauthority file. */
  readonly cookie?: Cookie;
  readonly frame: Config['frame'];
  /** 0xRRGGBB of what no image of a qube covers; default: neutral. */
  readonly fill?: number;
  /** WM_CLASS instances of screen lockers; default: the well-known ones. */
  readonly lockers?: ReadonlySet<string> | undefined;
  /** Without it nothing is copied or pasted between qubes, and no chord means anything. */
  readonly clipboard?: ClipboardOptions | undefined;
  /** The strip and the attention overlay; they need the renderer of `clipboard`. */
  readonly panel?: PanelOptions | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface QubeToAttach {
  readonly config: QubeConfig;
  /** Stays the caller's; must live until the qube is detached. */
  readonly pool: QubePool;
  /** Where input for the qube goes: `GuiSession.qube`. */
  readonly port: QubePort;
  /** Who knows whether its programs answer; without it the daemon answers for them. */
  readonly pings?: PingPort | undefined;
}

export interface AttachedQube {
  /** For `GuiSession.start`. */
  readonly port: DesktopPort;
  /** Where icons of its windows go. */
  readonly icons: IconPort;
  /** What became of its damage so far. */
  readonly damage: Readonly<DamageCount>;
  /** X errors that were not anybody's ordinary doing. */
  readonly faults: number;
  /** X errors of every kind. */
  readonly errors: number;
  /** Its X connection ended, perhaps because the user killed a window of it; detach it then. */
  onLost(listener: (reason: string) => void): Disposable;
  /** While it is paused no input is kept for it: it would all arrive at once, later. */
  setPaused(paused: boolean): void;
  /** Takes its windows away; resolves when nothing of it is left in the X server. */
  detach(): Promise<void>;
}

export interface WindowInfo {
  readonly qube: QubeName;
  readonly id: VmWindowId;
  readonly title: string;
  readonly label: string;
  /** `#rrggbb`. */
  readonly color: string;
  /** Outer edge of the frame, root coordinates. */
  readonly frame: Rect;
  readonly content: Rect;
  /** The qube has mapped it and the X server shows it (it may be covered). */
  readonly mapped: boolean;
  readonly overrideRedirect: boolean;
  /** From the window's creation to the qube's first pixels on the screen. */
  readonly firstPixelsMs: number | undefined;
  /** The frame, as dom0's X server knows it. */
  readonly window: XWindowId;
}

interface Attachment {
  readonly desktop: QubeDesktop;
  readonly faults: Faults;
  detach(): Promise<void>;
}

export class Desktop implements AsyncDisposable {
  /** Thickness of every frame in pixels. */
  readonly border: number;
  readonly #options: DesktopOptions;
  readonly #around: Surroundings;
  readonly #scope: Scope;
  readonly #qubes: Map<DomainId, Attachment>;
  readonly #lost: Emitter<string>;
  #panel: PanelFace | undefined;
  #panelScope = new Scope();

  private constructor(
    options: DesktopOptions,
    around: Surroundings,
    scope: Scope,
    qubes: Map<DomainId, Attachment>,
    lost: Emitter<string>,
  ) {
    this.#options = options;
    this.#around = around;
    this.#scope = scope;
    this.#qubes = qubes;
    this.#lost = lost;
    this.border = around.border;
    scope.onClose(() => this.#panelScope[Symbol.asyncDispose]());
    around.monitors.onChange(() => {
      for (const { desktop } of this.#qubes.values()) desktop.replaceUnmanaged();
    });
  }

  /** Rejects with UserError: no such display, refused by it, or a display that cannot do it. */
  static async open(options: DesktopOptions): Promise<Desktop> {
    const scope = new Scope();
    const qubes = new Map<DomainId, Attachment>();
    const lost = new Emitter<string>();
    const reports: SurroundingsReports = {
      fault: (owner, fault) => qubes.get(owner as DomainId)?.faults.note(fault),
      lost: (reason) => lost.emit(reason),
    };
    try {
      const around = await openSurroundings(options, scope, reports);
      const desktop = new Desktop(options, around, scope, qubes, lost);
      await desktop.#openPanel(options.panel);
      return desktop;
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Size and depth of the screen, as qubes are told at the handshake. */
  screen(): { width: number; height: number; depth: number } {
    const monitors = this.#around.monitors.now;
    return {
      width: Math.max(...monitors.map((one) => one.x + one.width)),
      height: Math.max(...monitors.map((one) => one.y + one.height)),
      depth: DEPTH,
    };
  }

  /** Called after the screen's monitors have changed and its windows were placed again. */
  onScreenChange(listener: () => void): Disposable {
    return this.#around.monitors.onChange(listener);
  }

  /** Asks the X server for its monitors again; what follows from a change follows. */
  lookAgain(): void {
    this.#around.monitors.look();
  }

  /** Copying and pasting between qubes; undefined when it was not asked for. */
  get clipboard(): ClipboardFace | undefined {
    return this.#around.clipboard;
  }

  /** There is a window manager on the screen at the moment. */
  get managed(): boolean {
    return this.#around.manager.present;
  }

  /** Corrections of the stacking order so far. */
  get restacked(): number {
    return this.#around.stacking.corrected;
  }

  /** Called once when the X server is gone; every window is gone with it. */
  onLost(listener: (reason: string) => void): Disposable {
    return this.#lost.on(listener);
  }

  /** Opens the qube's X connection. A qube is attached once at a time. */
  async attach(qube: QubeToAttach): Promise<AttachedQube> {
    const { config } = qube;
    const { display, cookie, clock, log } = this.#options;
    const x = await XConnection.open(display, {
      name: config.name,
      ...(cookie === undefined ? {} : { cookie }),
    });
    const faults = new Faults({
      clock,
      log: log.child({ qube: config.name }),
      perMinute: config.limits.xErrorsPerMinute,
      exceeded: (message) => qube.port.exceeded('X_ERROR_LIMIT', message),
    });
    x.onError((error) => faults.note(error));
    const { painter } = this.#around;
    const pool = painter.attachPool(qube.pool, config.domainId);
    const extra = await internProperties(x, config.properties ?? []);
    const focusMoved = (gained: boolean): void => {
      this.#panel?.changed();
      if (!gained) return;
      for (const other of this.#qubes.values()) {
        if (other.desktop !== desktop) other.desktop.input.anotherQubeFocused();
      }
    };
    const desktop: QubeDesktop = new QubeDesktop(
      ...([config, x, qube.port, pool, extra, this.#around, focusMoved, qube.pings] as const),
    );
    const leave = async (): Promise<void> => {
      desktop[Symbol.dispose]();
      this.#qubes.delete(config.domainId);
      x.flush();
      painter.detachPool(pool);
      // The next client may get this connection's numbers: nothing under way may name them then.
      await new Promise<void>((done) => painter.fence(done));
      x[Symbol.dispose]();
    };
    let leaving: Promise<void> | undefined;
    const detach = (): Promise<void> => {
      leaving ??= leave();
      return leaving;
    };
    this.#qubes.set(config.domainId, { desktop, faults, detach });
    return {
      port: desktop,
      icons: desktop.icons,
      get damage() {
        pool.shortcut?.settle();
        return pool.damage;
      },
      get faults() {
        return faults.count;
      },
      get errors() {
        return faults.errors;
      },
      onLost: (listener) => x.onClosed(listener),
      setPaused: (paused) => {
        desktop.input.paused = paused;
      },
      detach,
    };
  }

  /**
   * The configuration of a qube that is attached is another: `before` held until now, and
   * what it was attached with says already what holds. Nothing happens to one that is not.
   */
  qubeReconfigured(before: QubeConfig): void {
    const desktop = this.#qubes.get(before.domainId)?.desktop;
    if (desktop?.config.name === before.name) desktop.changes.apply(before, desktop.config);
    this.#panel?.changed();
  }

  /** The strip and the overlay's key are to be others. Rejects when the X server refuses them. */
  async reconfigurePanel(config: PanelConfig): Promise<void> {
    const { panel } = this.#options;
    if (!panel) return;
    this.#panel = undefined;
    await this.#panelScope[Symbol.asyncDispose]();
    await this.#openPanel({ ...config, port: panel.port });
  }

  /** What the panel says about the qubes may be another. */
  qubesChanged(): void {
    this.#panel?.changed();
  }

  /** Every window of every qube, in the order in which they were created. */
  windows(): WindowInfo[] {
    return [...this.#qubes.values()].flatMap(({ desktop }) => {
      const { name, label } = desktop.config;
      return [...desktop.windows].map((window): WindowInfo => {
        const { content } = window.placement;
        return {
          qube: name,
          id: window.id,
          title: window.title,
          label: label.name,
          color: colorText(label.color),
          frame: frameAround(content, window.placement.border),
          content,
          mapped: (window.mapped || window.docked) && window.canvas.viewable,
          overrideRedirect: window.overrideRedirect,
          firstPixelsMs: window.firstPixelsMs,
          window: window.windows.frame,
        };
      });
    });
  }

  async #openPanel(panel: PanelOptions | undefined): Promise<void> {
    const desk = this.#around.clipboard;
    if (!panel || !desk) return;
    const view: PanelView = { frames: () => this.#frames(), focused: () => this.#focused() };
    this.#panelScope = new Scope();
    const face = await openPanel(panel, view, desk, this.#panelScope);
    this.#panel = face;
    desk.changed = () => this.#panel?.changed();
    desk.whenLocked = () => this.#panel?.locked();
  }

  /** The frames that may show; icons in the tray are the tray's. */
  #frames(): OwnedFrame[] {
    return [...this.#qubes.values()].flatMap(({ desktop }) => {
      const { name: qube, label } = desktop.config;
      return [...desktop.windows].flatMap(({ mapped, docked, windows, placement: { border } }) => {
        if (!mapped || docked) return [];
        return [{ window: windows.frame, border, owner: { qube, label } }];
      });
    });
  }

  #focused(): NamedLabel | undefined {
    for (const { desktop } of this.#qubes.values()) {
      const { name: qube, label } = desktop.config;
      if (desktop.input.focused !== undefined) return { qube, label };
    }
    return undefined;
  }

  /** Detaches every qube and leaves the screen. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#qubes.values()].map((one) => one.detach()));
    await this.#scope[Symbol.asyncDispose]();
  }
}
