/**
 * The keeper as a process: takes the runtime directory for itself, opens the
 * socket, starts what the configuration wants started, and ends everything when
 * it is told to: by a signal, by a request, or because the process that wanted
 * it is gone.
 */
import { statSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import type { Config } from '../config/config.ts';
import { native } from '../native/addon.ts';
import { KeeperClient } from './client.ts';
import { prepareRuntimeDir } from './directory.ts';
import { EndSignal } from './end-signal.ts';
import { Guard, keeperRuns } from './guard.ts';
import { closeInherited } from './inherited.ts';
import { Keeper } from './keeper.ts';
import { poolBytesOf } from './pool-size.ts';
import { launchMachine } from './qemu/launch.ts';
import { prepareMachine } from './qemu/prepare.ts';
import type { QubeHost } from './qube.ts';
import { checkSandboxRequirements } from './requirements.ts';
import { rereadFrom } from './reread.ts';
import { AGENT_COMMAND } from './sandbox/host-files.ts';
import { prepareSandbox } from './sandbox/prepare.ts';
import { Sandbox, type SandboxHost } from './sandbox/sandbox.ts';
import { KeeperServer } from './server.ts';

export interface KeeperOptions {
  readonly config: Config;
  readonly runtimeDir: string;
  readonly log: Log;
  /** The reading end of a pipe: when its other end closes, the keeper ends. */
  readonly parentPipeFd?: number | undefined;
  /** The keeper listens now. */
  readonly onReady?: (() => void) | undefined;
  /** What runs in each sandbox, as paths inside; the agent if not given. */
  readonly command?: readonly string[] | undefined;
  /** Milliseconds from asking a qube to end to making it; 2000 if not given. */
  readonly graceMs?: number | undefined;
}

const S_ISUID = 0o4000;

/** Where unprivileged users have no namespaces, bubblewrap needs the rights of its file. */
function isSetuid(path: string): boolean {
  return (statSync(path).mode & S_ISUID) !== 0;
}

/** Throws UserError KEEPER_RUNNING at once when somebody answers in `runtimeDir`. */
async function refuseSecond(runtimeDir: string): Promise<void> {
  let client: KeeperClient;
  try {
    client = await KeeperClient.connect(runtimeDir);
  } catch {
    return;
  }
  client[Symbol.dispose]();
  throw keeperRuns();
}

/**
 * Runs until it is told to end; by then no qube is left. Throws UserError when
 * it cannot begin: KEEPER_RUNNING, RUNTIME_DIR, PATH_TOO_LONG, or what
 * `checkSandboxRequirements` says. Takes over the signals of the process, and
 * closes every descriptor that the process inherited besides the first three.
 */
export async function runKeeper(options: KeeperOptions): Promise<ExitCode> {
  const { config, runtimeDir, log, command = AGENT_COMMAND, graceMs } = options;
  await using scope = new Scope();
  const end = scope.own(new EndSignal(options.parentPipeFd));
  closeInherited(options.parentPipeFd);
  prepareRuntimeDir(runtimeDir);
  await refuseSecond(runtimeDir);
  const tools = await checkSandboxRequirements();
  if (!isSetuid(tools.bwrap)) native().setNoNewPrivileges();
  const guard = scope.own(await Guard.start(tools, runtimeDir, log));
  const host: SandboxHost = { tools, log, clock: systemClock, mark: guard.mark, graceMs };
  const launch: QubeHost['launch'] = (qube, descriptors, scratchDir, onReady) => {
    if (qube.backend === 'qemu') {
      const parts = { poolBytes: poolBytesOf(qube), tools, env: process.env, log };
      const prepared = prepareMachine(qube, keeper.config, [runtimeDir], parts);
      return launchMachine({ ...prepared.place, descriptors, scratchDir }, prepared, host, onReady);
    }
    const place = prepareSandbox(qube, keeper.config, [runtimeDir], tools);
    return {
      sandbox: new Sandbox({ ...place, command, descriptors, scratchDir }, host, onReady),
    };
  };
  const qubeHost = { runtimeDir, log, clock: systemClock, launch };
  const keeper: Keeper = new Keeper(
    config,
    qubeHost,
    () => end.tell('it was asked to'),
    rereadFrom(config.file),
  );
  scope.own(new KeeperServer(runtimeDir, keeper, log));
  // Closed before the server, so that whoever watches learns of the end of each qube.
  scope.own(keeper);
  options.onReady?.();
  keeper.startAutomatic();
  log.info({ reason: await end.told }, 'the keeper ends');
  end.onAgain(() => keeper.kill());
  return EXIT.ok;
}
