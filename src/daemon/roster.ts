/**
 * The qubes that dom0 shows: follows what the keeper says and keeps one link
 * for each qube that runs, one step at a time per qube. Qubes that somebody else
 * runs are shown as long as they are here. A qube that the configuration does
 * not have is never shown: it would have no label.
 */
import type { Clock } from '../base/clock.ts';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { QubeName } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { type Config, isForeign, type QubeConfig } from '../config/config.ts';
import { LiveQube } from '../config/live-qube.ts';
import type { Desktop } from '../desktop/desktop.ts';
import type { AttachedQube } from '../keeper/client.ts';
import type { QubeState, QubeStatus } from '../keeper/messages.ts';
import { keptLife, type QubeLife } from './qube-life.ts';
import { QubeLink } from './qube-link.ts';
import type { SessionEnd } from './session-words.ts';

/** After a link that could not be made. */
const RETRY_MS = 1000;
/** Livery starts no domain. */
const START_DOMAIN = 'start its domain: xl create FILE';
/** How long a request waits for a qube that is about to be there. */
const LINK_LIMIT_MS = 30_000;

export interface RosterOptions {
  readonly runtimeDir: string;
  readonly config: Config;
  readonly desktop: Desktop;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes a qube's memory from the keeper. */
  attach(name: QubeName): Promise<AttachedQube>;
  /** A qube broke a rule, and its windows or its service channel went. */
  broken(name: QubeName, end: SessionEnd): void;
}

/** A qube as the command line is told about it. */
export interface RosterEntry {
  readonly config: QubeConfig;
  readonly state: QubeState;
  /** It runs, but none of its processes does. */
  readonly paused: boolean;
  readonly link: QubeLink | undefined;
  readonly reason: string | undefined;
  /** What runs its virtual machine, if it is one and runs. */
  readonly machine: string | undefined;
}

class Entry implements RosterEntry {
  readonly config: LiveQube;
  /** What the file says of it; of a qube that is stopped it holds. Undefined = nothing any more. */
  filed: QubeConfig | undefined;
  /** The keeper's word; never one about a qube that somebody else runs. */
  status: QubeStatus | undefined;
  /** Of a qube that somebody else runs. */
  life: QubeLife | undefined;
  link: QubeLink | undefined;
  /** Why there is no link although the qube runs. */
  problem: string | undefined;
  /** The life whose programs were started. */
  startedKey: unknown;
  busy = false;
  retry: Disposable | undefined;
  waiting: (() => void)[] = [];
  /** Why somebody else's qube is not here. */
  absence: string | undefined;
  /** Who waits for it to come. */
  expecting: (() => void)[] = [];

  constructor(config: QubeConfig) {
    this.config = new LiveQube(config);
    this.filed = config;
  }

  get state(): QubeState {
    if (this.life) return 'running';
    return this.status?.state ?? 'stopped';
  }

  get paused(): boolean {
    return this.status?.paused ?? false;
  }

  get reason(): string | undefined {
    const { gui, service } = this.link ?? {};
    const end = gui?.lastEnd ?? service?.lastEnd;
    return this.problem ?? end?.reason ?? gui?.shortage ?? this.absence ?? this.status?.reason;
  }

  get machine(): string | undefined {
    return this.status?.machine;
  }
}

export class Roster implements AsyncDisposable {
  readonly #options: RosterOptions;
  /** By name. */
  #entries: Map<string, Entry>;
  #closed = false;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#entries = new Map(
      [...options.config.qubes.values()].map((qube) => [qube.name, new Entry(qube)]),
    );
  }

  all(): RosterEntry[] {
    return [...this.#entries.values()];
  }

  /** Throws UserError UNKNOWN_QUBE. */
  get(name: string): RosterEntry {
    return this.#find(name);
  }

  /** The keeper's word about a qube. */
  changed(status: QubeStatus): void {
    const entry = this.#entries.get(status.name);
    if (!entry) {
      this.#options.log.warn(
        { qube: status.name },
        'the keeper has a qube that the configuration does not have; it is not shown',
      );
      return;
    }
    if (isForeign(entry.config)) return;
    entry.status = status;
    entry.link?.setPaused(status.paused);
    this.#stopped(entry);
    this.#options.desktop.qubesChanged();
    void this.#settle(entry);
  }

  /** What holds now, by name: of a qube that is not stopped, what it was started with. */
  configs(): Map<QubeName, QubeConfig> {
    return new Map([...this.#entries.values()].map(({ config }) => [config.name, config.now]));
  }

  /** The names of the qubes that are not stopped. */
  running(): Set<QubeName> {
    const entries = [...this.#entries.values()].filter(({ state }) => state !== 'stopped');
    return new Set(entries.map(({ config }) => config.name));
  }

  /**
   * Takes over the qubes of a plan (config/reload.ts) in one step; what is on the screen
   * follows in the same turn.
   * @param holds what holds from now on, also of qubes that the file does not have and that still run
   * @param filed what the file says, in its order
   */
  reconfigure(
    holds: ReadonlyMap<QubeName, QubeConfig>,
    filed: ReadonlyMap<QubeName, QubeConfig>,
  ): void {
    const { desktop } = this.#options;
    const before = this.#entries;
    const was: QubeConfig[] = [];
    this.#entries = new Map();
    for (const [name, config] of holds) {
      const entry = before.get(name) ?? new Entry(config);
      was.push(entry.config.now);
      entry.filed = filed.get(name);
      entry.config.become(config);
      this.#entries.set(name, entry);
    }
    for (const one of was) desktop.qubeReconfigured(one);
    for (const entry of before.values()) {
      if (!holds.has(entry.config.name)) this.#forget(entry);
    }
    desktop.qubesChanged();
  }

  /** Nothing says any more what it is: it leaves the screen. */
  #forget(entry: Entry): void {
    entry.life = undefined;
    entry.status = undefined;
    void this.#settle(entry);
  }

  /** What was held for a qube while it ran is held no more. */
  #stopped(entry: Entry): void {
    if (entry.state !== 'stopped') return;
    if (entry.filed) entry.config.become(entry.filed);
    else if (this.#entries.get(entry.config.name) === entry) {
      this.#entries.delete(entry.config.name);
      this.#forget(entry);
    }
  }

  /** A qube that somebody else runs is here from now on. Throws UserError UNKNOWN_QUBE. */
  came(name: string, life: QubeLife): void {
    const entry = this.#find(name);
    entry.life = life;
    entry.absence = undefined;
    void this.#settle(entry);
    for (const tell of entry.expecting.splice(0)) tell();
  }

  /** Why a qube that somebody else runs is not here, in dom0's words. Throws UserError UNKNOWN_QUBE. */
  absent(name: string, why: string): void {
    const entry = this.#find(name);
    entry.absence = why;
    this.#options.desktop.qubesChanged();
  }

  /** Resolves when a qube that somebody else runs is here, or has not come for a while. */
  arrival(name: string): Promise<void> {
    const entry = this.#find(name);
    if (entry.life) return Promise.resolve();
    return this.#told(entry.expecting);
  }

  /** That life of it is not to be shown any more. */
  left(name: string, life: QubeLife): void {
    const entry = this.#find(name);
    if (entry.life !== life) return;
    entry.life = undefined;
    this.#stopped(entry);
    void this.#settle(entry);
  }

  /** The keeper is gone, and its qubes with it. */
  lost(reason: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.status)
        entry.status = { ...entry.status, state: 'stopped', pid: undefined, reason };
      this.#stopped(entry);
      void this.#settle(entry);
    }
  }

  /**
   * The link of a qube that runs or is starting, waited for. Throws UserError:
   * UNKNOWN_QUBE, QUBE_NOT_RUNNING, QUBE_NOT_SHOWN with the reason.
   */
  async link(name: string): Promise<QubeLink> {
    const entry = this.#find(name);
    const running = () => entry.state !== 'stopped';
    if (running() && !entry.link) await this.#settled(entry);
    if (!running()) throw notRunning(entry);
    if (entry.link) return entry.link;
    throw new UserError(
      'QUBE_NOT_SHOWN',
      `qube ${name} is not connected: ${entry.reason ?? 'it does not answer'}`,
    );
  }

  /** Every qube leaves the screen. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const links = [...this.#entries.values()].map(async (entry) => {
      entry.retry?.[Symbol.dispose]();
      const { link } = entry;
      entry.link = undefined;
      if (link) await this.#close(link);
    });
    await Promise.all(links);
  }

  #find(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    const names = [...this.#entries.keys()].join(', ');
    throw new UserError('UNKNOWN_QUBE', `there is no qube '${escapeText(name, 40)}'`, {
      exitCode: EXIT.notFound,
      hint: `the configuration has: ${names}`,
    });
  }

  /** Resolves when the link was made or could not be, or when it takes too long. */
  #settled(entry: Entry): Promise<void> {
    return this.#told(entry.waiting);
  }

  #told(waiting: (() => void)[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(LINK_LIMIT_MS, resolve);
      waiting.push(() => {
        timer[Symbol.dispose]();
        resolve();
      });
    });
  }

  /** Brings the link in line with the status; never rejects, never runs twice for one qube. */
  async #settle(entry: Entry): Promise<void> {
    if (entry.busy) return;
    entry.busy = true;
    while (!this.#closed) {
      const wanted = this.#wanted(entry);
      if (entry.link && entry.link.life.key !== wanted?.key) {
        await this.#detach(entry);
      } else if (wanted && !entry.link && !entry.retry) {
        await this.#attach(entry, wanted);
      } else {
        break;
      }
    }
    entry.busy = false;
    if (entry.link || entry.state === 'stopped' || entry.problem !== undefined) {
      for (const tell of entry.waiting.splice(0)) tell();
    }
  }

  /** The life of the qube that is to be on the screen. */
  #wanted({ config, state, status, life }: Entry): QubeLife | undefined {
    if (life || !status || state !== 'running') return life;
    const { name } = config;
    return keptLife(status, () => this.#options.attach(name));
  }

  async #attach(entry: Entry, life: QubeLife): Promise<void> {
    const { runtimeDir, desktop, clock } = this.#options;
    const { config } = entry;
    const log = this.#options.log.child({ qube: config.name, domain: config.domainId });
    try {
      const link = await QubeLink.open({
        runtimeDir,
        life,
        config,
        desktop,
        clock,
        log,
        broken: (end) => this.#options.broken(config.name, end),
        mayStartPrograms: () => {
          if (entry.startedKey === life.key) return false;
          entry.startedKey = life.key;
          return true;
        },
      });
      if (this.#closed) {
        await this.#close(link);
        return;
      }
      link.onLost((reason) => this.#lost(entry, link, reason));
      entry.link = link;
      link.setPaused(entry.paused);
      entry.problem = undefined;
      log.info({ channel: life.place }, 'the qube is on the screen');
    } catch (error) {
      entry.problem = messageOf(error);
      log.warn({ error: entry.problem }, 'the qube cannot be shown');
      this.#tryLater(entry);
    }
  }

  async #detach(entry: Entry): Promise<void> {
    const { link } = entry;
    entry.link = undefined;
    entry.problem = undefined;
    const { name, domainId } = entry.config;
    this.#options.log.info({ qube: name, domain: domainId }, 'the qube leaves the screen');
    if (link) await this.#close(link);
  }

  /** Never rejects: what is broken about a link that goes concerns nobody else. */
  async #close(link: QubeLink): Promise<void> {
    try {
      await link[Symbol.asyncDispose]();
    } catch (error) {
      const { name } = link.config;
      this.#options.log.warn({ qube: name, error: messageOf(error) }, 'closing the qube failed');
    }
  }

  /** The X server ended the qube's connection, as it does for `xkill`: all its windows went. */
  #lost(entry: Entry, link: QubeLink, reason: string): void {
    // When the X server itself went, this daemon is being closed by the end of the turn.
    setImmediate(() => {
      if (entry.link !== link || this.#closed) return;
      const { name } = entry.config;
      this.#options.log.warn({ qube: name, reason }, 'the windows of the qube were closed');
      entry.link = undefined;
      void this.#close(link).then(() => this.#settle(entry));
    });
  }

  #tryLater(entry: Entry): void {
    entry.retry = this.#options.clock.after(RETRY_MS, () => {
      entry.retry = undefined;
      void this.#settle(entry);
    });
  }
}

function notRunning(entry: Entry): UserError {
  const { name, domain } = entry.config;
  const why = entry.reason === undefined ? '' : ` (${entry.reason})`;
  if (entry.config.backend === 'attach') {
    return new UserError('QUBE_NOT_RUNNING', `qube ${name} was not handed over${why}`, {
      hint: `livery-guid --daemon -d ${entry.config.domainId} -N ${name}`,
    });
  }
  const hint = domain === undefined ? `livery qube start ${name}` : START_DOMAIN;
  return new UserError('QUBE_NOT_RUNNING', `qube ${name} does not run${why}`, { hint });
}
