/**
 * A Xen domain's memory as dom0 may use it: pages that the domain grants, one
 * mapping for each image, for reading only. While pages are mapped a domain that
 * died stays a zombie with its memory, so everything is unmapped at once when it
 * is known to be gone.
 */
import type { DomainId } from '../base/ids.ts';
import type { GrantMap, Xen } from '../native/xen.ts';

export class GrantPool implements Disposable {
  /** Bytes that all copies of this qube's images may take in dom0 at the same time. */
  readonly copyBytes: number;
  readonly #xen: Pick<Xen, 'mapGrants'>;
  readonly #domain: DomainId;
  readonly #maps = new Set<GrantMap>();
  #gone = false;

  constructor(xen: Pick<Xen, 'mapGrants'>, domain: DomainId, copyBytes: number) {
    this.#xen = xen;
    this.#domain = domain;
    this.copyBytes = copyBytes;
  }

  /** Mappings that are there now. */
  get mappings(): number {
    return this.#maps.size;
  }

  /** Nothing is mapped any more, for good. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Throws with the reason when not all of these pages can be mapped, or the domain is gone. */
  map(refs: Uint32Array): GrantMap {
    if (this.#gone) throw new Error('the domain is gone');
    const map = this.#xen.mapGrants(this.#domain, refs);
    this.#maps.add(map);
    return map;
  }

  /** Does nothing to a mapping that is gone already. */
  unmap(map: GrantMap): void {
    this.#maps.delete(map);
    map[Symbol.dispose]();
  }

  /** Unmaps everything; nothing is mapped any more. */
  [Symbol.dispose](): void {
    this.#gone = true;
    for (const map of this.#maps) map[Symbol.dispose]();
    this.#maps.clear();
  }
}
