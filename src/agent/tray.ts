/**
 * The qube's notification area: takes in the icons of programs (XEMBED), each
 * in a frame of ours whose pixels are the icon's, and shows them in dom0 as
 * docked windows. dom0 decides where an icon is and how large.
 */
import type { Rect } from '../base/geometry.ts';
import type { ClientMessageEvent, ConfigureEvent, XEvent } from '../x11/events.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import { getCardinals, setCardinals } from '../x11/properties.ts';
import type { Announcer } from './announcer.ts';
import type { PixelPath } from './pixel-path.ts';
import type { QubeWindow } from './window.ts';
import type { WindowEvents } from './window-events.ts';
import type { WindowTable } from './window-table.ts';
import type { XScreen } from './x-screen.ts';

const INPUT_OUTPUT = 1;
/** What most trays give an icon at first; dom0 tells the real size soon. */
const FIRST_SIDE = 32;
const REQUEST_DOCK = 0;
const XEMBED_EMBEDDED_NOTIFY = 0;
const XEMBED_VERSION = 0;
const XEMBED_MAPPED = 1;
/** Predefined atom VISUALID. */
const VISUALID = 32;

export interface TrayParts {
  readonly screen: XScreen;
  readonly table: WindowTable;
  readonly announcer: Announcer;
  readonly pixels: PixelPath;
  readonly events: WindowEvents;
}

export class Tray {
  readonly #parts: TrayParts;
  readonly #window: number;
  readonly #byEmbedder = new Map<number, QubeWindow>();

  constructor(parts: TrayParts) {
    this.#parts = parts;
    this.#window = parts.screen.x.allocWindowId();
  }

  /** Becomes the owner of the tray selection at server time `time` and says so. */
  announce(time: number): void {
    const { x, atoms } = this.#parts.screen;
    x.X.CreateWindow(this.#window, x.root, -1, -1, 1, 1, 0, 0, INPUT_OUTPUT, 0, {
      overrideRedirect: 1,
    });
    setCardinals(x, this.#window, atoms._NET_SYSTEM_TRAY_ORIENTATION, [0]);
    // Icons with the screen's own visual: alpha would not be honoured anyway.
    setCardinals(x, this.#window, atoms._NET_SYSTEM_TRAY_VISUAL, [x.screen.visual], VISUALID);
    x.X.SetSelectionOwner(this.#window, atoms._NET_SYSTEM_TRAY_S0, time);
    x.X.SendEvent(x.root, 0, EVENT_MASK.structureNotify, {
      name: 'ClientMessage',
      format: 32,
      wid: x.root,
      message_type: atoms.MANAGER,
      data: [time, atoms._NET_SYSTEM_TRAY_S0, this.#window],
    });
  }

  /** The icon whose frame `embedder` is. */
  iconOf(embedder: number): QubeWindow | undefined {
    return this.#byEmbedder.get(embedder);
  }

  /** A client message; true when it was one for the tray. */
  requested(event: ClientMessageEvent): boolean {
    const { atoms } = this.#parts.screen;
    if (event.message_type !== atoms._NET_SYSTEM_TRAY_OPCODE) return false;
    const [, opcode, id] = event.data;
    const window = this.#parts.table.get(id ?? 0);
    if (opcode === REQUEST_DOCK && window && !window.dock) {
      window.steps.run(() => this.#dock(window));
    }
    return true;
  }

  /** Events of icons and their frames; others are left to WindowEvents. */
  handle(event: XEvent): void {
    switch (event.name) {
      case 'ConfigureNotify': {
        const window = this.#byEmbedder.get(event.wid1);
        if (window) this.#frameConfigured(window, event);
        else this.#iconConfigured(event.wid1, event);
        break;
      }
      case 'DestroyNotify': {
        const window = this.#parts.table.get(event.wid);
        if (window?.dock) this.#undock(window);
        break;
      }
      case 'ReparentNotify': {
        const window = this.#parts.table.get(event.wid);
        if (window?.dock && event.parent !== window.dock.embedder)
          this.#taken(window, event.parent);
        break;
      }
      case 'PropertyNotify': {
        const window = this.#parts.table.get(event.wid);
        if (window?.dock && event.atom === this.#parts.screen.atoms._XEMBED_INFO) {
          window.steps.run(() => this.#mapAsWished(window));
        }
        break;
      }
      default:
        break;
    }
  }

  /** CONFIGURE of the daemon for a docked window: the frame goes there, the icon fills it. */
  place(window: QubeWindow, rect: Rect): void {
    const { x } = this.#parts.screen;
    if (!window.dock) return;
    window.rect = rect;
    x.X.ConfigureWindow(window.dock.embedder, rect);
    window.configuredAt = x.sequence;
    x.X.ConfigureWindow(window.id, { x: 0, y: 0, width: rect.width, height: rect.height });
  }

  async #dock(window: QubeWindow): Promise<void> {
    const { screen, announcer, pixels } = this.#parts;
    const { x, atoms } = screen;
    const embedder = x.allocWindowId();
    const { X } = x;
    if (window.viewable) {
      pixels.hide(window);
      announcer.unmapped(window);
      window.viewable = false;
    }
    pixels.forget(window);
    window.dock = { embedder };
    window.overrideRedirect = false;
    window.rect = { ...window.rect, width: FIRST_SIDE, height: FIRST_SIDE };
    window.pixelWidth = FIRST_SIDE;
    window.pixelHeight = FIRST_SIDE;
    window.depth = x.screen.depth;
    this.#byEmbedder.set(embedder, window);
    const { x: left, y: top } = window.rect;
    X.CreateWindow(
      ...([embedder, x.root, left, top, FIRST_SIDE, FIRST_SIDE, 0, 0, INPUT_OUTPUT, 0] as const),
      { overrideRedirect: 1, backgroundPixel: x.screen.blackPixel },
    );
    X.ChangeWindowAttributes(window.id, {
      eventMask: EVENT_MASK.propertyChange | EVENT_MASK.structureNotify,
    });
    X.ReparentWindow(window.id, embedder, 0, 0);
    X.ConfigureWindow(window.id, { x: 0, y: 0, width: FIRST_SIDE, height: FIRST_SIDE });
    X.SendEvent(window.id, 0, 0, {
      name: 'ClientMessage',
      format: 32,
      wid: window.id,
      message_type: atoms._XEMBED,
      data: [0, XEMBED_EMBEDDED_NOTIFY, 0, embedder, XEMBED_VERSION],
    });
    X.ConfigureWindow(embedder, { stackMode: 1 });
    X.MapWindow(embedder);
    await this.#mapAsWished(window);
    // Its frame has pixels from here on.
    await x.sync();
    if (window.gone || !window.dock) return;
    window.viewable = true;
    window.pixelSerial++;
    announcer.docked(window);
    pixels.watch(window);
    pixels.show(window);
  }

  async #mapAsWished(window: QubeWindow): Promise<void> {
    const { x, atoms } = this.#parts.screen;
    const [, flags = XEMBED_MAPPED] = await getCardinals(
      ...([x, window.id, atoms._XEMBED_INFO, atoms._XEMBED_INFO, 2] as const),
    );
    if (window.gone) return;
    if (flags & XEMBED_MAPPED) x.X.MapWindow(window.id);
    else x.X.UnmapWindow(window.id);
  }

  #frameConfigured(window: QubeWindow, event: ConfigureEvent): void {
    const { announcer, pixels } = this.#parts;
    const { x, y, width, height, borderWidth } = event;
    const resized = window.sized(width, height, borderWidth);
    if (event.seq >= window.configuredAt) {
      window.rect = { x, y, width, height };
      announcer.placed(window);
    }
    if (resized) pixels.show(window);
  }

  /** An icon that resizes itself is put back: it fills its frame. */
  #iconConfigured(id: number, event: Rect): void {
    const window = this.#parts.table.get(id);
    if (!window?.dock) return;
    const { width, height } = window.rect;
    if (event.x === 0 && event.y === 0 && event.width === width && event.height === height) return;
    this.#parts.screen.x.X.ConfigureWindow(id, { x: 0, y: 0, width, height });
  }

  #undock(window: QubeWindow): void {
    const { dock } = window;
    if (!dock) return;
    this.#byEmbedder.delete(dock.embedder);
    this.#parts.screen.x.X.DestroyWindow(dock.embedder);
  }

  /** A program took its icon out of the frame. */
  #taken(window: QubeWindow, parent: number): void {
    const { events, screen } = this.#parts;
    this.#undock(window);
    events.removed(window);
    if (parent === screen.x.root) events.returned(window.id);
  }
}
