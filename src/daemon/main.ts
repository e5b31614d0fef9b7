/**
 * The daemon as a process: dom0's composition root. Opens the screen, follows
 * the keeper, shows every qube that runs, answers the command line, and ends
 * when it is told to or when the X server is gone. It starts no process.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { EXIT, type ExitCode, messageOf, UserError } from '../base/errors.ts';
import { optimizeEarly } from '../base/hot-code.ts';
import type { Log } from '../base/log.ts';
import { Scope } from '../base/scope.ts';
import { type Config, needsKeeper } from '../config/config.ts';
import { controlSocketPath } from '../config/runtime-dir.ts';
import { ControlClient } from '../control/client.ts';
import { ControlServer } from '../control/server.ts';
import { Desktop } from '../desktop/desktop.ts';
import { EndSignal } from '../keeper/end-signal.ts';
import type { FileAccess } from '../native/addon.ts';
import { languageOf } from '../surface/words.ts';
import type { Display } from '../x11/display.ts';
import { type Cookie, findCookie } from '../x11/xauthority.ts';
import { auditPlaces } from './audit/places.ts';
import { DaemonClipboard } from './clipboard/daemon-clipboard.ts';
import { confine, NOT_CONFINED } from './confine/confine.ts';
import { daemonFiles, isWithin } from './confine/files.ts';
import { controlHandlers } from './control-handlers.ts';
import { HandOvers } from './hand-overs.ts';
import { KeeperLink } from './keeper-link.ts';
import { LogTail } from './log-tail.ts';
import { DaemonPanelPort } from './panel-port.ts';
import { Reload } from './reload.ts';
import { Roster } from './roster.ts';
import { SessionNotices } from './session-notices.ts';
import { XenQubes } from './xen-qubes.ts';
import { isXwayland, XWAYLAND_WARNING } from './xwayland.ts';

/** Closing everything in order may take this long; then the process ends anyway. */
const CLOSE_LIMIT_MS = 3000;

export interface DaemonOptions {
  readonly config: Config;
  readonly runtimeDir: string;
  readonly display: Display;
  /** Default: looked up in the user's Xauthority file. */
  readonly cookie?: Cookie | undefined;
  readonly log: Log;
  /** Where `log` goes, if to a file: it is cut and renamed in its directory. */
  readonly logFile?: string | undefined;
  readonly clock?: Clock | undefined;
  /** What `ping` answers. */
  readonly version: string;
  /** The reading end of a pipe: when its other end closes, the daemon ends. */
  readonly parentPipeFd?: number | undefined;
  /** Default: that of the process. Says the language and where the audit log lies. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** False: nothing is copied or pasted between qubes, and no renderer is started. */
  readonly clipboard?: boolean | undefined;
  /** Rights are given up once it is up (confine.ts); for a process that does nothing else. */
  readonly confine?: boolean | undefined;
  /** The command line can ask, and every qube that runs is being attached. */
  readonly onReady?: (() => void) | undefined;
}

/**
 * Runs until it is told to end: EXIT.ok. Rejects with UserError when it cannot
 * begin (DAEMON_RUNNING, X_CONNECT, X_DEPTH, …) and with X_GONE (exit 3) when
 * the X server went away. Takes over the signals of the process.
 */
export async function runDaemon(options: DaemonOptions): Promise<ExitCode> {
  const scope = new Scope();
  try {
    return await serve(options, scope);
  } finally {
    await close(scope, options);
  }
}

/** Never rejects, and never takes longer than its limit: an X server that hangs is no reason to stay. */
async function close(scope: Scope, { clock = systemClock, log }: DaemonOptions): Promise<void> {
  let timer: Disposable | undefined;
  const late = new Promise<void>((resolve) => {
    timer = clock.after(CLOSE_LIMIT_MS, resolve);
  });
  const closed = scope[Symbol.asyncDispose]().catch((error: unknown) => {
    log.warn({ error: messageOf(error) }, 'closing failed in part');
  });
  await Promise.race([closed, late]);
  timer?.[Symbol.dispose]();
}

async function serve(options: DaemonOptions, scope: Scope): Promise<ExitCode> {
  const { config, runtimeDir, display } = options;
  const logTail = new LogTail();
  const log = logTail.through(options.log);
  // Read once: later it may be out of reach.
  const cookie = options.cookie ?? findCookie(display);
  const clock = options.clock ?? systemClock;
  const end = scope.own(new EndSignal(options.parentPipeFd, ['SIGINT', 'SIGTERM']));
  const controlPath = controlSocketPath(runtimeDir);
  refuseSecond(controlPath);
  const { env = process.env } = options;
  const clipboard =
    options.clipboard === false
      ? undefined
      : scope.own(await DaemonClipboard.start({ config, env, clock, log }));
  const panel = new DaemonPanelPort(() => reload.config);
  const desktop = scope.own(
    await Desktop.open({
      display,
      frame: config.frame,
      clock,
      log,
      clipboard: clipboard?.options,
      panel: { ...config.panel, port: panel },
      cookie,
    }),
  );
  clipboard?.shownOn(desktop.clipboard);
  const gone = new Promise<never>((_, reject) => {
    desktop.onLost((reason) => reject(serverGone(display, reason)));
  });
  // It may come while nobody waits for it yet.
  gone.catch(() => {});
  if (await isXwayland(display, cookie)) log.warn({}, XWAYLAND_WARNING);

  const notices = new SessionNotices({
    language: languageOf(env),
    clock,
    log,
    problem: (text) => desktop.clipboard?.problem(text),
  });
  let confinement = NOT_CONFINED;
  const roster = new Roster({
    runtimeDir,
    config,
    desktop,
    clock,
    log,
    attach: (name) => keeper.client.attach(name),
    broken: (name, end) => notices.ended(name, end),
  });
  const keeper = scope.own(
    new KeeperLink({
      runtimeDir,
      clock,
      log,
      changed: (status) => roster.changed(status),
      lost: (reason) => roster.lost(reason),
    }),
  );
  scope.own(roster);
  panel.serve({ roster, keeper: () => keeper.client });
  const handOvers = new HandOvers({ desktop, roster, log });
  handOvers.serveConfigured(config.qubes.values());
  let reachable: FileAccess | undefined;
  const reload: Reload = new Reload(config, {
    ...{ roster, handOvers, desktop, clipboard, log },
    keeper: () => keeper.client,
    mayOpen: (poolDir) => !reachable?.write || isWithin(reachable.write, poolDir),
  });
  scope.own(onHangup(() => void reload.signalled()));
  const screen = () => desktop.screen();
  // Before rights are given up: its devices and libraries can be opened only now.
  const xen = XenQubes.serve({ config, roster, clock, log, screen });
  if (xen) scope.own(xen);
  const handlers = controlHandlers({
    version: options.version,
    desktop,
    roster,
    handOvers,
    reload: () => reload.run(),
    policy: () => clipboard?.policy,
    confinement: () => confinement,
    clipboardEvents: () => clipboard?.records,
    logTail,
    keeper: () => keeper.client,
    shutdown: () => end.tell('it was asked to'),
  });
  scope.own(new ControlServer(controlPath, handlers, log));
  if (needsKeeper(config)) await Promise.race([keeper.start(), gone]);
  if (options.confine) {
    const audit = clipboard && auditPlaces(config.clipboard, env);
    const poolDir = env.LIVERY_POOL_DIR || undefined;
    const files = daemonFiles({ config, runtimeDir, audit, poolDir, logFile: options.logFile });
    confinement = confine({ env, files, xen: xen !== undefined, log });
    if (confinement.landlock > 0) reachable = files;
  }
  log.info({ display: `:${display.number}`, managed: desktop.managed }, 'the daemon is ready');
  options.onReady?.();
  optimizeEarly();
  const reason = await Promise.race([end.told, gone]);
  log.info({ reason }, 'the daemon ends');
  return EXIT.ok;
}

/** SIGHUP: what dom0 wrote is read again. */
function onHangup(listener: () => void): Disposable {
  process.on('SIGHUP', listener);
  return { [Symbol.dispose]: () => void process.off('SIGHUP', listener) };
}

/** Throws UserError DAEMON_RUNNING when one answers already. */
function refuseSecond(controlPath: string): void {
  let client: ControlClient;
  try {
    client = ControlClient.connect(controlPath);
  } catch {
    return;
  }
  client[Symbol.dispose]();
  throw new UserError('DAEMON_RUNNING', `a daemon is running already (${controlPath})`, {
    hint: 'ask it with: livery qube list',
  });
}

function serverGone(display: Display, reason: string): UserError {
  return new UserError('X_GONE', `the X server of :${display.number} is gone: ${reason}`, {
    exitCode: EXIT.unavailable,
    hint: 'the qubes go on without a screen; start the daemon again when there is one',
  });
}
