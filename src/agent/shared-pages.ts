/**
 * The memory that the qube's X server draws windows into and that dom0 shows
 * them from. In a sandbox or a virtual machine both are the same pages. In a Xen
 * domain the X server can have no granted page (it maps memory files only), so
 * what it drew is copied from its memory into pages that dom0 may read.
 */
import { messageOf } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { type Fd, PAGE_BYTES, type RowCopy } from '../native/addon.ts';
import type { GrantedPages, Xen } from '../native/xen.ts';
import { PageAllocator } from './page-allocator.ts';

export interface SharedPages extends Disposable {
  /** What the X server attaches. Owned by this object. */
  readonly fd: Fd;
  readonly freePages: number;
  /** What is drawn into `fd` is dom0's at once: `publish` does nothing. */
  readonly isDirect: boolean;
  /** The first of `count` pages of `fd` that follow each other, or undefined: no room. */
  alloc(count: number): number | undefined;
  free(start: number, count: number): void;
  /** What dom0 is told: the references of these pages, in order. */
  references(start: number, count: number): Uint32Array;
  /** These pixels of the image at `start`, `across` pixels wide, are drawn: dom0 may see them. */
  publish(
    start: number,
    across: number,
    rect: {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    },
  ): void;
}

/** dom0 has the same memory: reference N is page N of it. */
export class PoolPages implements SharedPages {
  readonly fd: Fd;
  readonly isDirect = true;
  readonly #pages: PageAllocator;

  constructor(fd: Fd) {
    this.fd = fd;
    this.#pages = new PageAllocator(Math.floor(fd.size() / PAGE_BYTES));
  }

  get freePages(): number {
    return this.#pages.freePages;
  }

  alloc(count: number): number | undefined {
    return this.#pages.alloc(count);
  }

  free(start: number, count: number): void {
    this.#pages.free(start, count);
  }

  references(start: number, count: number): Uint32Array {
    return consecutive(start, count);
  }

  publish(): void {}

  [Symbol.dispose](): void {
    this.fd[Symbol.dispose]();
  }
}

/** What dom0 sees are granted pages, as many for each run as it has. */
interface Granted {
  readonly pages: GrantedPages;
  /** From the same pages in the X server's memory; changed in place for each update. */
  readonly copy: { -readonly [Key in keyof RowCopy]: RowCopy[Key] };
}

export class GrantPages implements SharedPages {
  readonly fd: Fd;
  readonly isDirect = false;
  readonly #xen: Pick<Xen, 'shareGrants'>;
  readonly #domain: DomainId;
  readonly #log: Log;
  readonly #pages: PageAllocator;
  readonly #granted = new Map<number, Granted>();
  #said = '';

  /** `fd`: memory for the X server, owned from now on; `domain`: who may read what is granted. */
  constructor(fd: Fd, xen: Pick<Xen, 'shareGrants'>, domain: DomainId, log: Log) {
    this.fd = fd;
    this.#xen = xen;
    this.#domain = domain;
    this.#log = log;
    this.#pages = new PageAllocator(Math.floor(fd.size() / PAGE_BYTES));
  }

  get freePages(): number {
    return this.#pages.freePages;
  }

  alloc(count: number): number | undefined {
    const start = this.#pages.alloc(count);
    if (start === undefined) return undefined;
    try {
      const pages = this.#xen.shareGrants(this.#domain, count);
      const refs = consecutive(start, count);
      const nothing = { stride: 4, x: 0, y: 0, width: 0, height: 0 };
      const copy = { source: this.fd, refs, ...nothing, destinationOffset: 0, fill: 0 };
      this.#granted.set(start, { pages, copy });
      return start;
    } catch (error) {
      this.#pages.free(start, count);
      const reason = messageOf(error);
      if (reason !== this.#said) this.#log.warn({ pages: count, reason }, NO_GRANTS);
      this.#said = reason;
      return undefined;
    }
  }

  /** dom0 keeps what it has mapped until it unmaps; nothing new is granted of them. */
  free(start: number, count: number): void {
    this.#granted.get(start)?.pages[Symbol.dispose]();
    this.#granted.delete(start);
    this.#pages.free(start, count);
  }

  references(start: number, count: number): Uint32Array {
    return this.#granted.get(start)?.pages.refs ?? new Uint32Array(count);
  }

  publish(
    start: number,
    across: number,
    { x, y, width, height }: Parameters<SharedPages['publish']>[2],
  ): void {
    const granted = this.#granted.get(start);
    if (!granted) return;
    const { pages, copy } = granted;
    copy.stride = across * 4;
    copy.x = x;
    copy.y = y;
    copy.width = width;
    copy.height = height;
    pages.copyRows(copy);
  }

  [Symbol.dispose](): void {
    for (const { pages } of this.#granted.values()) pages[Symbol.dispose]();
    this.#granted.clear();
    this.fd[Symbol.dispose]();
  }
}

const NO_GRANTS = 'no pages can be granted to dom0: a window is shown without a picture';

function consecutive(start: number, count: number): Uint32Array {
  const pages = new Uint32Array(count);
  for (let i = 0; i < count; i++) pages[i] = start + i;
  return pages;
}
