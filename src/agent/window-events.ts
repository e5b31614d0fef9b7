/**
 * What happens to windows in the qube's X server, told to the daemon. Events
 * of one window are handled in the server's order; those that need answers of
 * the server first make the later ones wait. Programs are clients of that
 * server and may do anything to their windows at any time.
 */
import type { VmWindowId } from '../base/ids.ts';
import { WINDOW_FLAG } from '../protocol/from-vm.ts';
import type { ConfigureEvent, CreateEvent, PropertyEvent, XEvent } from '../x11/events.ts';
import { EVENT_MASK, type Geometry, type WindowAttributes } from '../x11/package-records.ts';
import { ATOM, setCardinals } from '../x11/properties.ts';
import type { Announcer } from './announcer.ts';
import type { IconFeed } from './icon-feed.ts';
import type { PixelPath } from './pixel-path.ts';
import { StepQueue } from './step-queue.ts';
import { QubeWindow } from './window.ts';
import {
  readAtoms,
  readClass,
  readSizeHints,
  readTitle,
  readTransientFor,
  readWmHints,
} from './window-properties.ts';
import type { WindowStates } from './window-states.ts';
import type { WindowTable } from './window-table.ts';
import type { XScreen } from './x-screen.ts';

const INPUT_ONLY = 2;
const WM_STATE_NORMAL = 1;

export interface WindowEventsParts {
  readonly screen: XScreen;
  readonly table: WindowTable;
  readonly announcer: Announcer;
  readonly pixels: PixelPath;
  readonly states: WindowStates;
  readonly icons: IconFeed;
  /** A step for a window failed for a reason other than the window being gone. */
  failed(reason: string): void;
}

export class WindowEvents {
  readonly #parts: WindowEventsParts;
  readonly #loaders: ReadonlyMap<number, (window: QubeWindow) => Promise<void>>;

  constructor(parts: WindowEventsParts) {
    this.#parts = parts;
    const { screen, announcer, states, icons } = parts;
    const { x, atoms } = screen;
    const title = async (window: QubeWindow): Promise<void> => {
      const text = await readTitle(x, atoms, window.id);
      if (text) window.title = text;
      announcer.properties(window);
    };
    this.#loaders = new Map<number, (window: QubeWindow) => Promise<void>>([
      [ATOM.WM_NAME, title],
      [atoms._NET_WM_NAME, title],
      [
        ATOM.WM_CLASS,
        async (window) => {
          window.wmClass = (await readClass(x, window.id)) ?? window.wmClass;
          announcer.properties(window);
        },
      ],
      [
        ATOM.WM_NORMAL_HINTS,
        async (window) => {
          window.hints = (await readSizeHints(x, window.id)) ?? window.hints;
          announcer.properties(window);
        },
      ],
      [
        ATOM.WM_TRANSIENT_FOR,
        async (window) => {
          window.transientFor = await readTransientFor(x, window.id);
        },
      ],
      [
        ATOM.WM_HINTS,
        async (window) => {
          Object.assign(window, await readWmHints(x, window.id));
          announcer.urgency(window);
        },
      ],
      [
        atoms.WM_PROTOCOLS,
        async (window) => {
          const list = await readAtoms(x, window.id, atoms.WM_PROTOCOLS);
          window.deleteWindow = list.includes(atoms.WM_DELETE_WINDOW);
          window.takeFocus = list.includes(atoms.WM_TAKE_FOCUS);
          window.answersPing = list.includes(atoms._NET_WM_PING);
        },
      ],
      [atoms._NET_WM_STATE, (window) => states.load(window)],
      [atoms._NET_WM_ICON, async (window) => icons.changed(window)],
    ]);
  }

  handle(event: XEvent): void {
    const { table, screen } = this.#parts;
    const { root } = screen.x;
    switch (event.name) {
      case 'CreateNotify':
        if (event.parent === root) this.#created(event);
        break;
      case 'DestroyNotify': {
        const window = table.get(event.wid);
        if (window && event.event === (window.dock ? window.id : root)) this.removed(window);
        break;
      }
      case 'MapNotify': {
        const window = table.get(event.wid);
        if (window && !window.dock && event.event === root) {
          window.overrideRedirect = event.overrideRedirect;
          this.#mapped(window);
        }
        break;
      }
      case 'UnmapNotify': {
        const window = table.get(event.wid);
        if (window && !window.dock && event.event === root) this.#unmapped(window);
        break;
      }
      case 'ConfigureNotify': {
        const window = table.get(event.wid1);
        if (window && !window.dock && event.wid === root) this.#configured(window, event);
        break;
      }
      case 'ReparentNotify':
        if (event.event === root) this.#reparented(event.wid, event.parent);
        break;
      case 'PropertyNotify':
        this.#property(event);
        break;
      default:
        break;
    }
  }

  /** The window is gone from the root (destroyed, or another program took it). */
  removed(window: QubeWindow): void {
    const { table, announcer, pixels } = this.#parts;
    window.gone = true;
    table.delete(window);
    pixels.forget(window);
    const wasTold = window.told.created;
    announcer.destroyed(window);
    if (wasTold) pixels.destroySent();
  }

  /** A window is a child of the root from now on. */
  adopt(id: VmWindowId, event: Omit<CreateEvent, 'name' | 'type' | 'rawData'>): QubeWindow {
    const { screen, table, announcer, failed } = this.#parts;
    const { x, y, width, height, overrideRedirect } = event;
    const window = new QubeWindow(
      id,
      { x, y, width, height },
      overrideRedirect,
      new StepQueue((reason) => {
        if (!window.gone) failed(reason);
      }),
    );
    table.add(window);
    screen.x.X.ChangeWindowAttributes(id, { eventMask: EVENT_MASK.propertyChange });
    if (event.borderWidth > 0) screen.x.X.ConfigureWindow(id, { borderWidth: 0 });
    announcer.created(window);
    window.steps.run(() => this.#load(window));
    return window;
  }

  #created(event: CreateEvent): void {
    const { table } = this.#parts;
    // The X server numbers windows; that number is what the daemon knows them by.
    const id = event.wid as VmWindowId;
    if (table.isOurs(id) || table.get(id)) return;
    this.adopt(id, event);
  }

  /** Everything that is known of a window only by asking, in one round trip. */
  async #load(window: QubeWindow): Promise<void> {
    const { screen, pixels } = this.#parts;
    const { x } = screen;
    const [attributes, geometry] = await Promise.all([
      x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(window.id, done)),
      x.request<Geometry>((done) => x.X.GetGeometry(window.id, done)),
      ...[...new Set(this.#loaders.values())].map((load) => load(window)),
    ]);
    if (window.gone) return;
    window.inputOnly = attributes.klass === INPUT_ONLY;
    window.depth = geometry.depth;
    if (!window.inputOnly) pixels.watch(window);
  }

  #mapped(window: QubeWindow): void {
    const { screen, announcer, pixels, states } = this.#parts;
    window.viewable = true;
    window.pixelSerial++;
    window.steps.run(() => {
      if (window.gone || window.dock || !window.viewable) return;
      if (!window.overrideRedirect && !window.told.mapped) {
        const { WM_STATE } = screen.atoms;
        setCardinals(screen.x, window.id, WM_STATE, [WM_STATE_NORMAL, 0], WM_STATE);
      }
      const iconic = window.startsIconic ? WINDOW_FLAG.minimize : 0;
      announcer.mapped(window, states.flagsOf(window) | iconic);
      announcer.urgency(window);
      pixels.show(window);
    });
  }

  #unmapped(window: QubeWindow): void {
    const { screen, announcer, pixels } = this.#parts;
    window.viewable = false;
    pixels.hide(window);
    window.steps.run(() => {
      if (window.gone || window.dock || window.viewable) return;
      announcer.unmapped(window);
      // ICCCM and EWMH: a withdrawn window has no state.
      screen.x.X.DeleteProperty(window.id, screen.atoms.WM_STATE);
      screen.x.X.DeleteProperty(window.id, screen.atoms._NET_WM_STATE);
    });
  }

  #configured(window: QubeWindow, event: ConfigureEvent): void {
    const { screen, announcer, pixels } = this.#parts;
    const { x, y, width, height, borderWidth } = event;
    if (borderWidth > 0) screen.x.X.ConfigureWindow(window.id, { borderWidth: 0 });
    const resized = window.sized(width, height, borderWidth);
    // Older than what the daemon asked for since: its own word comes behind.
    const current = event.seq >= window.configuredAt;
    if (current) window.rect = { x, y, width, height };
    window.steps.run(() => {
      if (window.gone || window.dock) return;
      if (current) announcer.placed(window);
      if (resized) pixels.show(window);
    });
  }

  #reparented(id: number, parent: number): void {
    const { table, screen } = this.#parts;
    const window = table.get(id);
    if (parent === screen.x.root) {
      if (!window && !table.isOurs(id)) this.returned(id as VmWindowId);
    } else if (window && !window.dock) this.removed(window);
  }

  /** A window that another program had taken is a child of the root again. */
  returned(id: VmWindowId): void {
    void this.#takeBack(id);
  }

  async #takeBack(id: VmWindowId): Promise<void> {
    const { screen, table, failed } = this.#parts;
    const { x } = screen;
    try {
      const [attributes, geometry] = await Promise.all([
        x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(id, done)),
        x.request<Geometry>((done) => x.X.GetGeometry(id, done)),
      ]);
      if (table.get(id)) return;
      const window = this.adopt(id, {
        ...{ parent: x.root, wid: id, x: geometry.xPos, y: geometry.yPos },
        ...{ width: geometry.width, height: geometry.height, borderWidth: geometry.borderWidth },
        ...{ overrideRedirect: attributes.overrideRedirect !== 0, seq: 0, synthetic: false },
      });
      if (attributes.mapState !== 0) this.#mapped(window);
    } catch {
      failed('a window vanished while it was taken back');
    }
  }

  #property(event: PropertyEvent): void {
    const window = this.#parts.table.get(event.wid);
    const load = this.#loaders.get(event.atom);
    if (!window || !load) return;
    // A program that writes it a thousand times makes one step of it.
    if (window.loading.has(event.atom)) return;
    window.loading.add(event.atom);
    window.steps.run(() => {
      window.loading.delete(event.atom);
      return load(window);
    });
  }
}
