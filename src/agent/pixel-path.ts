/**
 * The way of pixels in the qube: each shown window has a shared pixmap in the
 * pool; damaged rectangles are copied into it by the X server and announced by
 * SHMIMAGE when the copy is known to be done. At most one copy per window is
 * under way, further damage merges into one rectangle; while the daemon does
 * not read, damage only merges; a flood is paced. Nothing is allocated per update.
 */
import type { Log } from '../base/log.ts';
import { PAGE_BYTES } from '../native/addon.ts';
import { LIMITS } from '../protocol/limits.ts';
import { features } from '../protocol/version.ts';
import type { DrawLane } from '../x11/lane.ts';
import { DumpLedger } from './dump-ledger.ts';
import type { GuiLink } from './gui-link.ts';
import { FLOOD_MS, Pace } from './pace.ts';
import type { SharedPages } from './shared-pages.ts';
import { Surface } from './surface.ts';
import type { QubeWindow } from './window.ts';

const MAX_WIDTH = LIMITS.windowWidth.value;
const MAX_HEIGHT = LIMITS.windowHeight.value;
/** Older daemons know only MFNDUMP, which names pages of a hypervisor: they get no pictures. */
const DUMP_SINCE = 2;

/** Whose request it is, on the lane: a surface's number, or one of these. */
const NOBODY = -1;
const POOL = 0;

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
  /** There was no room in the pool. */
  starved: boolean;
  /** It got new pixels while a dump was not acknowledged yet. */
  renew: boolean;
}

export class PixelPath {
  readonly #lane: DrawLane;
  readonly #link: GuiLink;
  readonly #log: Log;
  readonly #unusable: (reason: string) => void;
  readonly #segment: number;
  readonly #pages: SharedPages;
  readonly #ledger: DumpLedger;
  readonly #gcs = new Map<number, number>();
  readonly #byWindow = new Map<number, Watched>();
  readonly #byDamage = new Map<number, Watched>();
  readonly #bySurface = new Map<number, Watched>();
  readonly #copied = (surface: number): void => this.#copyDone(surface);
  /** Windows whose damage waits for their pace; the other array is filled meanwhile. */
  #paced: Watched[] = [];
  #pacedNext: Watched[] = [];
  #timer: NodeJS.Timeout | undefined;
  #nextSurface = 1;
  #saidFull = false;

  constructor({ lane, link, pages, log, unusable }: PixelPathParts) {
    this.#lane = lane;
    this.#link = link;
    this.#log = log;
    this.#unusable = unusable;
    this.#pages = pages;
    this.#ledger = new DumpLedger(({ start, count }) => this.#pages.free(start, count));
    this.#segment = lane.allocId();
    lane.owner = POOL;
    lane.attachFd(this.#segment, pages.fd, false);
    lane.owner = NOBODY;
    if (!lane.sharedPixmaps) unusable('the X server cannot draw into shared memory');
  }

  /** From now on damage of the window's pixels is known; its depth is known too. */
  watch(window: QubeWindow): void {
    this.forget(window);
    const damage = this.#lane.allocId();
    const { drawable } = window;
    const watched: Watched = {
      ...{ window, damage, drawable, pace: new Pace(), paced: false },
      ...{ surface: undefined, starved: false, renew: false },
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
    if (surface?.unacknowledged) {
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
    if (watched?.surface) watched.surface.broken = true;
  }

  /** WINDOW_DUMP_ACK. */
  dumpAcknowledged(): void {
    const id = this.#ledger.acknowledged();
    if (id === undefined) {
      this.#log.warn({}, 'the daemon acknowledged a dump that was not sent');
      return;
    }
    const watched = this.#bySurface.get(id);
    if (watched?.surface) watched.surface.unacknowledged = false;
    if (watched?.renew) {
      watched.renew = false;
      this.show(watched.window);
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
    this.#ledger.reset();
    for (const watched of this.#byWindow.values()) {
      watched.renew = false;
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
    this.#dump(watched, surface);
    surface.addAll();
    this.#copy(watched, surface);
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
    this.#drop(watched);
    watched.starved = false;
    const lane = this.#lane;
    const id = this.#nextSurface++;
    const { drawable, depth, pixelSerial } = window;
    const named = lane.allocId();
    const pixmap = lane.allocId();
    lane.owner = id;
    lane.nameWindowPixmap(drawable, named);
    const offset = start * PAGE_BYTES;
    // Of the root's screen, not of the window, which may be gone: the depth's GC, made with
    // the first pixmap and kept, would not exist, and no window would ever have a picture.
    lane.createShmPixmap(pixmap, lane.root, width, height, depth, this.#segment, offset);
    const gc = this.#gc(depth, pixmap);
    lane.owner = NOBODY;
    const surface = new Surface({
      ...{ id, named, pixmap, gc, start, count },
      ...{ width, height, pixelSerial },
    });
    watched.surface = surface;
    this.#bySurface.set(id, watched);
    this.#tell(watched, surface);
  }

  #alloc(count: number): number | undefined {
    const start = this.#pages.alloc(count);
    if (start !== undefined) return start;
    this.#ledger.reclaim();
    return this.#pages.alloc(count);
  }

  #gc(depth: number, pixmap: number): number {
    let gc = this.#gcs.get(depth);
    if (gc === undefined) {
      gc = this.#lane.allocId();
      this.#gcs.set(depth, gc);
      this.#lane.createGc(gc, pixmap);
    }
    return gc;
  }

  /** Lets the buffer go; its pages are free when the daemon has read that. */
  #drop(watched: Watched): void {
    const { surface } = watched;
    if (!surface) return;
    watched.surface = undefined;
    this.#bySurface.delete(surface.id);
    this.#lane.freePixmap(surface.named);
    this.#lane.freePixmap(surface.pixmap);
    this.#lane.freeId(surface.named);
    this.#lane.freeId(surface.pixmap);
    const run = { start: surface.start, count: surface.count };
    // A daemon that is there may still draw from them.
    if (surface.dumped) this.#ledger.retire(run);
    else this.#pages.free(run.start, run.count);
  }

  #dump(watched: Watched, surface: Surface): void {
    const { version } = this.#link;
    // Otherwise the replay tells it.
    if (!version || version.minor < DUMP_SINCE || !watched.window.shownByDaemon) return;
    const { width, height, start, count } = surface;
    const refs = this.#pages.references(start, count);
    this.#link.send({ name: 'dump', window: watched.window.id, width, height, refs });
    surface.dumped = true;
    this.#ledger.sent(surface.id);
    if (features(version).dumpAck) surface.unacknowledged = true;
    else this.#ledger.acknowledged();
  }

  #copy(watched: Watched, surface: Surface): void {
    if (surface.copying || surface.broken || !surface.dumped || !surface.dirty) return;
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
    if (surface.broken || !surface.dumped) return;
    const { x, y, width, height } = surface.flight;
    this.#pages.publish(surface.start, surface.width, surface.flight);
    this.#link.shmImage(watched.window.id, x, y, width, height);
    this.#copy(watched, surface);
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
