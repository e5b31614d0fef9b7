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
import type { DesktopPort, NewWindow, QubePort, SizeHints, Surface } from '../session/port.ts';
import { overrideVerdict } from '../trust/override-redirect.ts';
import { safeClass, safeTitle, windowClass, windowTitle } from '../trust/title.ts';
import type { XConnection } from '../x11/connection.ts';
import type { ScreenSource } from './canvas.ts';
import { Cursors } from './cursors.ts';
import type { PropertyWriter } from './extra-properties.ts';
import { FrameMaker } from './frame.ts';
import { contentOnMonitor, frameAround, normalHints } from './geometry.ts';
import type { AttachedPool } from './image-memory.ts';
import { MapWatch } from './map-watch.ts';
import { newPlacement } from './placement.ts';
import { Placer } from './placer.ts';
import { FrameProperties } from './properties.ts';
import { QubeInput } from './qube-input.ts';
import { type QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';
import { WindowEvents } from './window-events.ts';
import { NO_FLAGS } from './window-flags.ts';
import { WindowFlags } from './window-states.ts';
import { withdraw } from './withdraw.ts';

const BELOW = 1;
/**
 * Windows that a qube announces within this time after the handshake were there
 * before it: an agent replays them at once (gui-agent 2.6), a program that is only
 * then started takes longer. Their numbers are those that dom0 gave them last.
 */
const REPLAY_MS = 300;
/** The whole screen of the qube, by its number. */
const SCREEN_WINDOW = 0;

export class QubeDesktop implements DesktopPort {
  readonly config: QubeConfig;
  readonly windows = new QubeWindows();
  readonly input: QubeInput;
  readonly #x: XConnection;
  readonly #pool: AttachedPool;
  readonly #around: Surroundings;
  readonly #maker: FrameMaker;
  readonly #properties: FrameProperties;
  readonly #cursors: Cursors;
  readonly #placer: Placer;
  readonly #flags: WindowFlags;
  readonly #mapWatch: MapWatch;
  /** The qube's window 0, whose image stands in for those that windows do not have. */
  readonly #screen: ScreenSource = { canvas: undefined };
  #screenChanged = false;
  #readyMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: QubeConfig,
    x: XConnection,
    port: QubePort,
    pool: AttachedPool,
    extra: readonly PropertyWriter[],
    around: Surroundings,
    gainedFocus: () => void,
  ) {
    this.config = config;
    this.#x = x;
    this.#pool = pool;
    this.#around = around;
    this.#maker = new FrameMaker(x, config.label, around.border, around.fill);
    this.#properties = new FrameProperties(x, around.atoms, config.name, config.label, extra);
    this.#cursors = new Cursors(x);
    this.#placer = new Placer(x, port, around);
    this.#mapWatch = new MapWatch(x, around.clock, around.atoms.WM_STATE);
    this.input = new QubeInput(port, this.windows, around.border, {
      gainedFocus,
      acted: (window, time) => {
        if (!window.overrideRedirect) this.#properties.setUserTime(window.windows.frame, time);
      },
      pressedIn: (window) => this.#pressed(window),
    });
    this.#flags = new WindowFlags(x, around.atoms, this.#properties, () => ({
      fullscreen: config.fullscreen,
      focused: this.input.focused !== undefined,
    }));
    const events = new WindowEvents(x, port, this.windows, this.#placer, this.input, around);
    x.on((event) => events.handle(event));
  }

  sessionReady(): void {
    this.#readyMs = this.#around.clock.nowMs();
  }

  windowCreated({ id, rect, overrideRedirect }: NewWindow): void {
    const { border, monitors, painter, clock } = this.#around;
    const content = contentOnMonitor(rect, monitors.now, border);
    const allowed = overrideRedirect && this.#mayOverride(rect, undefined);
    const made = this.#maker.make(content, allowed);
    const createdMs = clock.nowMs();
    const firstPixels = (): void => {
      window.firstPixelsMs = clock.nowMs() - createdMs;
    };
    const canvas = painter.canvas(made.content, this.#pool, this.#screen, content, firstPixels);
    if (id === SCREEN_WINDOW) this.#screen.canvas = canvas;
    canvas.screenX = rect.x;
    canvas.screenY = rect.y;
    const window: QubeWindow = {
      id,
      windows: made,
      canvas,
      overrideRedirect: allowed,
      wish: rect,
      mapped: false,
      docked: false,
      transientFor: undefined,
      title: windowTitle(this.config.name, ''),
      placement: newPlacement(content, border),
      flags: NO_FLAGS,
      createdMs,
      returning: createdMs - this.#readyMs < REPLAY_MS,
      firstPixelsMs: undefined,
    };
    this.windows.add(window);
    this.#properties.writeFixed(made.frame, id);
    this.#properties.setTitle(made.frame, window.title);
    const plain = windowClass(this.config.name, 'window');
    this.#properties.setClass(made.frame, plain, plain);
    this.#properties.setHints(made.frame, normalHints(undefined, border, window.returning));
    void this.#x.sync().then(
      () => {
        canvas.ready = true;
        painter.redraw(canvas);
      },
      () => {},
    );
  }

  windowDestroyed(id: VmWindowId): void {
    const window = this.windows.get(id);
    if (!window) return;
    this.input.destroyed(window);
    this.#leave(window);
    this.windows.remove(window);
    for (const other of this.windows) {
      if (other.transientFor !== id) continue;
      other.transientFor = undefined;
      this.#properties.setTransientFor(other.windows.frame, undefined);
    }
    this.#around.painter.forget(window.canvas);
    if (this.#screen.canvas === window.canvas) {
      this.#screen.canvas = undefined;
      this.#refreshBorrowers();
    }
    this.#x.X.DestroyWindow(window.windows.frame);
    // Puts under way name the content: its number is free when they are done.
    this.#around.painter.fence(() => {
      for (const one of window.windows.all) this.#x.freeId(one);
    });
  }

  windowMapped(
    id: VmWindowId,
    map: { transientFor: VmWindowId | undefined; overrideRedirect: boolean },
  ): void {
    const window = this.windows.get(id);
    if (!window || window.mapped || window.docked) return;
    this.#setTransientFor(window, map.transientFor);
    this.#setOverride(window, map.overrideRedirect && this.#mayOverride(window.wish, window));
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
    if (window.overrideRedirect && !this.#mayOverride(rect, window)) {
      // Past the limit it goes on as a managed window.
      this.#unmap(window);
      this.#setOverride(window, false);
      this.#map(window);
      return;
    }
    this.#placer.move(window);
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
    if (!window) return;
    const words = normalHints(hints, this.#around.border, window.returning);
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

  /** A tray icon; there is no tray yet, so it stays hidden. */
  docked(id: VmWindowId): void {
    const window = this.windows.get(id);
    if (window && !window.mapped) window.docked = true;
  }

  surfaceChanged(id: VmWindowId, surface: Surface | undefined): void {
    const window = this.windows.get(id);
    if (!window) return;
    this.#around.painter.setSurface(window.canvas, surface);
    if (id === SCREEN_WINDOW) this.#refreshBorrowers();
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

  /** Nobody asked for it: there is no clipboard yet. */
  clipboardData(): void {}

  sessionEnded(): void {
    this.input.reset();
    for (const window of [...this.windows]) this.windowDestroyed(window.id);
  }

  /** The monitors changed: what no window manager looks after is placed again. */
  replaceUnmanaged(): void {
    for (const window of this.windows) {
      if (!window.mapped) continue;
      if (window.overrideRedirect || !this.#around.manager.present) this.#placer.move(window);
    }
  }

  #map(window: QubeWindow): void {
    const { stacking, ancestry, selfFocus, manager } = this.#around;
    const { frame } = window.windows;
    const { X } = this.#x;
    window.mapped = true;
    if (window.overrideRedirect) {
      stacking.popupMapping(frame);
      this.#placer.beforeMap(window);
      X.ConfigureWindow(frame, { sibling: stacking.ceiling, stackMode: BELOW });
    } else {
      this.#properties.setUserTime(frame, this.input.userTime);
      this.#properties.setType(frame, window.transientFor !== undefined);
      this.#flags.beforeMap(window);
      ancestry.add(frame, () => this.#placer.step(window, { kind: 'ancestor-moved' }));
      this.#placer.beforeMap(window);
      if (!manager.present) {
        X.ConfigureWindow(frame, { sibling: stacking.lowestPopup, stackMode: BELOW });
      }
      selfFocus.mapped(frame);
      this.#mapWatch.begin(window);
    }
    X.MapWindow(frame);
  }

  #unmap(window: QubeWindow): void {
    this.#leave(window);
    withdraw(this.#x, window.windows.frame, !window.overrideRedirect);
    this.#placer.step(window, { kind: 'withdrawn' });
  }

  /** What hangs on its being mapped ends. */
  #leave(window: QubeWindow): void {
    const { stacking, ancestry, selfFocus } = this.#around;
    window.mapped = false;
    window.canvas.viewable = false;
    this.#mapWatch.end(window);
    this.input.hidden(window);
    stacking.popupGone(window.windows.frame);
    ancestry.remove(window.windows.frame);
    selfFocus.gone(window.windows.frame);
  }

  #setOverride(window: QubeWindow, overrideRedirect: boolean): void {
    if (window.overrideRedirect === overrideRedirect) return;
    window.overrideRedirect = overrideRedirect;
    this.#x.X.ChangeWindowAttributes(window.windows.frame, {
      overrideRedirect: overrideRedirect ? 1 : 0,
    });
  }

  /** Windows that show a part of the whole screen's image show another one; once a turn. */
  #refreshBorrowers(): void {
    if (this.#screenChanged) return;
    this.#screenChanged = true;
    queueMicrotask(() => {
      this.#screenChanged = false;
      for (const { canvas } of this.windows) {
        if (canvas.surface === undefined) this.#around.painter.refresh(canvas);
      }
    });
  }

  #mayOverride(content: Rect, window: QubeWindow | undefined): boolean {
    const { overrideRedirect: policy = 'limited' } = this.config;
    if (policy !== 'limited') return policy === 'free';
    const { border, monitors } = this.#around;
    const others = this.windows
      .popups(window)
      .map((other) => frameAround(other.placement.content, border));
    return overrideVerdict(frameAround(content, border), others, monitors.now).allow;
  }

  /** Self-references and circles would send window managers round in them. */
  #setTransientFor(window: QubeWindow, parent: VmWindowId | undefined): void {
    let at = parent;
    while (at !== undefined && at !== window.id) at = this.windows.get(at)?.transientFor;
    window.transientFor = at === window.id ? undefined : parent;
    const frame = this.windows.frameOf(window.transientFor);
    this.#properties.setTransientFor(window.windows.frame, frame);
  }

  /** Without a window manager a click focuses and raises, never above a popup. */
  #pressed(window: QubeWindow): void {
    const { manager, selfFocus, stacking } = this.#around;
    const { frame } = window.windows;
    selfFocus.clicked(frame);
    if (manager.present || this.input.focused === window.id) return;
    this.#x.X.ConfigureWindow(frame, { sibling: stacking.lowestPopup, stackMode: BELOW });
  }
}
