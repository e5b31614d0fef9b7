/**
 * `livery run QUBE -- PROGRAM ARGUMENT…`: starts a program in a qube.
 */
import { constants } from 'node:os';
import { EXIT } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import type { ProgramExit } from '../../control/messages.ts';
import { working } from '../progress.ts';
import type { Call } from '../verb.ts';

export async function run({ io, operands, program, has }: Call): Promise<number> {
  const [qube = ''] = operands;
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const wait = has('wait');
  const asked = () => client.ask('run', { qube, argv: [...program], wait });
  // With --wait the terminal is the program's, for as long as it runs.
  const result = wait ? await asked() : await working(io, `starting it in qube ${qube}`, asked);
  if (has('json')) io.out(`${JSON.stringify(result)}\n`);
  return result.exit === undefined ? EXIT.ok : exitStatus(result.exit);
}

/** What a shell would say: the status, or 128 + the signal's number. */
function exitStatus({ status, signal }: ProgramExit): number {
  if (status !== null) return status;
  const known = constants.signals as Readonly<Record<string, number>>;
  return 128 + (known[signal ?? ''] ?? 0);
}
