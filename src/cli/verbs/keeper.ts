/**
 * `livery keeper`: the process that starts qubes and holds them. Says `ready`
 * on standard output once it can be asked.
 */
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import { openRuntimeDir, runtimeDirPath } from '../../config/runtime-dir.ts';
import { runKeeper } from '../../keeper/main.ts';
import { descriptor } from '../descriptor.ts';
import { createLog } from '../log.ts';
import type { Call } from '../verb.ts';

export async function keeper({ io, debug, value }: Call): Promise<number> {
  const config = readConfig(locateConfig(value('config'), io.env));
  return runKeeper({
    config,
    runtimeDir: openRuntimeDir(runtimeDirPath(io.env)),
    log: createLog({ name: 'keeper', pretty: io.errIsTty, debug }),
    parentPipeFd: descriptor(value('parent-pipe')),
    onReady: () => io.out('ready\n'),
  });
}
