/**
 * What `livery stats` is told: how much was handled for each qube, and how fairly.
 */
import type { ChannelCounts, QubeStats, Stats } from '../control/messages.ts';
import { TurnCount } from '../session/turn.ts';
import type { RosterEntry } from './roster.ts';

interface Counted {
  readonly count: TurnCount;
  readonly pauses: number;
}

export function stats(entries: readonly RosterEntry[]): Stats {
  return { turns: TurnCount.all, qubes: entries.flatMap((entry) => qubeStats(entry)) };
}

function qubeStats({ config, link }: RosterEntry): QubeStats[] {
  if (!link) return [];
  const { requests, errors } = link.xCounts;
  return [
    {
      name: config.name,
      throttled: link.throttled,
      gui: counts(link.gui),
      service: counts(link.service),
      damage: { ...link.damage },
      queuedBytes: link.queuedBytes,
      lastInput: link.gui.lastInput,
      dropped: link.gui.droppedMessages,
      xRequests: requests,
      xErrors: errors,
    },
  ];
}

function counts({ count, pauses }: Counted): ChannelCounts {
  const { turns, messages, past, lastTurn, waited, mostCost, mostRequests } = count;
  return {
    ...{ turns, messages, past, lastTurn, waited, mostCost, mostRequests, pauses },
    ...{ turnMs: rounded(count.turnMs), mostTurnMs: rounded(count.mostTurnMs) },
  };
}

/** To a thousandth. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
