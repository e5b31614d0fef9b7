/**
 * What a qube says, after the handshake: each message is checked against the
 * windows that exist and becomes an event of the desktop. Throws
 * ProtocolViolation or LimitExceeded, which end the conversation; `end` tells
 * nothing, because `sessionEnded` says that all windows go.
 */
import { BugError, unreachable } from '../base/errors.ts';
import type { VmWindowId } from '../base/ids.ts';
import { decodeFromVm, type MutableRect, readShmImage } from '../protocol/decode.ts';
import type { Frame } from '../protocol/framing.ts';
import { type FromVm, fromVm } from '../protocol/from-vm.ts';
import { type RuleCode, violation } from '../protocol/rules.ts';
import { features, type Version } from '../protocol/version.ts';
import { ChangeList } from './changes.ts';
import { requestedFlags } from './flag-rules.ts';
import { toSizeHints } from './hints.ts';
import type { Output } from './output.ts';
import type { Placement } from './placement.ts';
import type { DesktopPort } from './port.ts';
import { isSameImage, makeSurface, PageBudget } from './surface-pages.ts';
import { QubeWindow, SCREEN_WINDOW, type WindowTable } from './window-table.ts';

export interface IncomingOptions {
  readonly port: DesktopPort;
  readonly windows: WindowTable;
  readonly output: Output;
  readonly placement: Placement;
  readonly version: Version;
  readonly poolPages: number;
  readonly references: number;
  /** A message was dropped by a rule; for counting. */
  onDropped(rule: RuleCode): void;
  /** A window or an image came, went or changed its size. */
  onPictures(): void;
}

type Of<N extends FromVm['name']> = Extract<FromVm, { readonly name: N }>;

export class Incoming {
  readonly #port: DesktopPort;
  readonly #windows: WindowTable;
  readonly #output: Output;
  readonly #placement: Placement;
  readonly #dumpAck: boolean;
  readonly #references: number;
  readonly #pages: PageBudget;
  readonly #onDropped: (rule: RuleCode) => void;
  readonly #onPictures: () => void;
  readonly #changes: ChangeList;
  readonly #rect: MutableRect = { x: 0, y: 0, width: 0, height: 0 };

  constructor(options: IncomingOptions) {
    this.#port = options.port;
    this.#windows = options.windows;
    this.#output = options.output;
    this.#placement = options.placement;
    this.#dumpAck = features(options.version).dumpAck;
    this.#references = options.references;
    this.#pages = new PageBudget(options.poolPages);
    this.#onDropped = options.onDropped;
    this.#onPictures = options.onPictures;
    this.#changes = new ChangeList(options.port, options.placement);
  }

  /** Pages of the pool in which images lie. */
  get usedPages(): number {
    return this.#pages.used;
  }

  /** The turn ends: the desktop is told what was kept back because more might follow. */
  settle(): void {
    this.#changes.settleAll();
  }

  /** Handles one message; the hot one without making an object. */
  handle(frame: Frame): void {
    if (frame.type === fromVm.type.shmImage) {
      this.#shmImage(frame);
      return;
    }
    const rule = frame.row?.window;
    // Before the body is looked at: a window that does not exist is the first fault.
    const window = rule === 'must-exist' ? this.#windows.get(frame.window, frame.type) : undefined;
    const message = decodeFromVm(frame);
    switch (message.name) {
      case 'create':
        this.#create(message);
        return;
      case 'clipboardData':
        this.#port.clipboardData(message.data);
        return;
      case 'ignored':
        this.#onDropped(message.rule);
        return;
      default:
        if (!window) throw new BugError(`${message.name} is handled without a window`);
        this.#about(window, message);
    }
  }

  #about(
    window: QubeWindow,
    message: Exclude<FromVm, Of<'create'> | Of<'clipboardData'> | Of<'ignored'>>,
  ): void {
    if (!isLatestOnly(message.name)) this.#changes.settle(window);
    switch (message.name) {
      case 'destroy':
        this.#destroy(window);
        return;
      case 'map':
        this.#map(window, message);
        return;
      case 'unmap':
        this.#unmap(window);
        return;
      case 'configure': {
        const { x, y, width, height } = message;
        const rect = { x, y, width, height };
        this.#onPictures();
        // While an answer is waited for, each one may be it.
        if (window.negotiation.told) this.#changes.place(window, rect);
        else this.#changes.of(window).rect = rect;
        return;
      }
      case 'dump':
        this.#dump(window, message);
        return;
      case 'title':
        this.#changes.of(window).title = message.text;
        return;
      case 'wmClass':
        // ICCCM forbids a change while mapped, and a name that changes under the user deceives.
        if (window.mapped) return;
        this.#changes.of(window).resClass = { type: message.resClass, name: message.resName };
        return;
      case 'hints':
        this.#changes.of(window).hints = toSizeHints(message);
        return;
      case 'flags':
        this.#flags(window, message);
        return;
      case 'cursor':
        this.#changes.of(window).cursor = { glyph: message.glyph };
        return;
      case 'dock':
        this.#dock(window);
        return;
      case 'mfnDump':
        // Frame numbers mean nothing to a pool.
        throw violation(
          'GUI_MFNDUMP_UNSUPPORTED',
          `${message.mfns.length} pages; the agent is too old: update the GUI agent in the qube to one with protocol 1.2 or newer`,
        );
      case 'shmImage':
        throw new BugError('SHMIMAGE has a way of its own');
      default:
        unreachable(message);
    }
  }

  #create(message: Of<'create'>): void {
    const { x, y, width, height, overrideRedirect } = message;
    const rect = { x, y, width, height };
    const window = new QubeWindow(message.window, rect, overrideRedirect);
    this.#windows.add(window);
    this.#placement.telling(window, () =>
      this.#port.windowCreated({ id: window.id, rect, overrideRedirect }),
    );
  }

  #destroy(window: QubeWindow): void {
    this.#pages.release(window.surface);
    this.#windows.remove(window);
    this.#onPictures();
    this.#port.windowDestroyed(window.id);
    // Encodes to nothing for an agent that is too old for it.
    this.#output.send({ name: 'destroyAck', window: window.id });
  }

  #map(window: QubeWindow, message: Of<'map'>): void {
    if (window.mapped || window.docked) return;
    window.mapped = true;
    this.#onPictures();
    window.overrideRedirect = message.overrideRedirect;
    window.transientFor = this.#windows.transientTarget(window, message.transientFor);
    const transientFor = window.transientFor?.id;
    this.#placement.mapped(window);
    this.#placement.telling(window, () =>
      this.#port.windowMapped(window.id, {
        transientFor,
        overrideRedirect: window.overrideRedirect,
      }),
    );
  }

  #unmap(window: QubeWindow): void {
    if (window.docked) return;
    // The agent takes the state off a window that it unmaps.
    window.flagsTold = 0;
    this.#onPictures();
    if (window.id !== SCREEN_WINDOW) this.#setSurface(window, undefined);
    if (!window.mapped) return;
    window.mapped = false;
    this.#placement.unmapped(window);
    this.#port.windowUnmapped(window.id);
  }

  #dock(window: QubeWindow): void {
    if (window.mapped || window.docked) return;
    window.docked = true;
    window.overrideRedirect = false;
    this.#placement.docked(window);
    this.#placement.telling(window, () => this.#port.docked(window.id));
  }

  #flags(window: QubeWindow, message: Of<'flags'>): void {
    const wish = requestedFlags(window.mapped, message.set, message.unset);
    if (!wish) return;
    // Before a map the qube has put the state on its window itself; after it,
    // only our answer makes it true.
    if (!window.mapped) window.flagsTold = wish.set;
    this.#port.flagsRequested(window.id, wish.set, wish.unset);
  }

  #dump(window: QubeWindow, message: Of<'dump'>): void {
    // Agents dump the same pages again with each move, or with each frame.
    if (!isSameImage(window.surface, message)) this.#newSurface(window, message);
    else this.#port.surfaceChanged(window.id, window.surface);
    if (this.#dumpAck) this.#output.dumpAck(window.id);
  }

  #newSurface(window: QubeWindow, message: Of<'dump'>): void {
    this.#onPictures();
    const surface = makeSurface(message, this.#references);
    this.#pages.release(window.surface);
    const fits = surface !== undefined && this.#pages.take(surface);
    const had = window.surface !== undefined;
    window.surface = fits ? surface : undefined;
    if (fits || had) this.#port.surfaceChanged(window.id, window.surface);
  }

  #setSurface(window: QubeWindow, surface: undefined): void {
    if (window.surface === undefined) return;
    this.#pages.release(window.surface);
    window.surface = surface;
    this.#port.surfaceChanged(window.id, surface);
  }

  #shmImage(frame: Frame): void {
    const window = this.#windows.get(frame.window, frame.type);
    const rect = this.#rect;
    if (!readShmImage(frame, rect)) return;
    if (!(window.mapped || window.docked)) return;
    // It may lie in what a new place or size shows.
    if (window.changes?.rect) this.#changes.settle(window);
    const own = window.surface;
    const surface = own ?? this.#windows.find(SCREEN_WINDOW)?.surface;
    if (surface === undefined) return;
    const screenX = own ? 0 : window.x;
    const screenY = own ? 0 : window.y;
    const x = Math.max(rect.x, -screenX);
    const y = Math.max(rect.y, -screenY);
    const width = Math.min(rect.x + rect.width, surface.width - screenX) - x;
    const height = Math.min(rect.y + rect.height, surface.height - screenY) - y;
    if (width <= 0 || height <= 0) return;
    this.#port.damaged(frame.window as VmWindowId, x, y, width, height);
  }
}

/** Of these the last one of a turn is enough; everything else builds on what was said before. */
function isLatestOnly(name: FromVm['name']): boolean {
  switch (name) {
    case 'configure':
    case 'title':
    case 'wmClass':
    case 'hints':
    case 'cursor':
      return true;
    default:
      return false;
  }
}
