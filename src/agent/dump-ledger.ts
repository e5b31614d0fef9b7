/**
 * When pages of the pool may be used again. The daemon acknowledges every dump
 * and every DESTROY, each kind in order over all windows; an acknowledgement
 * says that it has read everything sent before. So pages that a dump replaced
 * are free with that dump's acknowledgement, and pages of a window that was
 * unmapped with that of anything later.
 */
export interface PageRun {
  readonly start: number;
  readonly count: number;
}

interface Retired extends PageRun {
  /** Free when something with a larger serial was acknowledged. */
  readonly after: number;
}

export class DumpLedger {
  readonly #release: (run: PageRun) => void;
  /** Serials and surfaces of dumps that were sent and not acknowledged. */
  readonly #outstanding: { serial: number; surface: number }[] = [];
  readonly #destroys: number[] = [];
  #retired: Retired[] = [];
  #serial = 0;

  constructor(release: (run: PageRun) => void) {
    this.#release = release;
  }

  get outstanding(): number {
    return this.#outstanding.length;
  }

  /** A dump of `surface` was sent. */
  sent(surface: number): void {
    this.#outstanding.push({ serial: ++this.#serial, surface });
  }

  /** A DESTROY that will be acknowledged was sent. */
  sentDestroy(): void {
    this.#destroys.push(++this.#serial);
  }

  /** These pages were a window's and are shown to the daemon no more. */
  retire(run: PageRun): void {
    this.#retired.push({ ...run, after: this.#serial });
  }

  /** One acknowledgement came: the surface that it is for, undefined for one too many. */
  acknowledged(): number | undefined {
    const dump = this.#outstanding.shift();
    if (dump === undefined) return undefined;
    this.#releaseWhere((run) => run.after < dump.serial);
    return dump.surface;
  }

  /** The daemon has read a DESTROY. */
  acknowledgedDestroy(): void {
    const serial = this.#destroys.shift();
    if (serial !== undefined) this.#releaseWhere((run) => run.after < serial);
  }

  /** There is no room: what was retired is taken back although a stale picture may be drawn from it. */
  reclaim(): void {
    this.#releaseWhere(() => true);
  }

  /** The daemon is gone and with it everything that it mapped. */
  reset(): void {
    this.#outstanding.length = 0;
    this.#destroys.length = 0;
    this.reclaim();
  }

  #releaseWhere(isFree: (run: Retired) => boolean): void {
    const kept: Retired[] = [];
    for (const run of this.#retired) {
      if (isFree(run)) this.#release(run);
      else kept.push(run);
    }
    this.#retired = kept;
  }
}
