/**
 * Qubes that are domains of Xen: shown while their domain is there. xenstored
 * tells of domains that come and go; that is the only word about one that was
 * destroyed, since its channels stay open then. What such a domain granted is
 * unmapped at once, before its windows go, or it would stay a zombie.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { type DomainId, parseDomainId, type QubeName } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { GrantPool } from '../channel/grant-pool.ts';
import { PORT } from '../channel/path.ts';
import { VchanChannel } from '../channel/vchan-channel.ts';
import type { Config, QubeConfig } from '../config/config.ts';
import { native, PAGE_BYTES } from '../native/addon.ts';
import type { Xen, Xenstore } from '../native/xen.ts';
import type { QubeLife } from './qube-life.ts';
import type { Roster } from './roster.ts';
import { poolBytesFor } from './shared-pool.ts';

const DOMAINS = '/local/domain';
/** xenstored's own words for a domain that came, and one that went. */
const WATCHED = ['@introduceDomain', '@releaseDomain'];
/** A name may be given after the domain is there, or a domain be renamed: no event tells of it. */
const LOOK_AGAIN_MS = 2000;
/** Any u32 can be one; which of them are, the hypervisor says. */
const REFERENCES = 2 ** 32;

export interface XenQubesOptions {
  readonly config: Config;
  readonly roster: Pick<Roster, 'came' | 'left' | 'absent'>;
  readonly clock: Clock;
  readonly log: Log;
  screen(): { readonly width: number; readonly height: number };
  /** Where Xen's libraries are; the system's if not given. */
  readonly libraries?: string | undefined;
}

/** One domain as long as it is there. */
interface Presence {
  readonly domain: DomainId;
  readonly life: QubeLife;
  /** What it granted; more than one while an old link still closes. */
  readonly pools: Set<GrantPool>;
}

export class XenQubes implements Disposable {
  readonly #options: XenQubesOptions;
  readonly #qubes: readonly QubeConfig[];
  readonly #xen: Xen;
  readonly #store: Xenstore;
  readonly #here = new Map<QubeName, Presence>();
  /** Those of which that was said. */
  readonly #absent = new Set<QubeName>();
  #timer: Disposable | undefined;
  #closed = false;

  /** Undefined when no qube is one, or there is no Xen here, which is said in the log and of each. */
  static serve(options: XenQubesOptions): XenQubes | undefined {
    const { config, roster, log, libraries } = options;
    const qubes = [...config.qubes.values()].filter(({ backend }) => backend === 'xen');
    if (qubes.length === 0) return undefined;
    let xen: Xen | undefined;
    try {
      xen = native().openXen('dom0', libraries);
      return new XenQubes(options, qubes, xen, native().openXenstore(libraries));
    } catch (error) {
      xen?.[Symbol.dispose]();
      const why = `Xen cannot be used: ${messageOf(error)}`;
      log.error({ qubes: qubes.length, hint: 'livery doctor' }, why);
      for (const { name } of qubes) roster.absent(name, why);
      return undefined;
    }
  }

  private constructor(
    options: XenQubesOptions,
    qubes: readonly QubeConfig[],
    xen: Xen,
    store: Xenstore,
  ) {
    this.#options = options;
    this.#qubes = qubes;
    this.#xen = xen;
    this.#store = store;
    store.start(() => this.#look());
    for (const path of WATCHED) store.watch(path);
    this.#look();
  }

  /** Everything is unmapped; the roster closes its links by itself. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    for (const { pools } of this.#here.values()) dropAll(pools);
    this.#store[Symbol.dispose]();
    this.#xen[Symbol.dispose]();
  }

  #look(): void {
    if (this.#closed) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.after(LOOK_AGAIN_MS, () => this.#look());
    let ids: ReadonlyMap<string, DomainId>;
    try {
      ids = this.#domains();
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'xenstored does not answer');
      return;
    }
    for (const qube of this.#qubes) this.#settle(qube, ids.get(qube.domain ?? qube.name));
  }

  /** Names are dom0's; two domains never have the same one. */
  #domains(): Map<string, DomainId> {
    const ids = new Map<string, DomainId>();
    for (const text of this.#store.list(DOMAINS)) {
      const id = parseDomainId(Number(text));
      if (id === undefined || !this.#store.introduced(id)) continue;
      const name = this.#store.read(`${DOMAINS}/${id}/name`);
      if (name !== undefined) ids.set(name, id);
    }
    return ids;
  }

  #settle(qube: QubeConfig, domain: DomainId | undefined): void {
    const { roster, log } = this.#options;
    const { name } = qube;
    const here = this.#here.get(name);
    if (here && here.domain === domain) return;
    if (here) {
      // In this order: whatever closing takes, the domain's memory is free.
      dropAll(here.pools);
      this.#here.delete(name);
      log.info({ qube: name, domain: here.domain }, 'the domain is gone');
      roster.left(name, here.life);
    }
    if (domain === undefined) {
      if (this.#absent.has(name)) return;
      this.#absent.add(name);
      roster.absent(name, `there is no Xen domain named ${qube.domain ?? name}`);
      return;
    }
    this.#absent.delete(name);
    const presence = this.#presence(qube, domain);
    this.#here.set(name, presence);
    log.info({ qube: name, domain }, 'the domain is there');
    roster.came(name, presence.life);
  }

  #presence(qube: QubeConfig, domain: DomainId): Presence {
    const pools = new Set<GrantPool>();
    const [xen, store] = [this.#xen, this.#store];
    const bytes = () => poolBytesFor(qube.poolBytes, this.#options.screen());
    const life: QubeLife = {
      key: pools,
      place: `domain ${domain}`,
      openChannel: (which, wish) =>
        new VchanChannel({ xen, store, domain, port: PORT[which], ...wish }),
      openPool: async () => {
        for (const old of pools) if (old.gone) pools.delete(old);
        const pool = new GrantPool(xen, domain, 2 * bytes());
        pools.add(pool);
        return { pool, pages: bytes() / PAGE_BYTES, references: REFERENCES };
      },
    };
    return { domain, life, pools };
  }
}

function dropAll(pools: Iterable<GrantPool>): void {
  for (const pool of pools) pool[Symbol.dispose]();
}
