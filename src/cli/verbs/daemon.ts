/**
 * `livery daemon`: makes sure of a keeper, then shows every qube's windows on
 * $DISPLAY. The keeper is the only process that is started, before anything
 * else is opened, and it stays when the daemon ends.
 */
import { join, resolve } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { needsKeeper } from '../../config/config.ts';
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import { openRuntimeDir, runtimeDirPath } from '../../config/runtime-dir.ts';
import { confinementWanted } from '../../daemon/confine/confine.ts';
import { runDaemon } from '../../daemon/main.ts';
import { KeeperClient } from '../../keeper/client.ts';
import { parseDisplay } from '../../x11/display.ts';
import { Child, LIVERY_SCRIPT } from '../child.ts';
import { descriptor } from '../descriptor.ts';
import { processLog } from '../log.ts';
import { LogFile } from '../log-file.ts';
import { Readiness } from '../readiness.ts';
import type { Call } from '../verb.ts';
import { version } from '../version.ts';

export async function daemon(call: Call): Promise<number> {
  const { io, value } = call;
  confinementWanted(io.env);
  const configFile = locateConfig(value('config'), io.env);
  const config = readConfig(configFile);
  const display = parseDisplay(io.env.DISPLAY);
  const runtimeDir = openRuntimeDir(runtimeDirPath(io.env));
  const named = value('log-file');
  const logFile = named === undefined ? undefined : new LogFile(resolve(named));
  const log = processLog('daemon', call, logFile);
  const manager = new Readiness(io.env, log);
  // Where every qube is somebody else's there may be nothing that a keeper needs.
  const keeper = needsKeeper(config)
    ? await ensureKeeper(configFile, runtimeDir, io.env)
    : undefined;
  let ready = false;
  try {
    const status = await runDaemon({
      config,
      runtimeDir,
      display,
      log,
      logFile: logFile?.path,
      version: version(),
      confine: true,
      parentPipeFd: descriptor(value('parent-pipe')),
      onReady: () => {
        ready = true;
        io.out('ready\n');
        manager.ready(`shows qubes on :${display.number}`);
      },
    });
    manager.stopping();
    return status;
  } finally {
    // A daemon that never was leaves nothing behind.
    if (!ready) await keeper?.[Symbol.asyncDispose]();
  }
}

/** The keeper that was started, or undefined when one runs already. */
async function ensureKeeper(
  configFile: string,
  runtimeDir: string,
  env: NodeJS.ProcessEnv,
): Promise<Child | undefined> {
  try {
    (await KeeperClient.connect(runtimeDir))[Symbol.dispose]();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'KEEPER_ABSENT')) throw error;
  }
  const child = new Child({
    name: 'the keeper',
    argv: [process.execPath, LIVERY_SCRIPT, 'keeper', '--config', configFile],
    env: { ...env, LIVERY_RUNTIME_DIR: runtimeDir },
    logFile: join(runtimeDir, 'keeper.log'),
    detached: true,
  });
  await child.ready();
  child.letGo();
  return child;
}
