/**
 * What the X server says about one qube's windows, apart from input: where and
 * whether they are, what has to be drawn again, what the window manager wants.
 * Runs on that qube's own connection; an event for a window that is gone means
 * nothing.
 */
import { sameRect } from '../base/geometry.ts';
import type { QubePort } from '../session/port.ts';
import type { XConnection } from '../x11/connection.ts';
import type { ClientMessageEvent, ConfigureEvent, ReparentEvent, XEvent } from '../x11/events.ts';
import { ATOM, getCardinals } from '../x11/properties.ts';
import type { FrameNames } from './frame-names.ts';
import type { Placer } from './placer.ts';
import type { Popups } from './popups.ts';
import type { QubeInput } from './qube-input.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';
import type { Surroundings } from './surroundings.ts';
import type { TrayIcons } from './tray-icons.ts';
import { NET_STATES, observeStates } from './window-flags.ts';
import type { WindowPings } from './window-pings.ts';

/** What keyboard and pointer do, as the X server tells it. */
const INPUT_EVENTS: ReadonlySet<XEvent['name']> = new Set([
  'KeyPress',
  'KeyRelease',
  'ButtonPress',
  'ButtonRelease',
  'MotionNotify',
  'EnterNotify',
  'LeaveNotify',
  'FocusIn',
  'FocusOut',
] as const);

export class WindowEvents {
  readonly #x: XConnection;
  readonly #port: QubePort;
  readonly #windows: QubeWindows;
  readonly #placer: Placer;
  readonly #input: QubeInput;
  readonly #around: Surroundings;
  readonly #tray: TrayIcons;
  readonly #popups: Popups;
  readonly #pings: WindowPings;
  readonly #names: FrameNames;

  constructor(
    x: XConnection,
    port: QubePort,
    windows: QubeWindows,
    placer: Placer,
    input: QubeInput,
    around: Surroundings,
    tray: TrayIcons,
    popups: Popups,
    pings: WindowPings,
    names: FrameNames,
  ) {
    this.#x = x;
    this.#port = port;
    this.#windows = windows;
    this.#placer = placer;
    this.#input = input;
    this.#around = around;
    this.#tray = tray;
    this.#popups = popups;
    this.#pings = pings;
    this.#names = names;
  }

  handle(event: XEvent): void {
    // Not what a person did: another program of dom0 wrote it (SendEvent).
    if (event.synthetic && INPUT_EVENTS.has(event.name)) return;
    if (this.#tray.handle(event)) return;
    switch (event.name) {
      case 'MotionNotify':
        this.#input.motion(event);
        return;
      case 'KeyPress':
      case 'KeyRelease':
        this.#input.key(event);
        return;
      case 'ButtonPress':
      case 'ButtonRelease':
        this.#input.button(event);
        return;
      case 'EnterNotify':
      case 'LeaveNotify':
        this.#input.crossing(event);
        return;
      case 'FocusIn':
      case 'FocusOut':
        this.#input.focusChange(event);
        return;
      case 'Expose': {
        const window = this.#windows.byContent(event.wid);
        const { x, y, width, height } = event;
        if (window) this.#around.painter.damaged(window.canvas, x, y, width, height);
        return;
      }
      case 'ConfigureNotify':
        this.#configured(event);
        return;
      case 'ReparentNotify':
        this.#reparented(event);
        return;
      case 'MapNotify':
        this.#shown(this.#windows.byFrame(event.wid));
        return;
      case 'UnmapNotify': {
        const window = this.#windows.byFrame(event.wid);
        if (!window) return;
        window.canvas.viewable = false;
        this.#input.hidden(window);
        return;
      }
      case 'PropertyNotify': {
        const window = this.#windows.byFrame(event.wid);
        const { _NET_WM_STATE, _NET_FRAME_EXTENTS } = this.#around.atoms;
        if (!window?.mapped) return;
        if (event.atom === _NET_WM_STATE) void this.#readStates(window);
        else if (event.atom === _NET_FRAME_EXTENTS) this.#names.hint(window);
        return;
      }
      case 'ClientMessage':
        this.#clientMessage(event);
        return;
      default:
    }
  }

  #configured(event: ConfigureEvent): void {
    const window = this.#windows.byFrame(event.wid1);
    if (!window) return;
    const { synthetic, x, y, width, height, borderWidth } = event;
    const before = window.placement.content;
    this.#placer.step(window, {
      kind: 'configured',
      synthetic,
      x,
      y,
      width,
      height,
      borderWidth,
    });
    if (!sameRect(before, window.placement.content)) {
      window.changedMs = this.#around.clock.nowMs();
    }
    if (window.mapped && window.overrideRedirect) this.#placer.keepOnMonitor(window);
    // Where a title bar comes or goes, the frame has another place in the manager's window.
    if (!synthetic) this.#names.hint(window);
  }

  #reparented(event: ReparentEvent): void {
    const window = this.#windows.byFrame(event.wid);
    if (!window) return;
    const { parent, x, y } = event;
    const parentIsRoot = parent === this.#x.root;
    this.#around.ancestry.reparented(window.windows.frame, parent);
    this.#placer.step(window, { kind: 'reparented', parentIsRoot, x, y });
    this.#names.hint(window);
    if (parentIsRoot && window.mapped && window.overrideRedirect) {
      this.#placer.keepOnMonitor(window);
    }
    // A window manager that ends gives its windows back to the root.
    if (parentIsRoot && window.mapped) void this.#around.manager.look();
  }

  #shown(window: QubeWindow | undefined): void {
    if (!window) return;
    if (!window.mapped || this.#popups.mustHide(window)) {
      // Nobody but the qube and we say that a window is to be seen.
      this.#x.X.UnmapWindow(window.windows.frame);
      return;
    }
    window.canvas.viewable = true;
    window.changedMs = this.#around.clock.nowMs();
    // A window that comes up covered gets no Expose; merged with the one that others get.
    this.#around.painter.redraw(window.canvas);
    this.#placer.step(window, { kind: 'shown' });
    this.#names.shown(window);
  }

  async #readStates(window: QubeWindow): Promise<void> {
    const { atoms } = this.#around;
    const values = await getCardinals(
      this.#x,
      window.windows.frame,
      atoms._NET_WM_STATE,
      ATOM.ATOM,
    ).catch(() => undefined);
    if (!values || !window.mapped || window.canvas.gone) return;
    const present = new Set(NET_STATES.filter((name) => values.includes(atoms[name])));
    const { state, flags } = observeStates(window.flags, present);
    window.flags = state;
    this.#port.flags(window.id, flags);
  }

  #clientMessage(event: ClientMessageEvent): void {
    const { atoms } = this.#around;
    const window = this.#windows.byFrame(event.wid);
    if (!window || event.message_type !== atoms.WM_PROTOCOLS || event.format !== 32) return;
    if (event.data[0] === atoms.WM_DELETE_WINDOW) {
      this.#port.close(window.id);
    } else if (event.data[0] === atoms._NET_WM_PING) {
      this.#pings.asked(window, event.data);
    }
  }
}
