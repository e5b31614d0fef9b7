/**
 * What `livery-guid` gives up once it is up: as the daemon, with the few
 * directories that one qube needs. Whoever takes it over finds no file of a
 * person's, starts nothing and reaches no network.
 */
import { constants } from 'node:os';
import { runtimeDirPath } from '../config/runtime-dir.ts';
import { confine } from '../daemon/confine/confine.ts';
import { accessTo } from '../daemon/confine/files.ts';
import type { ServeOptions } from './circumstances.ts';
import { clipboardFiles } from './clipboard/guid-clipboard.ts';
import { runDirectory } from './run-files.ts';

/** The last step of a start. */
export function confineGuid({
  settings,
  env,
  log,
}: Pick<ServeOptions, 'settings' | 'env' | 'log'>): void {
  const pools = settings.poolDir === undefined ? [] : [settings.poolDir];
  // With --daemon the clipboard, too, is the daemon's.
  const clipboard = settings.handOver ? { read: [], write: [] } : clipboardFiles(settings, env);
  const other = settings.killOnConnect;
  confine({
    env,
    // The memory of a qube that was handed over is the daemon's affair.
    files: accessTo(clipboard.read, [
      runDirectory(env),
      runtimeDirPath(env),
      ...(settings.handOver ? [] : pools),
      ...clipboard.write,
    ]),
    signal: other === undefined ? undefined : { pid: other, number: constants.signals.SIGUSR1 },
    log,
  });
}
