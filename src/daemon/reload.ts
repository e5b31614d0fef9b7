/**
 * The configuration read again while qubes are on the screen (`livery reload`,
 * SIGHUP). The file is judged as a whole, the keeper takes it over or refuses,
 * and then everything here becomes what the plan says in one turn. With any
 * mistake everything stays as it was.
 */
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config, PanelConfig, QubeConfig } from '../config/config.ts';
import { readConfigAgain } from '../config/read.ts';
import { planReload, type ReloadPlan } from '../config/reload.ts';
import type { Desktop } from '../desktop/desktop.ts';
import type { KeeperClient } from '../keeper/client.ts';
import type { DaemonClipboard } from './clipboard/daemon-clipboard.ts';
import type { HandOvers } from './hand-overs.ts';
import type { Roster } from './roster.ts';

export interface ReloadParts {
  readonly roster: Roster;
  readonly handOvers: HandOvers;
  readonly desktop: Desktop;
  readonly clipboard: DaemonClipboard | undefined;
  readonly log: Log;
  /** Throws UserError KEEPER_ABSENT. */
  keeper(): KeeperClient;
  /** A directory of memory that the daemon may still open. */
  mayOpen(poolDir: string): boolean;
}

/** What was taken over, for people. */
export type Reloaded = Pick<ReloadPlan, 'changed' | 'later'>;

export class Reload {
  readonly #parts: ReloadParts;
  #config: Config;
  /** One after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: Config, parts: ReloadParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** What holds now: of a qube that runs, what it was started with. */
  get config(): Config {
    return { ...this.#config, qubes: this.#parts.roster.configs() };
  }

  /**
   * Takes over what the file says now. Rejects with ConfigError that names every mistake, or
   * with UserError: RELOAD_NO_FILE, RELOAD_REFUSED, KEEPER_FILE; nothing has changed then.
   */
  run(): Promise<Reloaded> {
    const run = this.#last.then(() => this.#run());
    this.#last = run.catch(() => {});
    return run;
  }

  /** Asked for by a signal: nobody waits for an answer, so the log and the screen have it. */
  async signalled(): Promise<void> {
    const { clipboard, log } = this.#parts;
    try {
      await this.run();
    } catch (error) {
      for (const line of messageOf(error).split('\n')) log.error({}, `configuration: ${line}`);
      log.error({}, 'the configuration was not taken over; the one before holds');
      clipboard?.configRefused(messageOf(error));
      // The policy is a file of its own.
      clipboard?.reload();
    }
  }

  async #run(): Promise<Reloaded> {
    const { file } = this.#config;
    if (file === undefined) {
      throw new UserError('RELOAD_NO_FILE', 'this daemon has no configuration file', {
        exitCode: EXIT.usage,
      });
    }
    const ids = [...this.config.qubes.values()].map(
      ({ name, domainId }) => [name, domainId] as const,
    );
    const { config: next, digest } = readConfigAgain(file, new Map(ids));
    this.#plan(next);
    const keeper = this.#keeper();
    await keeper?.reload(digest);
    // A qube may have begun or ended meanwhile.
    const plan = this.#plan(next);
    await this.#apply(plan, next);
    for (const status of (await keeper?.list()) ?? []) this.#parts.roster.changed(status);
    return this.#said(
      plan,
      [...next.qubes.values()].filter((qube) => !this.#reaches(qube)),
    );
  }

  /** Throws UserError RELOAD_REFUSED with every reason. */
  #plan(next: Config): ReloadPlan {
    const plan = planReload(this.config, next, this.#parts.roster.running());
    if (plan.refusals.length === 0) return plan;
    throw new UserError('RELOAD_REFUSED', plan.refusals.join('\n'), {
      exitCode: EXIT.usage,
      hint: 'nothing was changed: the configuration before holds',
    });
  }

  /** Everything in one turn, but for the strip, which is made anew. */
  async #apply({ config }: ReloadPlan, next: Config): Promise<void> {
    const { roster, handOvers, desktop, clipboard } = this.#parts;
    const { panel } = this.#config;
    this.#config = config;
    roster.reconfigure(config.qubes, next.qubes);
    clipboard?.reconfigure(this.config);
    handOvers.serveConfigured([...config.qubes.values()].filter((qube) => this.#reaches(qube)));
    if (!samePanel(panel, config.panel)) await desktop.reconfigurePanel(config.panel);
  }

  /** Undefined = there is none, and none that could disagree. */
  #keeper(): KeeperClient | undefined {
    try {
      return this.#parts.keeper();
    } catch (error) {
      if (error instanceof UserError && error.code === 'KEEPER_ABSENT') return undefined;
      throw error;
    }
  }

  #reaches({ attach }: QubeConfig): boolean {
    return attach === undefined || this.#parts.mayOpen(attach.poolDir);
  }

  #said({ changed, later: kept }: ReloadPlan, beyond: readonly QubeConfig[]): Reloaded {
    const { log } = this.#parts;
    const later = [
      ...kept,
      ...beyond.map(({ name }) => `qube.${name}: shown when the daemon is started again`),
    ];
    for (const line of changed) log.info({}, `configuration: ${line}`);
    for (const line of later) log.warn({}, `configuration: ${line}`);
    log.info({ changed: changed.length, later: later.length }, 'the configuration was read again');
    return { changed, later };
  }
}

function samePanel(one: PanelConfig, two: PanelConfig): boolean {
  return JSON.stringify(one) === JSON.stringify(two);
}
