/**
 * `livery stats`: what the daemon has handled for each qube, and whom it slows down.
 */
import { EXIT } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { table } from '../table.ts';
import type { Call } from '../verb.ts';

export async function stats({ io, has }: Call): Promise<number> {
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const answer = await client.ask('stats', {});
  if (has('json')) {
    io.out(`${JSON.stringify(answer)}\n`);
    return EXIT.ok;
  }
  const rows = answer.qubes.map(
    ({ name, throttled, gui, service, dropped, xRequests, xErrors }) => [
      name,
      ...[gui.messages, gui.turns, service.messages, gui.pauses + service.pauses].map(String),
      ...[dropped, xRequests, xErrors].map(String),
      throttled ? 'throttled' : '',
    ],
  );
  io.out(
    table(
      [
        'QUBE',
        'MESSAGES',
        'TURNS',
        'SERVICE',
        'PAUSES',
        'DROPPED',
        'XREQUESTS',
        'XERRORS',
        'REMARK',
      ],
      rows,
    ),
  );
  return EXIT.ok;
}
