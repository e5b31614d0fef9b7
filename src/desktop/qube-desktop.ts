/**
 * One qube's part of the desktop: what its session says about windows becomes
 * frames and contents on dom0's screen. Everything about trust here is dom0's:
 * name, label, policy; the session's numbers are in range, its text is parsed
 * by trust/title.ts. Owns one X connection; when that ends, the server destroys
 * every window of the qube.
 */
import type { Rect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Untrusted } from '../base/untrusted.ts';
import type { QubeConfig } from '../config/config.ts';
import type { PingPort } from '../session/ping-port.ts';
import type { DesktopPort, NewWindow, QubePort, SizeHints, Surface } from '../session/port.ts';
import { safeClass, safeTitle, windowClass, windowTitle } from '../trust/title.ts';
import type { XConnection } from '../x11/connection.ts';
import { Borrowers } from './borrowers.ts';
import type { QubeClipboard } from './clipboard/qube-clipboard.ts';
import { ConfigChanges } from './config-changes.ts';
import { Cursors } from './cursors.ts';
import type { PropertyWriter } from './extra-properties.ts';
import { FrameMaker } from './frame.ts';
import { FrameNames } from './frame-names.ts';
import { contentOnMonitor, frameAround, normalHints } from './geometry.ts';
import { QubeIcons } from './icons.ts';
import type { AttachedPool } from './image-memory.ts';
import { MapWatch } from './map-watch.ts';
import { Placer } from './placer.ts';
import { Popups } from './popups.ts';
import { FrameProperties } from './properties.ts';
import { type InputEffects, QubeInput } from './qube-input.ts';
import { type QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';
import { Transients } from './transients.ts';
import { TRAY_BORDER, TrayIcons } from './tray-icons.ts';
import { WindowEvents } from './window-events.ts';
import { SCREEN_WINDOW, WindowMaker } from './window-maker.ts';
import { WindowPings } from './window-pings.ts';
import { WindowFlags } from './window-states.ts';
import { withdraw } from './withdraw.ts';

const BELOW = 1;
/**
 * Windows that a qube announces within this time after the handshake were there
 * before it: an agent replays them at once (gui-agent 2.6), a program that is only
 * then started takes longer. Their numbers are those that dom0 gave them last.
 */
const REPLAY_MS = 300;

export class QubeDesktop implements DesktopPort, Disposable {
  readonly config: QubeConfig;
  readonly windows = new QubeWindows();
  readonly input: QubeInput;
  readonly icons: QubeIcons;
  readonly changes: ConfigChanges;
  readonly #x: XConnection;
  readonly #around: Surroundings;
  readonly #frames: FrameMaker;
  readonly #names: FrameNames;
  readonly #transients: Transients;
  readonly shortcut: NonNullable<DesktopPort['shortcut']>;
  readonly #maker: WindowMaker;
  readonly #tray: TrayIcons;
  readonly #properties: FrameProperties;
  readonly #cursors: Cursors;
  readonly #placer: Placer;
  readonly #flags: WindowFlags;
  readonly #mapWatch: MapWatch;
  readonly #popups: Popups;
  readonly #clipboard: QubeClipboard | undefined;
  readonly #borrowers: Borrowers;
  #readyMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: QubeConfig,
    x: XConnection,
    port: QubePort,
    pool: AttachedPool,
    extra: readonly PropertyWriter[],
    around: Surroundings,
    focusMoved: (gained: boolean) => void,
    pings?: PingPort,
  ) {
    this.config = config;
    this.#x = x;
    this.#around = around;
    const { border, fill, names } = around;
    this.#frames = new FrameMaker(x, config.label, border, fill, names?.height);
    this.#properties = new FrameProperties(
      ...([x, around.atoms, config.name, config.label, extra, !pings] as const),
    );
    this.#borrowers = new Borrowers(this.windows, around.painter);
    this.#maker = new WindowMaker(x, config, pool, around, this.#properties);
    this.shortcut = (from, type) => around.painter.shortcut(pool, from, type);
    this.#cursors = new Cursors(x);
    this.icons = new QubeIcons(
      ...([x, around.atoms._NET_WM_ICON, config.label, around.clock] as const),
      ...([this.windows, config.limits.iconsPerSecond] as const),
    );
    this.#placer = new Placer(x, port, around);
    this.#transients = new Transients(this.windows, this.#properties);
    this.#names = new FrameNames({
      ...{ x, around, windows: this.windows, frames: this.#frames },
      ...{ placer: this.#placer, properties: this.#properties },
    });
    this.#mapWatch = new MapWatch(x, around.clock, around.atoms.WM_STATE);
    this.#popups = new Popups(x, around, config, this.windows, this.#placer, (window) =>
      this.input.hidden(window),
    );
    const { standing } = this.#popups;
    this.#clipboard = around.clipboard?.attach(config, port, () => this.#focusedFrame());
    const effects: InputEffects = {
      gainedFocus: () => {
        this.#clipboard?.focused();
        standing.focused();
        focusMoved(true);
      },
      lostFocus: () => {
        this.#clipboard?.left();
        focusMoved(false);
      },
      acted: (window, time) => {
        standing.acted();
        if (!window.overrideRedirect) around.userTime.acted(window.windows.frame, time);
      },
      pressedIn: (window) => this.#pressed(window),
      chord: (kind, window, time) => this.#clipboard?.chord(kind, window.id, time),
    };
    const filter = this.#clipboard?.filter;
    this.input = new QubeInput(port, this.windows, around, effects, standing, filter);
    this.#flags = new WindowFlags(x, around.atoms, this.#properties, () => ({
      fullscreen: config.fullscreen,
      focused: this.input.focused !== undefined,
    }));
    const trayFrames = new FrameMaker(x, config.label, TRAY_BORDER, fill);
    this.#tray = new TrayIcons({
      ...{ x, port, around, windows: this.windows, maker: this.#maker },
      ...{ placer: this.#placer, input: this.input, frames: trayFrames },
    });
    this.changes = new ConfigChanges({
      ...{ windows: this.windows, frames: this.#frames, trayFrames, icons: this.icons },
      ...{ properties: this.#properties, flags: this.#flags, names },
    });
    this.changes.nameFrames(config);
    const answers = new WindowPings(x, around.atoms, pings);
    const events = new WindowEvents(
      ...([x, port, this.windows, this.#placer, this.input, around] as const),
      ...([this.#tray, this.#popups, answers, this.#names] as const),
    );
    x.on((event) => events.handle(event));
  }

  get requests(): number {
    return this.#x.sequence;
  }

  sessionReady(): void {
    this.#readyMs = this.#around.clock.nowMs();
    this.#clipboard?.ready();
  }

  windowCreated({ id, rect, overrideRedirect }: NewWindow): void {
    const { monitors, clock } = this.#around;
    const popup = overrideRedirect && this.#popups.allows(rect, undefined);
    const named = this.#names.expected(popup);
    const window = this.#maker.make(
      {
        id,
        wish: rect,
        content: contentOnMonitor(rect, monitors.areas, this.#frames.insets(named)),
        overrideRedirect: popup,
        docked: false,
        named,
        title: windowTitle(this.config.name, ''),
        returning: clock.nowMs() - this.#readyMs < REPLAY_MS,
      },
      this.#frames,
    );
    this.windows.add(window);
    this.icons.created(window);
  }

  windowDestroyed(id: VmWindowId): void {
    const window = this.windows.get(id);
    if (!window) return;
    this.input.destroyed(window);
    this.#leave(window);
    this.windows.remove(window);
    this.icons.destroyed(window);
    this.#tray.forget(window);
    this.#transients.forget(id);
    if (this.#maker.unmake(window)) this.#borrowers.refresh();
  }

  windowMapped(
    id: VmWindowId,
    map: { transientFor: VmWindowId | undefined; overrideRedirect: boolean },
  ): void {
    const window = this.windows.get(id);
    if (!window || window.mapped || window.docked) return;
    this.#transients.set(window, map.transientFor);
    this.#setOverride(window, map.overrideRedirect && this.#popups.allows(window.wish, window));
    this.#map(window);
  }

  windowUnmapped(id: VmWindowId): void {
    const window = this.windows.get(id);
    if (window?.mapped) this.#unmap(window);
  }

  windowConfigured(id: VmWindowId, rect: Rect): void {
    const window = this.windows.get(id);
    if (!window) return;
    window.wish = rect;
    if (!window.mapped) return;
    if (window.overrideRedirect && !this.#popups.allows(rect, window)) this.#manage(window);
    else this.#placer.move(window);
  }

  titleChanged(id: VmWindowId, text: Untrusted<Uint8Array>): void {
    const window = this.windows.get(id);
    if (!window) return;
    const safe = text.parse((bytes) => safeTitle(bytes, this.config.titles));
    const title = windowTitle(this.config.name, safe);
    if (title === window.title) return;
    window.title = title;
    this.#properties.setTitle(window.windows.frame, title);
  }

  classChanged(
    id: VmWindowId,
    resClass: Untrusted<Uint8Array>,
    resName: Untrusted<Uint8Array>,
  ): void {
    const window = this.windows.get(id);
    // Window managers read it at the map; what comes later could only confuse.
    if (!window || window.mapped) return;
    const half = (text: Untrusted<Uint8Array>): string =>
      windowClass(this.config.name, text.parse(safeClass));
    this.#properties.setClass(window.windows.frame, half(resName), half(resClass));
  }

  hintsChanged(id: VmWindowId, hints: SizeHints): void {
    const window = this.windows.get(id);
    // An icon's size is the tray's to say.
    if (!window || window.docked) return;
    window.hints = hints;
    const { border } = window.placement;
    const words = normalHints(hints, border, this.#around.monitors.areas, window.returning);
    this.#properties.setHints(window.windows.frame, words);
  }

  flagsRequested(id: VmWindowId, set: number, unset: number): void {
    const window = this.windows.get(id);
    if (window) this.#flags.request(window, set, unset);
  }

  cursorChanged(id: VmWindowId, glyph: number | undefined): void {
    const window = this.windows.get(id);
    if (!window) return;
    const cursor = this.#cursors.cursor(glyph);
    this.#x.X.ChangeWindowAttributes(window.windows.content, { cursor });
  }

  docked(id: VmWindowId): void {
    const window = this.windows.get(id);
    if (window && !window.mapped && !window.docked) this.#tray.dock(window);
  }

  surfaceChanged(id: VmWindowId, surface: Surface | undefined): void {
    const window = this.windows.get(id);
    if (!window) return;
    this.#around.painter.setSurface(window.canvas, surface);
    if (id === SCREEN_WINDOW) this.#borrowers.refresh();
  }

  placeOnScreen(id: VmWindowId, x: number, y: number): void {
    const canvas = this.windows.get(id)?.canvas;
    if (!canvas || (canvas.screenX === x && canvas.screenY === y)) return;
    canvas.screenX = x;
    canvas.screenY = y;
    if (canvas.surface === undefined) this.#around.painter.refresh(canvas);
  }

  damaged(id: VmWindowId, x: number, y: number, width: number, height: number): void {
    const window = this.windows.get(id);
    if (window) this.#around.painter.damaged(window.canvas, x, y, width, height);
  }

  clipboardData(data: Uint8Array): void {
    this.#clipboard?.data(data);
  }

  sessionEnded(): void {
    this.#clipboard?.ended();
    this.input.reset();
    for (const window of [...this.windows]) this.windowDestroyed(window.id);
  }

  [Symbol.dispose](): void {
    this.sessionEnded();
    this.icons[Symbol.dispose]();
    this.#tray[Symbol.dispose]();
    this.#popups[Symbol.dispose]();
    this.#names[Symbol.dispose]();
  }

  /** The monitors changed: what no window manager looks after is placed again. */
  replaceUnmanaged(): void {
    for (const window of this.windows) {
      if (!window.mapped) continue;
      if (window.overrideRedirect || !this.#around.manager.present) this.#placer.move(window);
    }
    // On less room than before they may cover too much of it.
    for (const window of this.windows.popups(undefined)) {
      if (!this.#popups.allows(window.placement.content, window)) this.#manage(window);
    }
  }

  #focusedFrame(): Rect | undefined {
    const { focused } = this.input;
    const window = focused === undefined ? undefined : this.windows.get(focused);
    return window && frameAround(window.placement.content, window.placement.border);
  }

  #map(window: QubeWindow): void {
    const { stacking, ancestry, selfFocus, manager, userTime } = this.#around;
    const { frame } = window.windows;
    const { X } = this.#x;
    window.mapped = true;
    this.#names.mapping(window);
    if (window.overrideRedirect) {
      this.#popups.map(window);
      return;
    }
    userTime.flush(this.#x);
    this.#properties.setUserTime(frame, this.input.userTime);
    this.#properties.setType(frame, window.transientFor !== undefined);
    this.icons.mapping(window);
    this.#flags.beforeMap(window);
    ancestry.add(frame, () => {
      this.#placer.step(window, { kind: 'ancestor-moved' });
      this.#names.hint(window);
    });
    this.#placer.beforeMap(window);
    if (!manager.present) {
      X.ConfigureWindow(frame, { sibling: stacking.lowestPopup, stackMode: BELOW });
    }
    selfFocus.mapped(frame);
    this.#mapWatch.begin(window);
    X.MapWindow(frame);
  }

  /** A mapped popup past the limit goes on as a managed window. */
  #manage(window: QubeWindow): void {
    this.#unmap(window);
    this.#setOverride(window, false);
    this.#map(window);
  }

  #unmap(window: QubeWindow): void {
    this.#leave(window);
    withdraw(this.#x, window.windows.frame, !window.overrideRedirect);
    this.#placer.step(window, { kind: 'withdrawn' });
  }

  /** What hangs on its being mapped ends. */
  #leave(window: QubeWindow): void {
    const { ancestry, selfFocus } = this.#around;
    window.mapped = false;
    window.canvas.viewable = false;
    this.#mapWatch.end(window);
    this.#names.gone(window);
    this.input.hidden(window);
    this.#popups.gone(window);
    ancestry.remove(window.windows.frame);
    selfFocus.gone(window.windows.frame);
    for (const other of this.windows) if (other.mapped) return;
    this.#popups.standing.absent();
  }

  #setOverride(window: QubeWindow, overrideRedirect: boolean): void {
    if (window.overrideRedirect === overrideRedirect) return;
    window.overrideRedirect = overrideRedirect;
    this.#x.X.ChangeWindowAttributes(window.windows.frame, {
      overrideRedirect: overrideRedirect ? 1 : 0,
    });
  }

  /** Without a window manager a click focuses and raises, never above a popup. */
  #pressed(window: QubeWindow): void {
    const { manager, selfFocus, stacking } = this.#around;
    const { frame } = window.windows;
    // Where an icon is and what lies above it is the tray's.
    if (window.docked) return;
    selfFocus.clicked(frame);
    if (manager.present || this.input.focused === window.id) return;
    this.#x.X.ConfigureWindow(frame, { sibling: stacking.lowestPopup, stackMode: BELOW });
  }
}
