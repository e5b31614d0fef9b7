/**
 * `livery shutdown`: ends the daemon, every qube, and the keeper.
 */
import { EXIT, UserError } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { KeeperClient } from '../../keeper/client.ts';
import { working } from '../progress.ts';
import type { Call } from '../verb.ts';

export async function shutdown({ io, has }: Call): Promise<number> {
  const runtimeDir = runtimeDirPath(io.env);
  const ended: string[] = [];
  await unlessAbsent('DAEMON_ABSENT', async () => {
    using client = ControlClient.connect(controlSocketPath(runtimeDir));
    await client.ask('shutdown', {});
    ended.push('the daemon');
  });
  await unlessAbsent('KEEPER_ABSENT', async () => {
    using client = await KeeperClient.connect(runtimeDir);
    await working(io, 'ending all qubes', () => client.shutdown());
    ended.push('all qubes', 'the keeper');
  });
  if (ended.length === 0) {
    throw new UserError('NOTHING_RUNS', `neither a daemon nor a keeper runs in ${runtimeDir}`, {
      exitCode: EXIT.notFound,
    });
  }
  io.out(has('json') ? `${JSON.stringify({ ended })}\n` : `ended: ${ended.join(', ')}\n`);
  return EXIT.ok;
}

async function unlessAbsent(code: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof UserError && error.code === code)) throw error;
  }
}
