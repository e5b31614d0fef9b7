/**
 * How the X server gets at one window's image. Contiguous pages of memory that
 * we sealed are attached once for all windows and put from where they lie.
 * Everything else is copied first: scattered pages, and every page of memory
 * that its owner could take away, as Xen domains can. The copy lies in memory of ours (the staging
 * area), which is all that the X server maps then.
 */
import { messageOf } from '../base/errors.ts';
import type { Size } from '../base/geometry.ts';
import type { Log } from '../base/log.ts';
import type { GrantPool } from '../channel/grant-pool.ts';
import type { PoolHandle } from '../channel/pool.ts';
import type { OpenPool, PoolFile } from '../channel/pool-file.ts';
import { type Fd, native, PAGE_BYTES, type Staging } from '../native/addon.ts';
import type { GrantMap } from '../native/xen.ts';
import type { Surface } from '../session/port.ts';
import type { DrawLane } from '../x11/lane.ts';
import { DamageCount } from './damage-count.ts';
import type { Flight } from './flight.ts';
import type { PutShortcut } from './put-shortcut.ts';

/** What a qube shares with dom0: memory that we sealed, a file of others, or pages of its domain. */
export type QubePool = PoolHandle | PoolFile | GrantPool;

/** One qube's memory as its windows are drawn from it. */
export interface AttachedPool {
  /** The domain id, for errors of the drawing connection. */
  readonly owner: number;
  readonly memory:
    | { readonly kind: 'sealed'; readonly segment: number; readonly fd: Fd; readonly pages: number }
    | { readonly kind: 'file'; readonly file: PoolFile }
    | { readonly kind: 'grants'; readonly grants: GrantPool };
  /** Bytes of copies that may exist, and that do. */
  readonly copyLimit: number;
  copyBytes: number;
  readonly flight: Flight;
  /** What was said about memory that cannot be used; each once. */
  readonly complaints: Set<string>;
  /** What was drawn from it. */
  readonly damage: DamageCount;
  /** Of its qube's conversation. */
  shortcut: PutShortcut | undefined;
}

/** Attaches memory to the X server through the drawing connection. */
export class Segments {
  readonly #lane: DrawLane;
  readonly #log: Log;

  constructor(lane: DrawLane, log: Log) {
    this.#lane = lane;
    this.#log = log;
  }

  attachPool(pool: QubePool, owner: number, flight: Flight): AttachedPool {
    const damage = new DamageCount();
    const complaints = new Set<string>();
    const counters = { owner, flight, copyBytes: 0, complaints, damage, shortcut: undefined };
    if ('map' in pool) {
      return { ...counters, memory: { kind: 'grants', grants: pool }, copyLimit: pool.copyBytes };
    }
    if ('copyBytes' in pool) {
      return { ...counters, memory: { kind: 'file', file: pool }, copyLimit: pool.copyBytes };
    }
    const { fd, pages } = pool;
    const segment = this.attach(fd, owner);
    return {
      ...counters,
      memory: { kind: 'sealed', segment, fd, pages },
      // The session lets a qube list each page of its pool twice.
      copyLimit: 2 * pool.sizeBytes,
    };
  }

  detachPool({ memory }: AttachedPool): void {
    if (memory.kind === 'sealed') this.detach(memory.segment);
  }

  attach(fd: Fd, owner: number): number {
    const segment = this.#lane.allocId();
    this.#lane.owner = owner;
    this.#lane.attachFd(segment, fd, true);
    return segment;
  }

  detach(segment: number): void {
    if (this.#lane.closed) return;
    this.#lane.detach(segment);
    this.#lane.freeId(segment);
  }

  /** Says why there is nothing to draw from, but not the same again. */
  complain(pool: AttachedPool, reason: string): void {
    if (pool.complaints.has(reason)) return;
    pool.complaints.add(reason);
    this.#log.warn({ domain: pool.owner, reason }, 'an image of the qube is not shown');
  }
}

/** The memory of one window; without a valid image after construction and after `release`. */
export class ImageMemory {
  /** Segment and byte offset in it of the image. */
  segment = 0;
  offset = 0;
  readonly #segments: Segments;
  readonly #pool: AttachedPool;
  #staging: Staging | undefined;
  /** What the rows are copied from. */
  #source: Fd | GrantMap | undefined;
  #map: GrantMap | undefined;
  #file: OpenPool | undefined;

  constructor(segments: Segments, pool: AttachedPool) {
    this.#segments = segments;
    this.#pool = pool;
  }

  /** Prepares `image` for being put; false when it is not all there, or there is no room for a copy. */
  place(image: Surface): boolean {
    const { memory } = this.#pool;
    if (memory.kind === 'file') return this.#placeCopy(image, memory.file);
    if (memory.kind === 'grants') return this.#placeGranted(image, memory.grants);
    if (!liesIn(image, memory.pages)) return false;
    if (image.firstPage === undefined) {
      this.#source = memory.fd;
      return this.#stage(image);
    }
    this.#dropStaging();
    this.segment = memory.segment;
    this.offset = image.firstPage * PAGE_BYTES;
    return true;
  }

  /** Copies a part of the image, if it is one that is copied; false = it cannot be read. */
  refresh(
    image: Surface,
    x: number,
    y: number,
    width: number,
    height: number,
    fill: number,
  ): boolean {
    if (!this.#staging || !this.#source) return true;
    try {
      this.#staging.copyRows({
        source: this.#source,
        refs: image.refs,
        stride: image.width * 4,
        x,
        y,
        width,
        height,
        destinationOffset: 0,
        fill,
      });
      return true;
    } catch (error) {
      this.#segments.complain(this.#pool, messageOf(error));
      return false;
    }
  }

  /** Of all images of the qube. */
  get shortcut(): PutShortcut | undefined {
    return this.#pool.shortcut;
  }

  /** The X server reads it where it lies, and nobody can take it away. */
  get isDirect(): boolean {
    return this.#pool.memory.kind === 'sealed' && this.#staging === undefined;
  }

  release(): void {
    this.#dropStaging();
    this.#closeFile();
    this.#unmap();
  }

  /**
   * The same references may mean other pages than before, so a mapping is never
   * kept for the next image.
   */
  #placeGranted(image: Surface, grants: GrantPool): boolean {
    this.#unmap();
    // Before anything is mapped: that costs dom0 address space and the domain its end.
    if (!this.#stage(image)) return false;
    try {
      this.#map = grants.map(image.refs);
    } catch (error) {
      this.#segments.complain(this.#pool, `its pages are not mapped: ${messageOf(error)}`);
      return false;
    }
    this.#source = this.#map;
    return true;
  }

  #unmap(): void {
    const { memory } = this.#pool;
    if (!this.#map || memory.kind !== 'grants') return;
    this.#source = undefined;
    memory.grants.unmap(this.#map);
    this.#map = undefined;
  }

  #placeCopy(image: Surface, file: PoolFile): boolean {
    this.#closeFile();
    try {
      this.#file = file.open();
    } catch (error) {
      this.#segments.complain(this.#pool, messageOf(error));
      return false;
    }
    if (!liesIn(image, this.#file.pages)) {
      this.#segments.complain(this.#pool, 'it names pages that the pool does not have');
      return false;
    }
    this.#source = this.#file.fd;
    return this.#stage(image);
  }

  /** A staging area that holds the image: the one that is there, or a new one. */
  #stage(image: Size): boolean {
    const bytes = pagesOf(image) * PAGE_BYTES;
    this.offset = 0;
    const there = this.#staging?.sizeBytes ?? 0;
    // A large one is not kept for a small image.
    if (there >= bytes && there <= 4 * bytes) return true;
    this.#dropStaging();
    const pool = this.#pool;
    if (pool.copyBytes + bytes > pool.copyLimit) {
      this.#segments.complain(pool, `its images would take more than ${pool.copyLimit} bytes`);
      return false;
    }
    try {
      this.#staging = native().createStaging('livery-staging', bytes);
    } catch (error) {
      this.#segments.complain(pool, `no memory to draw from: ${messageOf(error)}`);
      return false;
    }
    pool.copyBytes += bytes;
    this.segment = this.#segments.attach(this.#staging.fd, pool.owner);
    return true;
  }

  #dropStaging(): void {
    const staging = this.#staging;
    if (!staging) return;
    this.#staging = undefined;
    this.#pool.copyBytes -= staging.sizeBytes;
    this.#segments.detach(this.segment);
    staging[Symbol.dispose]();
  }

  #closeFile(): void {
    this.#source = undefined;
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }
}

function pagesOf(image: Size): number {
  return Math.ceil((image.width * image.height * 4) / PAGE_BYTES);
}

/** Every page of the image is below `pages`; the session has checked their number. */
function liesIn(image: Surface, pages: number): boolean {
  const count = pagesOf(image);
  if (count === 0 || image.refs.length < count) return false;
  if (image.firstPage !== undefined) return image.firstPage + count <= pages;
  return image.refs.every((page) => page < pages);
}
