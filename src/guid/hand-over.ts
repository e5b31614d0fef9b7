/**
 * `livery-guid --daemon`: the qube is shown by the daemon that runs already;
 * this process is only its life line. When it ends, the qube leaves the screen;
 * when the daemon ends, or the qube breaks a rule, this ends with 1.
 */
import { resolve } from 'node:path';
import { EXIT, type ExitCode, UserError } from '../base/errors.ts';
import type { Scope } from '../base/scope.ts';
import { controlSocketPath, runtimeDirPath } from '../config/runtime-dir.ts';
import { ControlClient } from '../control/client.ts';
import { sharedPool } from '../daemon/shared-pool.ts';
import { XConnection } from '../x11/connection.ts';
import { ownDomain, poolDirOf, type ServeOptions, socketDir } from './circumstances.ts';
import { readColor } from './color.ts';
import { confineGuid } from './confine.ts';

/** Owned by `scope`: the connection, whose end gives the qube back. Rejects with UserError. */
export async function handOver(options: ServeOptions, scope: Scope): Promise<ExitCode> {
  const { settings, display, env, log } = options;
  const x = await XConnection.open(display, { name: 'colours' });
  const poolDir = resolve(poolDirOf(settings));
  let color: number;
  try {
    color = await readColor(x, settings.color);
    // The daemon may not write there.
    const { domain, poolBytes: bytes } = settings;
    sharedPool({ directory: poolDir, domain, bytes, screen: x.screen, log });
  } finally {
    x[Symbol.dispose]();
  }
  const path = controlSocketPath(runtimeDirPath(env));
  const client = scope.own(ControlClient.connect(path));
  await client.ask('attach', {
    qube: settings.name,
    domain: settings.domain,
    color,
    channelDir: resolve(socketDir(env)),
    client: ownDomain(env),
    poolDir,
  });
  confineGuid(options);
  log.info({ daemon: path }, 'the qube is in the hands of the daemon');
  scope.own(options.onReload(() => log.info({}, 'the daemon looks at the screen by itself')));
  const reason = await Promise.race([options.told, follow(client, options)]);
  log.info({ reason }, 'the qube is taken back');
  return EXIT.ok;
}

/** Until the daemon says that it is over, or goes; never resolves. */
async function follow(client: ControlClient, options: ServeOptions): Promise<never> {
  const { log } = options;
  let known: 'waiting' | 'connected' = 'waiting';
  for (;;) {
    try {
      known = (await client.ask('attach.next', { known })).state;
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'DAEMON_LOST')) throw error;
      throw new UserError('DAEMON_LOST', 'the daemon ended, and the hand-over with it', {
        hint: 'start livery-guid again when there is a daemon again',
      });
    }
    if (known === 'connected') {
      log.info({}, 'connected to the agent');
      options.connected();
    } else {
      log.info({}, 'the agent went away; it is waited for');
      options.disconnected();
    }
  }
}
