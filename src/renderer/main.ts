/**
 * `livery renderer`: started by the daemon with one stream as descriptor 3, and
 * ends with it. Its workers are the same program again.
 */
import { systemClock } from '../base/clock.ts';
import { EXIT } from '../base/errors.ts';
import { native } from '../native/addon.ts';
import { keepFiles } from './files.ts';
import { Supervisor } from './supervisor.ts';
import { MAX_SIDE } from './wire.ts';
import { STREAM_FD } from './worker.ts';

const SIGKILL = 9;
/** From util-linux: a worker cannot raise what it is started with. */
const PRLIMIT = '/usr/bin/prlimit';
const LIMITS = [
  '--core=0:0',
  '--nofile=64:64',
  '--memlock=0:0',
  '--msgqueue=0:0',
  '--rtprio=0:0',
  `--fsize=${MAX_SIDE * MAX_SIDE * 4}:${MAX_SIDE * MAX_SIDE * 4}`,
];
/** No compiler, so that no memory has to be executable; small heaps and few threads. */
const NODE_OPTIONS = [
  ...['--jitless', '--no-expose-wasm'],
  ...['--max-old-space-size=64', '--max-semi-space-size=1', '--v8-pool-size=1'],
];

/** Runs until the stream ends; the exit status. */
export async function runRenderer(): Promise<number> {
  const addon = native();
  addon.setParentDeathSignal(SIGKILL);
  addon.setNoNewPrivileges();
  const script = process.argv[1] as string;
  keepFiles(script, process.env['LIVERY_ADDON']);
  // A Ctrl-C at the daemon's terminal is the daemon's business.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
  using stream = addon.adoptStream(addon.adoptFd(STREAM_FD));
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  // Whoever waits for this process finds no worker after it.
  await using _supervisor = new Supervisor({
    stream,
    clock: systemClock,
    command: (once) => [
      ...([PRLIMIT, ...LIMITS, process.execPath, ...NODE_OPTIONS] as const),
      ...[script, 'renderer', `--worker=${once ? 'once' : 'permanent'}`],
    ],
    env: workerEnvironment(process.env),
    ended: end,
  });
  await ended;
  return EXIT.ok;
}

/** What a worker is told of where it runs: nothing but how to load the addon. */
function workerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const addon = env['LIVERY_ADDON'];
  return {
    LANG: 'C.UTF-8',
    UV_THREADPOOL_SIZE: '1',
    VIPS_CONCURRENCY: '1',
    ...(addon === undefined ? {} : { LIVERY_ADDON: addon }),
  };
}
