/**
 * What dom0's panel and overlay are told about the qubes and may do to them:
 * the roster and the keeper as the desktop sees them. Names and labels are those
 * of the configuration.
 */
import { UserError } from '../base/errors.ts';
import type { QubeName } from '../base/ids.ts';
import { type Config, isForeign } from '../config/config.ts';
import type { PanelPort } from '../desktop/panel/panel-port.ts';
import type { KeeperClient } from '../keeper/client.ts';
import type { QubeGlance, QubeNote } from '../surface/qube-glance.ts';
import type { Label } from '../trust/label.ts';
import type { Roster, RosterEntry } from './roster.ts';

/** Ends of a conversation that are nobody's fault. */
const ORDINARY_ENDS: readonly string[] = ['CHANNEL_CLOSED', 'SESSION_CLOSED'];

export interface PanelSource {
  readonly roster: Roster;
  /** Throws UserError KEEPER_ABSENT. */
  keeper(): KeeperClient;
}

export class DaemonPanelPort implements PanelPort {
  readonly #config: () => Config;
  #source: PanelSource | undefined;

  /** @param config what holds now */
  constructor(config: () => Config) {
    this.#config = config;
  }

  /** The screen is open before there are qubes on it. */
  serve(source: PanelSource): void {
    this.#source = source;
  }

  qubes(): readonly QubeGlance[] {
    const entries = this.#source?.roster.all() ?? [];
    return entries.flatMap((entry) => {
      if (entry.state === 'stopped') return [];
      const { name: qube, label } = entry.config;
      return [{ qube, label, note: noteOf(entry), own: !isForeign(entry.config) }];
    });
  }

  labelOf(qube: string): Label | undefined {
    return this.#config().qubes.get(qube as QubeName)?.label;
  }

  async pause(qube: QubeName): Promise<void> {
    const { roster, keeper } = this.#served();
    roster.changed(await keeper().pause(qube));
  }

  async goOn(qube: QubeName): Promise<void> {
    const { roster, keeper } = this.#served();
    roster.changed(await keeper().start(qube));
  }

  async stop(qube: QubeName): Promise<void> {
    const { roster, keeper } = this.#served();
    roster.changed(await keeper().stop(qube));
  }

  #served(): PanelSource {
    if (this.#source) return this.#source;
    throw new UserError('KEEPER_ABSENT', 'no keeper is running');
  }
}

function noteOf({ paused, link }: RosterEntry): QubeNote | undefined {
  if (paused) return 'paused';
  const end = link?.gui.lastEnd;
  if (end && !ORDINARY_ENDS.includes(end.code)) return 'ended';
  return link?.throttled ? 'throttled' : undefined;
}
