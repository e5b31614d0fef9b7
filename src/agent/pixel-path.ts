/**
 * The way of pixels in the qube: each shown window has a shared pixmap in the
 * pool; damaged rectangles are copied into it by the X server and announced by
 * SHMIMAGE when the copy is known to be done. A buffer is told when all of the
 * window is in it: until then the daemon shows the one before. At most one copy
 * per window is under way, further damage merges into one rectangle; while the
 * daemon does not read, damage only merges; a flood is paced. Nothing is
 * allocated per update.
 */
import type { Log } from '../base/log.ts';
import { PAGE_BYTES } from '../native/addon.ts';
import { LIMITS } from '../protocol/limits.ts';
import { features, type Version } from '../protocol/version.ts';
import type { DrawLane } from '../x11/lane.ts';
import { CopyShortcut } from './copy-shortcut.ts';
import { DumpLedger, type PageRun } from './dump-ledger.ts';
import type { GuiLink } from './gui-link.ts';
import { FLOOD_MS, Pace } from './pace.ts';
import { NOBODY, Pixmaps, POOL } from './pixmaps.ts';
import type { SharedPages } from './shared-pages.ts';
import type { Surface } from './surface.ts';
import type { QubeWindow } from './window.ts';

const MAX_WIDTH = LIMITS.windowWidth.value;
const MAX_HEIGHT = LIMITS.windowHeight.value;
/** Older daemons know only MFNDUMP, which names pages of a hypervisor: they get no pictures. */
const DUMP_SINCE = 2;

export interface PixelPathParts {
  readonly lane: DrawLane;
  readonly link: GuiLink;
  /** Stays the caller's. */
  readonly pages: SharedPages;
  readonly log: Log;
  /** No pixel will ever get into the pool. */
  unusable(reason: string): void;
}

/** A window whose changes are watched. */
interface Watched {
  readonly window: QubeWindow;
  readonly damage: number;
  readonly drawable: number;
  readonly pace: Pace;
  /** Its damage waits for its pace. */
  paced: boolean;
  surface: Surface | undefined;
  /** Pages that the daemon shows until it is told the surface. */
  before: PageRun | undefined;
  /** There was no room in the pool. */
  starved: boolean;
  /** It got new pixels while a buffer was on its way. */
  renew: boolean;
}

export class PixelPath {
  readonly #lane: DrawLane;
  readonly #link: GuiLink;
  readonly #log: Log;
  readonly #unusable: (reason: string) => void;
  readonly #pixmaps: Pixmaps;
  readonly #pages: SharedPages;
  readonly #ledger: DumpLedger;
  readonly #byWindow = new Map<number, Watched>();
  readonly #byDamage = new Map<number, Watched>();
  readonly #bySurface = new Map<number, Watched>();
  readonly #copied = (surface: number): void => this.#copyDone(surface);
  readonly #shortcut: CopyShortcut;
  /** Windows whose damage waits for their pace; the other array is filled meanwhile. */
  #paced: Watched[] = [];
  #pacedNext: Watched[] = [];
  #timer: NodeJS.Timeout | undefined;
  #saidFull = false;

  constructor({ lane, link, pages, log, unusable }: PixelPathParts) {
    this.#lane = lane;
    this.#link = link;
    this.#log = log;
    this.#unusable = unusable;
    this.#pages = pages;
    this.#ledger = new DumpLedger(({ start, count }) => this.#pages.free(start, count));
    this.#pixmaps = new Pixmaps(lane, pages.fd);
    this.#shortcut = new CopyShortcut(lane, link, this.#copied);
    if (!lane.sharedPixmaps) unusable('the X server cannot draw into shared memory');
  }

  /** From now on damage of the window's pixels is known; its depth is known too. */
  watch(window: QubeWindow): void {
    this.forget(window);
    const damage = this.#lane.allocId();
    const { drawable } = window;
    const watched: Watched = {
      ...{ window, damage, drawable, pace: new Pace(), paced: false },
      ...{ surface: undefined, before: undefined, starved: false, renew: false },
    };
    this.#byWindow.set(window.id, watched);
    this.#byDamage.set(damage, watched);
    this.#lane.damageCreate(damage, drawable);
  }

  /** The window was mapped or has new pixels: a fresh buffer if it needs one. */
  show(window: QubeWindow): void {
    const watched = this.#byWindow.get(window.id);
    if (!watched || !window.showable) return;
    const { surface } = watched;
    const { width, height } = shownSize(window);
    if (surface?.fits(width, height, window.pixelSerial)) {
      // Made for a resize that was handled before the map: only now may the daemon be told.
      this.#tell(watched, surface);
      return;
    }
    if (surface?.underWay) {
      // The next buffer when this one is taken: a storm of sizes needs two buffers, not hundreds.
      watched.renew = true;
      return;
    }
    this.#replace(watched, width, height);
  }

  /** The window was unmapped. */
  hide(window: QubeWindow): void {
    const watched = this.#byWindow.get(window.id);
    if (!watched) return;
    watched.starved = false;
    watched.renew = false;
    this.#drop(watched);
  }

  /** The window is gone, or its pixels come from elsewhere from now on. */
  forget(window: QubeWindow): void {
    const watched = this.#byWindow.get(window.id);
    if (!watched) return;
    this.#drop(watched);
    this.#byWindow.delete(window.id);
    this.#byDamage.delete(watched.damage);
    // With the window the server has freed it already.
    if (!window.gone) this.#lane.damageDestroy(watched.damage);
    this.#lane.freeId(watched.damage);
  }

  /** Called by the lane. */
  damaged(damage: number, x: number, y: number, width: number, height: number): void {
    const watched = this.#byDamage.get(damage);
    const surface = watched?.surface;
    if (!watched || !surface) return;
    surface.add(x, y, width, height);
    this.#copy(watched, surface);
  }

  /** Called by the lane: a request for `surface` failed, usually because its window went. */
  failed(surface: number): void {
    if (surface === POOL) this.#unusable('the X server does not take the pool');
    const watched = this.#bySurface.get(surface);
    if (!watched?.surface) return;
    this.#shortcut.forget(watched.surface);
    watched.surface.broken = true;
  }

  /** WINDOW_DUMP_ACK. */
  dumpAcknowledged(): void {
    const id = this.#ledger.acknowledged();
    if (id === undefined) {
      this.#log.warn({}, 'the daemon acknowledged a dump that was not sent');
      return;
    }
    const watched = this.#bySurface.get(id);
    if (watched?.surface) {
      watched.surface.unacknowledged = false;
      this.#renew(watched, watched.surface);
    }
    this.#feedStarved();
  }

  /** A DESTROY was sent. */
  destroySent(): void {
    const { version } = this.#link;
    if (version && features(version).destroyAck) this.#ledger.sentDestroy();
  }

  destroyAcknowledged(): void {
    this.#ledger.acknowledgedDestroy();
    this.#feedStarved();
  }

  /** The daemon reads again. */
  drained(): void {
    for (const watched of this.#byWindow.values()) {
      if (watched.surface) this.#copy(watched, watched.surface);
    }
  }

  /** The daemon is gone: all its acknowledgements count as given. */
  daemonGone(): void {
    this.#shortcut.disarm();
    this.#ledger.reset();
    for (const watched of this.#byWindow.values()) {
      watched.renew = false;
      if (watched.before) this.#pages.free(watched.before.start, watched.before.count);
      watched.before = undefined;
      if (!watched.surface) continue;
      watched.surface.unacknowledged = false;
      watched.surface.dumped = false;
    }
  }

  /** Tells a new daemon the window's buffer, all of it. */
  replay(window: QubeWindow): void {
    const watched = this.#byWindow.get(window.id);
    if (!watched) return;
    const { surface } = watched;
    const { width, height } = shownSize(window);
    if (!surface?.fits(width, height, window.pixelSerial)) {
      this.show(window);
      return;
    }
    this.#tell(watched, surface);
  }

  /** The daemon hears of a buffer that it does not know, and of all that is in it. */
  #tell(watched: Watched, surface: Surface): void {
    if (surface.dumped) return;
    surface.addAll();
    if (surface.filled) this.#dump(watched, surface);
    this.#copy(watched, surface);
  }

  /** The next buffer, if one is wanted and this one is where it was going. */
  #renew(watched: Watched, surface: Surface): void {
    if (!watched.renew || surface.underWay) return;
    watched.renew = false;
    this.show(watched.window);
  }

  #replace(watched: Watched, width: number, height: number): void {
    const { window } = watched;
    const count = Math.ceil((width * height * 4) / PAGE_BYTES);
    const start = this.#alloc(count);
    if (start === undefined) {
      this.#drop(watched);
      watched.starved = true;
      if (!this.#saidFull) {
        this.#saidFull = true;
        this.#log.warn(
          { pages: count, free: this.#pages.freePages },
          'the pool is full: a window is shown without a picture',
        );
      }
      return;
    }
    this.#letGo(watched);
    watched.starved = false;
    const surface = this.#pixmaps.make(window, width, height, start, count);
    watched.surface = surface;
    this.#bySurface.set(surface.id, watched);
    this.#tell(watched, surface);
  }

  #alloc(count: number): number | undefined {
    const start = this.#pages.alloc(count);
    if (start !== undefined) return start;
    this.#ledger.reclaim();
    return this.#pages.alloc(count);
  }

  /** Lets the buffer go; its pages are free when the daemon has read that. */
  #drop(watched: Watched): void {
    this.#letGo(watched);
    this.#retireBefore(watched);
  }

  /** Lets the buffer go, for another one; what the daemon shows stays what it is. */
  #letGo(watched: Watched): void {
    const { surface } = watched;
    if (!surface) return;
    this.#shortcut.forget(surface);
    watched.surface = undefined;
    this.#bySurface.delete(surface.id);
    this.#pixmaps.free(surface);
    const run = { start: surface.start, count: surface.count };
    // A daemon that is there draws from them until it is told others.
    if (surface.dumped) watched.before = run;
    else this.#pages.free(run.start, run.count);
  }

  #retireBefore(watched: Watched): void {
    if (watched.before) this.#ledger.retire(watched.before);
    watched.before = undefined;
  }

  /** The version of a daemon that takes buffers of this window; for others the replay tells them. */
  #taker(watched: Watched): Version | undefined {
    const { version } = this.#link;
    return version && version.minor >= DUMP_SINCE && watched.window.shownByDaemon
      ? version
      : undefined;
  }

  #dump(watched: Watched, surface: Surface): void {
    const version = this.#taker(watched);
    if (!version) return;
    const { width, height, start, count } = surface;
    this.#retireBefore(watched);
    const refs = this.#pages.references(start, count);
    this.#link.send({ name: 'dump', window: watched.window.id, width, height, refs });
    surface.dumped = true;
    this.#ledger.sent(surface.id);
    if (features(version).dumpAck) surface.unacknowledged = true;
    else this.#ledger.acknowledged();
  }

  #copy(watched: Watched, surface: Surface): void {
    this.#shortcut.forget(surface);
    if (surface.copying || surface.broken || !surface.dirty) return;
    // One that nobody is told of yet is filled only for a daemon that takes it.
    if (!surface.dumped && (surface.filled || !this.#taker(watched))) return;
    if (watched.paced || this.#link.congested) return;
    if (!watched.pace.take(performance.now())) {
      this.#copyLater(watched);
      return;
    }
    surface.take();
    const lane = this.#lane;
    lane.owner = surface.id;
    // Forget first: what changes while copying is damage again.
    lane.damageSubtract(watched.damage);
    const { x, y, width, height } = surface.flight;
    lane.copyArea(surface.named, surface.pixmap, surface.gc, x, y, x, y, width, height);
    lane.fence(this.#copied, surface.id);
    lane.owner = NOBODY;
  }

  #copyLater(watched: Watched): void {
    watched.paced = true;
    this.#paced.push(watched);
    if (this.#paced.length > 1) return;
    // One timer for all and for good: a new one each time would be garbage of every flood.
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#copyPaced(), FLOOD_MS).unref();
  }

  #copyPaced(): void {
    const due = this.#paced;
    this.#paced = this.#pacedNext;
    this.#pacedNext = due;
    for (const watched of due) {
      watched.paced = false;
      if (watched.surface) this.#copy(watched, watched.surface);
    }
    due.length = 0;
  }

  /** The copy is in the pool: only now another X server may read it. */
  #copyDone(id: number): void {
    const watched = this.#bySurface.get(id);
    const surface = watched?.surface;
    if (!watched || !surface) return;
    surface.copying = false;
    if (!surface.broken) this.#publish(watched, surface);
    this.#renew(watched, surface);
  }

  #publish(watched: Watched, surface: Surface): void {
    const { x, y, width, height } = surface.flight;
    this.#pages.publish(surface.start, surface.width, surface.flight);
    // The first copy is of all of it.
    surface.filled = true;
    if (!surface.dumped) this.#dump(watched, surface);
    if (!surface.dumped) return;
    this.#link.shmImage(watched.window.id, x, y, width, height);
    this.#copy(watched, surface);
    const rests = !surface.copying && !surface.dirty && !watched.paced;
    if (rests && this.#pages.isDirect) this.#shortcut.arm(watched, surface);
  }

  #feedStarved(): void {
    for (const watched of this.#byWindow.values()) {
      if (watched.starved) this.show(watched.window);
    }
  }
}

function shownSize(window: QubeWindow): { width: number; height: number } {
  return {
    width: Math.min(window.pixelWidth, MAX_WIDTH),
    height: Math.min(window.pixelHeight, MAX_HEIGHT),
  };
}
