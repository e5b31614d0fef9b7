/**
 * Qubes that somebody else runs: those that the configuration says where to
 * find, and those that a process of this user hands over (livery-guid --daemon)
 * and that are shown as long as its connection lasts. Name, id, label and policy
 * are the configuration's; what the caller says of them is compared, never used.
 */
import { UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import { DOM0, type DomainId, type QubeName } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { QubeConfig, QubePlace } from '../config/config.ts';
import type { ControlParams } from '../control/messages.ts';
import type { Desktop } from '../desktop/desktop.ts';
import { colorText } from '../trust/label.ts';
import { type LifeEvents, type QubeLife, sharedLife } from './qube-life.ts';
import type { Roster } from './roster.ts';
import { sharedPool } from './shared-pool.ts';

type AgentState = 'waiting' | 'connected';

export interface HandOversOptions {
  readonly desktop: Pick<Desktop, 'screen'>;
  readonly roster: Pick<Roster, 'get' | 'came' | 'left'>;
  readonly log: Log;
}

/** One qube in the hands of the daemon, and who waits to hear of it. */
class HandOver {
  readonly name: QubeName;
  life!: QubeLife;
  state: AgentState = 'waiting';
  ended: UserError | undefined;
  #waiting: (() => void)[] = [];

  constructor(name: QubeName) {
    this.name = name;
  }

  become(state: AgentState): void {
    this.state = state;
    this.#tell();
  }

  end(why: UserError): void {
    this.ended ??= why;
    this.#tell();
  }

  /** Resolves when something has changed. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }
}

export class HandOvers {
  readonly #options: HandOversOptions;
  /** By the connection of whoever handed it over. */
  readonly #given = new WeakMap<AbortSignal, HandOver>();
  readonly #held = new Map<QubeName, HandOver>();

  constructor(options: HandOversOptions) {
    this.#options = options;
  }

  /**
   * Shows the qubes that the configuration says where to find and that are not shown yet.
   * Throws UserError PATH_TOO_LONG.
   */
  serveConfigured(qubes: Iterable<QubeConfig>): void {
    for (const config of qubes) {
      if (!config.attach || this.#options.roster.get(config.name).state !== 'stopped') continue;
      this.#options.roster.came(config.name, this.#life(config, config.attach, DOM0, undefined));
    }
  }

  /**
   * Takes a qube, until `gone`. Throws UserError: ATTACH_REFUSED with what differs
   * from the configuration, QUBE_ATTACHED, UNKNOWN_QUBE, PATH_TOO_LONG.
   */
  begin(wish: ControlParams<'attach'>, gone: AbortSignal, uid: number): void {
    if (uid !== process.getuid?.()) {
      throw refused(
        escapeText(wish.qube, 40),
        `it is handed over by uid ${uid}, the daemon runs as another user`,
      );
    }
    const { config } = this.#options.roster.get(wish.qube);
    const fault = differenceOf(wish, config);
    if (fault !== undefined) throw refused(config.name, fault);
    if (config.attach) throw attached(config.name, 'the daemon looks for it by itself');
    if (this.#held.has(config.name)) throw attached(config.name, 'it was handed over before');
    if (this.#given.has(gone)) throw refused(config.name, 'one connection hands over one qube');

    const handOver = new HandOver(config.name);
    const { channelDir, poolDir } = wish;
    handOver.life = this.#life(config, { channelDir, poolDir }, wish.client as DomainId, {
      connected: () => handOver.become('connected'),
      waiting: () => handOver.become('waiting'),
      broken: (code, reason) => this.#end(handOver, broken(code, reason)),
    });
    this.#given.set(gone, handOver);
    this.#held.set(config.name, handOver);
    gone.addEventListener('abort', () => this.#end(handOver, away(config.name)), { once: true });
    if (gone.aborted) {
      this.#end(handOver, away(config.name));
      return;
    }
    this.#options.log.info({ qube: config.name, channelDir, poolDir }, 'a qube is handed over');
    this.#options.roster.came(config.name, handOver.life);
  }

  /** Rejects with why the qube is not shown any more; ATTACH_NONE when none was handed over. */
  async next(gone: AbortSignal, known: AgentState): Promise<AgentState> {
    const handOver = this.#given.get(gone);
    if (!handOver) throw new UserError('ATTACH_NONE', 'no qube was handed over here');
    while (!handOver.ended && handOver.state === known) await handOver.change();
    if (handOver.ended) throw handOver.ended;
    return handOver.state;
  }

  #end(handOver: HandOver, why: UserError): void {
    const { name, life } = handOver;
    handOver.end(why);
    if (this.#held.get(name) !== handOver) return;
    this.#held.delete(name);
    this.#options.log.info({ qube: name, reason: why.message }, 'the qube is given back');
    this.#options.roster.left(name, life);
  }

  #life(
    config: QubeConfig,
    place: QubePlace,
    client: DomainId,
    events: LifeEvents | undefined,
  ): QubeLife {
    const { name, domainId, poolBytes } = config;
    const { desktop } = this.#options;
    const log = this.#options.log.child({ qube: name, domain: domainId });
    const directory = place.poolDir;
    const openPool = () =>
      sharedPool({ directory, domain: domainId, bytes: poolBytes, screen: desktop.screen(), log });
    return sharedLife({ place, domain: domainId, client, openPool, events });
  }
}

/** What the caller takes the qube for and the configuration does not; undefined = nothing. */
function differenceOf(wish: ControlParams<'attach'>, config: QubeConfig): string | undefined {
  const { backend, domainId, label } = config;
  if (backend !== 'attach') return `its backend is "${backend}", expected "attach"`;
  if (wish.domain !== domainId) return `its id is ${domainId}, not ${wish.domain}`;
  if (wish.color === label.color) return undefined;
  return `its label is ${label.name} ${colorText(label.color)}, not ${colorText(wish.color)}`;
}

function refused(qube: string, why: string): UserError {
  return new UserError('ATTACH_REFUSED', `qube ${qube} is not taken: ${why}`, {
    hint: "the daemon's livery.toml says what the qube is; nobody else does",
  });
}

function attached(qube: string, why: string): UserError {
  return new UserError('QUBE_ATTACHED', `qube ${qube} is on the screen already: ${why}`);
}

function broken(code: string, reason: string): UserError {
  return new UserError(code, `the session is over (${code}): ${reason}`);
}

function away(qube: string): UserError {
  return new UserError('ATTACH_NONE', `who handed over qube ${qube} is gone`);
}
