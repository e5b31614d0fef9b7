/**
 * Everything of the agent that lives as long as the qube's X server: made when
 * that server is up, told what X and the daemon say.
 */
import type { Clock } from '../base/clock.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Scope } from '../base/scope.ts';
import type { ToVmRead } from '../protocol/to-vm.ts';
import type { XEvent } from '../x11/events.ts';
import type { LaneHandler } from '../x11/lane.ts';
import type { XServerOptions } from '../x11/server.ts';
import { Announcer } from './announcer.ts';
import { Clipboard } from './clipboard.ts';
import { CursorWatch, learnShapes } from './cursor.ts';
import { DaemonMessages } from './daemon-messages.ts';
import { Focus } from './focus.ts';
import type { GuiLink } from './gui-link.ts';
import { IconFeed, type IconFeedParts } from './icon-feed.ts';
import { Input } from './input.ts';
import { PixelPath } from './pixel-path.ts';
import { ProgramPings } from './program-pings.ts';
import { replay } from './replay.ts';
import type { ScreenSize } from './screen-size.ts';
import { ServerTime } from './server-time.ts';
import type { SharedPages } from './shared-pages.ts';
import { Tray } from './tray.ts';
import { nothingTold } from './window.ts';
import { WindowEvents } from './window-events.ts';
import { rootId, standAsWindowManager } from './window-manager.ts';
import { WindowStates } from './window-states.ts';
import { WindowTable } from './window-table.ts';
import { openXScreen, type XScreen } from './x-screen.ts';

const MAPPING_POINTER = 2;

export interface DeskOptions {
  readonly server: XServerOptions;
  readonly link: GuiLink;
  /** Stays the caller's. */
  readonly pages: SharedPages;
  readonly clock: Clock;
  readonly log: Log;
  /** How long dom0's text stays in the qube, in ms; undefined = not limited by time. */
  readonly clipboardKeepMs: number | undefined;
  /** Owns what is opened. */
  readonly scope: Scope;
  /** Takes the icon of a window to dom0. */
  readonly sendIcon: IconFeedParts['send'];
  /** The X server, or our connection to it, is gone. */
  ended(reason: string): void;
}

export class Desk {
  readonly screen: XScreen;
  readonly #log: Log;
  readonly #table: WindowTable;
  readonly #announcer: Announcer;
  readonly #pixels: PixelPath;
  readonly #icons: IconFeed;
  readonly #states: WindowStates;
  readonly #events: WindowEvents;
  readonly #tray: Tray;
  readonly #time: ServerTime;
  readonly #input: Input;
  readonly #focus: Focus;
  readonly #cursor: CursorWatch;
  readonly #clipboard: Clipboard;
  readonly #messages: DaemonMessages;
  readonly #pings: ProgramPings;

  /** Rejects with UserError X_SERVER or X_CONNECT. */
  static async open(options: DeskOptions): Promise<Desk> {
    let desk: Desk | undefined;
    const handler: LaneHandler = {
      damaged: (damage, _drawable, x, y, width, height) => {
        if (desk) desk.#pixels.damaged(damage, x, y, width, height);
      },
      error: (owner) => {
        if (desk) desk.#pixels.failed(owner);
      },
      // What was copied is told in the same turn.
      settled: () => options.link.flush(),
      closed: options.ended,
    };
    const screen = await openXScreen(options.server, handler, options.scope);
    const shapes = await learnShapes(screen);
    desk = new Desk(options, screen, shapes);
    await screen.x.sync();
    return desk;
  }

  private constructor(
    { link, pages, clock, log, clipboardKeepMs: keepMs, scope, sendIcon, ended }: DeskOptions,
    screen: XScreen,
    shapes: Awaited<ReturnType<typeof learnShapes>>,
  ) {
    const { x, lane } = screen;
    const failed = (reason: string): void => {
      if (!x.closed) log.warn({ reason }, 'a request to the X server failed');
    };
    this.screen = screen;
    this.#log = log;
    const table = new WindowTable([x.resourceBase, lane.resourceBase], x.resourceMask);
    const { stub } = standAsWindowManager(screen);
    const announcer = new Announcer(link, rootId(screen));
    const pixels = new PixelPath({ lane, link, pages, log, unusable: ended });
    const states = new WindowStates(screen, table, announcer);
    const icons = scope.own(new IconFeed({ screen, clock, send: sendIcon }));
    const events = new WindowEvents({ screen, table, announcer, pixels, states, icons, failed });
    const tray = new Tray({ screen, table, announcer, pixels, events });
    const time = new ServerTime(screen, stub);
    const input = new Input(screen, stub, failed);
    const focus = new Focus(screen, time);
    const windowOf = (child: number) => table.get(child) ?? tray.iconOf(child);
    const cursor = new CursorWatch({ screen, shapes, announcer, windowOf, failed });
    const clipboard = new Clipboard({ screen, link, time, clock, log, keepMs });
    this.#pings = scope.own(new ProgramPings(screen, time, clock));
    this.#table = table;
    this.#announcer = announcer;
    this.#pixels = pixels;
    this.#icons = icons;
    this.#states = states;
    this.#events = events;
    this.#tray = tray;
    this.#time = time;
    this.#input = input;
    this.#focus = focus;
    this.#cursor = cursor;
    this.#clipboard = clipboard;
    this.#messages = new DaemonMessages({
      ...{ screen, table, announcer, pixels, states, tray, input, focus, cursor, clipboard },
    });
    // Errors are about windows that went meanwhile; whoever must know has a promise.
    x.on((event) => this.#event(event));
    x.onClosed(ended);
    time.now((now) => tray.announce(now));
  }

  /** A daemon has come. */
  daemonCame(): void {
    this.iconsAgain();
    replay({
      ...{ screen: this.screen, table: this.#table, announcer: this.#announcer },
      ...{ pixels: this.#pixels, states: this.#states, tray: this.#tray },
    }).catch(() => {
      this.#log.warn({}, 'the windows could not be told to the daemon');
    });
  }

  /** dom0 has forgotten the icons, or never knew them. */
  iconsAgain(): void {
    this.#icons.again(this.#table.all());
  }

  daemonSaid(message: ToVmRead): void {
    this.#messages.handle(message);
  }

  /** The daemon reads again. */
  drained(): void {
    this.#pixels.drained();
  }

  /** The daemon is gone: nothing is held down, nobody is focused, everything is untold. */
  daemonGone(): void {
    this.#pixels.daemonGone();
    for (const window of this.#table.all()) window.told = nothingTold();
    this.#clipboard.reset();
    this.#input.releaseAll();
    this.#input.run(() => this.#focus.reset());
  }

  /** The qube's screen gets this size; false when it cannot have it. Rejects with an Error. */
  resize(size: ScreenSize): Promise<boolean> {
    return this.screen.resize(size);
  }

  /** Does the program of this window answer? Resolves with a status for PING_WINDOW. */
  ping(window: VmWindowId): Promise<number> {
    return this.#pings.ask(this.#table.get(window));
  }

  /** Keyboard settings were changed: repeat stays off. */
  keyboardChanged(): void {
    this.screen.x.X.ChangeKeyboardControl({ autoRepeatMode: 0 });
  }

  #event(event: XEvent): void {
    switch (event.name) {
      case 'PropertyNotify':
        if (this.#time.answered(event)) return;
        this.#clipboard.handle(event);
        break;
      case 'CursorNotify':
        this.#cursor.changed();
        return;
      case 'MappingNotify':
        if (event.request !== MAPPING_POINTER) this.#input.mapsChanged();
        return;
      case 'XkbEvent':
        this.#input.mapsChanged();
        return;
      case 'XkbStateNotify':
        this.#input.modifiersChanged(event.mods);
        return;
      case 'ClientMessage':
        if (this.#states.requested(event) || this.#pings.answered(event)) return;
        this.#tray.requested(event);
        return;
      case 'DestroyNotify':
        this.#pings.forget(event.wid);
        break;
      case 'SelectionNotify':
      case 'SelectionRequest':
      case 'SelectionClear':
        this.#clipboard.handle(event);
        return;
      default:
        break;
    }
    this.#tray.handle(event);
    this.#events.handle(event);
  }
}
