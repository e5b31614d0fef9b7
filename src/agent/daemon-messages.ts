/**
 * What the daemon says, carried out in the qube. The daemon is trusted with its
 * own qube; windows that are gone meanwhile are no fault.
 */
import { clamp, type Rect } from '../base/geometry.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { ToVmRead } from '../protocol/to-vm.ts';
import type { Announcer } from './announcer.ts';
import type { Clipboard } from './clipboard.ts';
import { OwnText } from './clipboard-text.ts';
import type { CursorWatch } from './cursor.ts';
import { closeWindow, type Focus } from './focus.ts';
import type { Input } from './input.ts';
import type { PixelPath } from './pixel-path.ts';
import type { Tray } from './tray.ts';
import type { QubeWindow } from './window.ts';
import type { WindowStates } from './window-states.ts';
import type { WindowTable } from './window-table.ts';
import type { XScreen } from './x-screen.ts';

/** X11 carries positions in 16 signed bits. */
const MIN_POSITION = -0x8000;
const MAX_POSITION = 0x7fff;
/** Crossings by grabs say nothing about where the pointer is. */
const MODE_NORMAL = 0;
const MODE_UNGRAB = 2;

export interface DaemonMessagesParts {
  readonly screen: XScreen;
  readonly table: WindowTable;
  readonly announcer: Announcer;
  readonly pixels: PixelPath;
  readonly states: WindowStates;
  readonly tray: Tray;
  readonly input: Input;
  readonly focus: Focus;
  readonly cursor: CursorWatch;
  readonly clipboard: Clipboard;
}

export class DaemonMessages {
  readonly #parts: DaemonMessagesParts;

  constructor(parts: DaemonMessagesParts) {
    this.#parts = parts;
  }

  handle(message: ToVmRead): void {
    const { table, pixels, input, clipboard } = this.#parts;
    switch (message.name) {
      case 'dumpAck':
        pixels.dumpAcknowledged();
        return;
      case 'destroyAck':
        pixels.destroyAcknowledged();
        return;
      case 'key':
        // The X focus decides, not the window of the message.
        input.key(message.keycode, message.pressed, message.state);
        return;
      case 'button':
        input.button(message.button, message.pressed);
        return;
      case 'keymap':
        input.keymap(message.bitmap);
        return;
      case 'clipboardRequest':
        clipboard.requested(message.window);
        return;
      case 'clipboardData': {
        const text = new OwnText(message.data);
        // Before the key that pastes it.
        input.run(() => clipboard.given(text));
        return;
      }
      case 'resize':
      case 'execute':
      case 'ignored':
        return;
      case 'motion':
      case 'crossing':
      case 'focus':
      case 'map':
      case 'configure':
      case 'flags':
      case 'close': {
        const window = table.get(message.window);
        if (window) this.#forWindow(window, message);
        return;
      }
    }
  }

  #forWindow(
    window: QubeWindow,
    message: Extract<
      ToVmRead,
      { name: 'motion' | 'crossing' | 'focus' | 'map' | 'configure' | 'flags' | 'close' }
    >,
  ): void {
    const { screen, states, input, focus, cursor } = this.#parts;
    switch (message.name) {
      case 'motion':
        input.motion(window, message.x, message.y);
        return;
      case 'crossing':
        if (message.mode !== MODE_NORMAL) return;
        if (message.entered) input.enter(window, message.x, message.y, () => cursor.changed());
        else input.leave(window);
        return;
      case 'focus':
        if (message.mode !== MODE_NORMAL && message.mode !== MODE_UNGRAB) return;
        input.run(() => (message.focused ? focus.gained(window) : focus.lost(window)));
        return;
      case 'map':
        this.#map(window, message.overrideRedirect);
        return;
      case 'configure':
        this.#configure(window, message);
        return;
      case 'flags':
        states.told(window, message.set, message.unset);
        return;
      case 'close':
        closeWindow(screen, window);
        return;
    }
  }

  #map(window: QubeWindow, overrideRedirect: boolean): void {
    const { X } = this.#parts.screen.x;
    if (window.dock) {
      X.MapWindow(window.dock.embedder);
      return;
    }
    X.ChangeWindowAttributes(window.id, { overrideRedirect: overrideRedirect ? 1 : 0 });
    X.MapWindow(window.id);
  }

  /**
   * dom0's place and size: echoed first, exactly, then done. If the program
   * wants something else afterwards, its own CONFIGURE follows from the event.
   */
  #configure(window: QubeWindow, { x, y, width, height }: Rect): void {
    const { screen, announcer, tray } = this.#parts;
    if (width < 1 || height < 1) return;
    announcer.echo(window, { x, y, width, height });
    const rect = {
      x: clamp(x, MIN_POSITION, MAX_POSITION),
      y: clamp(y, MIN_POSITION, MAX_POSITION),
      // No larger window can be dumped, and X servers refuse sides beyond 2^15.
      width: clamp(width, 1, LIMITS.windowWidth.value),
      height: clamp(height, 1, LIMITS.windowHeight.value),
    };
    if (window.dock) {
      tray.place(window, rect);
      return;
    }
    screen.x.X.ConfigureWindow(window.id, rect);
    window.configuredAt = screen.x.sequence;
    window.rect = rect;
  }
}
