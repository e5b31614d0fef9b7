/**
 * `livery stats`: what the daemon has handled for each qube, and whom it slows down.
 */
import { EXIT } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { table } from '../table.ts';
import type { Call } from '../verb.ts';

const MB = 1_000_000;

const HEADS = [
  ...['QUBE', 'MESSAGES', 'SERVICE', 'DAMAGE', 'MERGED', 'PUT', 'MB', 'QUEUE', 'TURNS'],
  ...['MS/TURN', 'MAX MS', 'PAUSES', 'DROPPED', 'XREQUESTS', 'XERRORS', 'REMARK'],
];

export async function stats({ io, has }: Call): Promise<number> {
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const answer = await client.ask('stats', {});
  if (has('json')) {
    io.out(`${JSON.stringify(answer)}\n`);
    return EXIT.ok;
  }
  const rows = answer.qubes.map((one) => {
    const { gui, service, damage } = one;
    const meanMs = gui.turns === 0 ? 0 : gui.turnMs / gui.turns;
    return [
      one.name,
      ...[gui.messages, service.messages].map(String),
      ...[damage.told, damage.merged, damage.put].map(String),
      (damage.bytes / MB).toFixed(1),
      String(one.queuedBytes),
      ...[String(gui.turns), meanMs.toFixed(2), gui.mostTurnMs.toFixed(2)],
      ...[gui.pauses + service.pauses, one.dropped, one.xRequests, one.xErrors].map(String),
      one.throttled ? 'throttled' : '',
    ];
  });
  io.out(table(HEADS, rows));
  return EXIT.ok;
}
