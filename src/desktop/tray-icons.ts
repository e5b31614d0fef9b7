/**
 * The tray icons of one qube (gui-daemon 3.11): docked windows, each taken into
 * dom0's tray (XEMBED) with a thin frame in the label's colour around the
 * qube's pixels. It is made like every other frame, so the X server keeps it
 * whole whatever size the tray gives it. Where there is no tray the icon waits,
 * hidden; when a tray goes it is hidden again, and the next one is asked.
 *
 * An icon is `waiting` (nobody has it) or `embedded` (a tray has it). Only
 * dom0 decides where it is and how large; the qube is told.
 */
import type { VmWindowId } from '../base/ids.ts';
import type { QubePort } from '../session/port.ts';
import type { XConnection } from '../x11/connection.ts';
import type { ReparentEvent, XEvent } from '../x11/events.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import { setCardinals } from '../x11/properties.ts';
import type { FrameMaker } from './frame.ts';
import type { Placer } from './placer.ts';
import type { QubeInput } from './qube-input.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';
import type { WindowMaker } from './window-maker.ts';
import { withdraw } from './withdraw.ts';

/** Thickness of the frame: what is left of a slot of 16 pixels is 12. */
export const TRAY_BORDER = 2;
/** Size of an icon with its frame until a tray gives it another. */
const SIDE = 24;
/** More of one qube would push those of others and of dom0 out of sight; the rest waits. */
export const MAX_TRAY_ICONS = 8;

/** More windows in each other than any panel makes. */
const MAX_DEPTH = 16;

const REQUEST_DOCK = 0;
const XEMBED_VERSION = 0;
const XEMBED_MAPPED = 1;

export interface TrayParts {
  readonly x: XConnection;
  readonly port: QubePort;
  readonly around: Surroundings;
  readonly windows: QubeWindows;
  readonly maker: WindowMaker;
  /** Makes frames of TRAY_BORDER. */
  readonly frames: FrameMaker;
  readonly placer: Placer;
  readonly input: QubeInput;
}

export class TrayIcons implements Disposable {
  readonly #parts: TrayParts;
  readonly #embedded = new Map<VmWindowId, boolean>();
  /** Frames that this tray was asked to take in: some drop an icon that they are asked for twice. */
  readonly #asked = new Set<number>();
  /** Windows of the tray around icons: an icon moves with them and is not told. */
  readonly #around = new Set<number>();
  readonly #watch: Disposable;

  constructor(parts: TrayParts) {
    this.#parts = parts;
    this.#watch = parts.around.tray.onCame(() => {
      this.#asked.clear();
      this.#ask();
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** A window that is not mapped becomes an icon. */
  dock(window: QubeWindow): void {
    this.#replace(window);
    this.#ask();
  }

  /** The window is destroyed. */
  forget(window: QubeWindow): void {
    this.#asked.delete(window.windows.frame);
    if (this.#embedded.delete(window.id)) this.#ask();
  }

  /** True when the event was about an icon and nobody else need see it. */
  handle(event: XEvent): boolean {
    switch (event.name) {
      case 'ReparentNotify': {
        const window = this.#docked(event.wid);
        if (window) this.#reparented(window, event);
        return window !== undefined;
      }
      case 'MapNotify': {
        const window = this.#docked(event.wid);
        if (window) this.#shown(window);
        return window !== undefined;
      }
      case 'DestroyNotify': {
        const window = this.#docked(event.wid);
        // The tray went without giving it back, and took it along.
        if (window) this.dock(window);
        return window !== undefined || this.#around.delete(event.wid);
      }
      case 'ConfigureNotify':
        if (!this.#around.has(event.wid1)) return false;
        for (const [id, embedded] of this.#embedded) {
          const window = this.#parts.windows.get(id);
          if (embedded && window) this.#parts.placer.step(window, { kind: 'ancestor-moved' });
        }
        return true;
      case 'EnterNotify': {
        // Nothing that was missed above may put a click in a wrong place.
        const window = this.#parts.windows.byContent(event.wid);
        if (window?.docked) this.#parts.placer.step(window, { kind: 'ancestor-moved' });
        return false;
      }
      default:
        return false;
    }
  }

  #docked(frame: number): QubeWindow | undefined {
    const window = this.#parts.windows.byFrame(frame);
    return window?.docked === true ? window : undefined;
  }

  /** Other X windows for the same window of the qube: the frame of an icon is thinner. */
  #replace(window: QubeWindow): void {
    const { windows, maker, frames, around } = this.#parts;
    const { surface, screenX, screenY } = window.canvas;
    windows.remove(window);
    maker.unmake(window);
    this.#asked.delete(window.windows.frame);
    const inside = SIDE - 2 * TRAY_BORDER;
    const icon = maker.make(
      {
        id: window.id,
        wish: window.wish,
        content: { x: TRAY_BORDER, y: TRAY_BORDER, width: inside, height: inside },
        overrideRedirect: false,
        docked: true,
        named: false,
        title: window.title,
        returning: false,
      },
      frames,
    );
    icon.canvas.screenX = screenX;
    icon.canvas.screenY = screenY;
    windows.add(icon);
    this.#embedded.set(icon.id, false);
    if (surface !== undefined) around.painter.setSurface(icon.canvas, surface);
  }

  /** Asks the tray, if there is one, to take in the first icons that nobody has. */
  #ask(): void {
    const { x, around, windows } = this.#parts;
    const owner = around.tray.now;
    if (owner === undefined) return;
    const { _XEMBED_INFO, _NET_SYSTEM_TRAY_OPCODE } = around.atoms;
    let count = 0;
    for (const [id, embedded] of this.#embedded) {
      if (++count > MAX_TRAY_ICONS) return;
      const frame = windows.frameOf(id);
      if (embedded || frame === undefined || this.#asked.has(frame)) continue;
      this.#asked.add(frame);
      setCardinals(x, frame, _XEMBED_INFO, [XEMBED_VERSION, XEMBED_MAPPED], _XEMBED_INFO);
      x.X.SendEvent(owner, 0, 0, {
        name: 'ClientMessage',
        format: 32,
        wid: owner,
        message_type: _NET_SYSTEM_TRAY_OPCODE,
        data: [0, REQUEST_DOCK, frame, 0, 0],
      });
    }
  }

  #reparented(window: QubeWindow, { parent, x, y }: ReparentEvent): void {
    const { placer } = this.#parts;
    const parentIsRoot = parent === this.#parts.x.root;
    const embedded = this.#parts.around.tray.owns(parent);
    this.#embedded.set(window.id, embedded);
    if (!embedded) {
      // A tray that ends gives its icons back, and the server shows them where
      // they were; a window manager may take such a window for an ordinary one.
      this.#hide(window);
      placer.step(window, { kind: 'withdrawn' });
    } else {
      // Told when it shows: where it is until then is nobody's business.
      window.placement = { ...window.placement, phase: 'mapping', told: undefined };
      this.#parts.x.X.MapWindow(window.windows.frame);
      void this.#follow(window, parent);
    }
    placer.step(window, { kind: 'reparented', parentIsRoot, x, y });
  }

  /** Hears of the moves of everything between the icon and the root window. Never rejects. */
  async #follow(icon: QubeWindow, parent: number): Promise<void> {
    const { x, placer } = this.#parts;
    let at = parent;
    for (let depth = 0; depth < MAX_DEPTH && at !== x.root; depth++) {
      const window = at;
      if (!this.#around.has(window)) {
        this.#around.add(window);
        x.X.ChangeWindowAttributes(window, { eventMask: EVENT_MASK.structureNotify });
      }
      try {
        const tree = await x.request<{ parent: number }>((done) => x.X.QueryTree(window, done));
        at = tree.parent;
      } catch {
        // It went meanwhile; the icon has another parent by then.
        this.#around.delete(window);
        return;
      }
    }
    if (!icon.canvas.gone) placer.step(icon, { kind: 'ancestor-moved' });
  }

  #shown(window: QubeWindow): void {
    const { port, placer, around } = this.#parts;
    if (this.#embedded.get(window.id) !== true) {
      this.#hide(window);
      return;
    }
    const before = window.canvas.viewable;
    window.canvas.viewable = true;
    around.painter.redraw(window.canvas);
    if (!before) port.mapped(window.id, false);
    placer.step(window, { kind: 'shown' });
  }

  #hide(window: QubeWindow): void {
    withdraw(this.#parts.x, window.windows.frame, true);
    window.canvas.viewable = false;
    this.#parts.input.hidden(window);
  }
}
