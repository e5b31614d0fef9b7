/**
 * `livery keeper`: the process that starts qubes and holds them. Says `ready`
 * on standard output once it can be asked.
 */
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import { openRuntimeDir, runtimeDirPath } from '../../config/runtime-dir.ts';
import { runKeeper } from '../../keeper/main.ts';
import { descriptor } from '../descriptor.ts';
import { processLog } from '../log.ts';
import { LogFile } from '../log-file.ts';
import { Readiness } from '../readiness.ts';
import type { Call } from '../verb.ts';

export async function keeper(call: Call): Promise<number> {
  const { io, value } = call;
  const config = readConfig(locateConfig(value('config'), io.env));
  const logFile = value('log-file');
  const log = processLog('keeper', call, logFile === undefined ? undefined : new LogFile(logFile));
  const manager = new Readiness(io.env, log);
  const status = await runKeeper({
    config,
    runtimeDir: openRuntimeDir(runtimeDirPath(io.env)),
    log,
    parentPipeFd: descriptor(value('parent-pipe')),
    onReady: () => {
      io.out('ready\n');
      manager.ready(`${config.qubes.size} qubes are configured`);
    },
  });
  manager.stopping();
  return status;
}
