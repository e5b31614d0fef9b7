/**
 * One qube on dom0's screen, by one process: the composition root of
 * `livery-guid`. Waits for the agent at its socket, serves it, waits again when
 * it goes. Ends when it is told to (0), when the qube breaks a rule, or when
 * the X server or the connection of the windows is gone (1).
 */
import { DEFAULT_LIMITS, type Limits } from '../base/budgets.ts';
import { EXIT, type ExitCode, messageOf, UserError } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Scope } from '../base/scope.ts';
import { channelPath, PORT } from '../channel/path.ts';
import { MAX_POOL_BYTES } from '../channel/pool.ts';
import type { PoolFile } from '../channel/pool-file.ts';
import { SocketChannel } from '../channel/socket-channel.ts';
import { watched } from '../channel/watched-channel.ts';
import type { QubeConfig } from '../config/config.ts';
import { openRuntimeDir, runtimeDirPath } from '../config/runtime-dir.ts';
import { openIconInlet } from '../daemon/icon-inlet.ts';
import { sharedPool } from '../daemon/shared-pool.ts';
import { Desktop } from '../desktop/desktop.ts';
import { PAGE_BYTES } from '../native/addon.ts';
import { versionWord } from '../protocol/version.ts';
import { GuiSession } from '../session/gui-session.ts';
import type { IconPort } from '../session/icon-port.ts';
import { XConnection } from '../x11/connection.ts';
import type { Display } from '../x11/display.ts';
import { ownDomain, poolDirOf, type ServeOptions, socketDir } from './circumstances.ts';
import { openGuidClipboard } from './clipboard/guid-clipboard.ts';
import { labelOf, readColor } from './color.ts';
import { confineGuid } from './confine.ts';
import { DelayedInput } from './delayed-input.ts';
import { invisibleDesktop } from './invisible.ts';
import type { Settings } from './settings.ts';

/** As many windows, and as much waiting for a qube that does not read, as the reference allows. */
const LIMITS: Limits = { ...DEFAULT_LIMITS, maxWindows: 1000, maxQueueBytes: 10_000_000 };
const FRAME_THICKNESS = 6;

/** Everything opened is owned by `scope`. Rejects with UserError when it cannot begin or go on. */
export async function serve(options: ServeOptions, scope: Scope): Promise<ExitCode> {
  const { settings, display, env, clock, log } = options;
  const colors = await readColors(display, settings);
  const version = (): number => {
    const { status } = gui;
    return status.state === 'ready' ? versionWord(status.version) : 0;
  };
  const clipboard = await openGuidClipboard(options, colors.label, version, scope);
  const desktop = scope.own(
    await Desktop.open({
      display,
      frame: { thickness: FRAME_THICKNESS },
      fill: colors.background,
      lockers: settings.lockers,
      clipboard: clipboard?.options,
      clock,
      log,
    }),
  );
  clipboard?.shownOn(desktop.clipboard);
  const pool = preparePool(settings, desktop, log);
  const config = qubeConfig(settings, colors.label);
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // It may come while nobody waits for it yet.
  failed.catch(() => {});
  desktop.onLost((reason) => fail(gone(`the X server of :${display.number} is gone: ${reason}`)));

  const channel = watched(
    new SocketChannel({
      path: socketPath(settings.domain, env),
      clock,
      maxQueueBytes: LIMITS.maxQueueBytes,
    }),
    {
      opened: () => {
        log.info({}, 'connected to the agent');
        options.connected();
      },
      closed: () => {
        delayed?.forget();
        const end = gui.lastEnd;
        if (end && end.code !== 'CHANNEL_CLOSED') fail(broken(end.code, end.reason));
        else {
          log.info({}, 'the agent went away; it is waited for');
          options.disconnected();
        }
      },
    },
  );
  const gui = new GuiSession({
    channel,
    clock,
    log,
    // How many pages there are is known when an image is drawn: the file may change.
    poolPages: MAX_POOL_BYTES / PAGE_BYTES,
    limits: LIMITS,
    screen: () => desktop.screen(),
  });
  const delayed =
    settings.eventsMaxDelayMs > 0
      ? scope.own(new DelayedInput(gui.qube, clock, settings.eventsMaxDelayMs))
      : undefined;
  if (pool === undefined) gui.start(invisibleDesktop);
  else {
    const attached = await desktop.attach({ config, pool, port: delayed ?? gui.qube });
    scope.onClose(() => attached.detach());
    attached.onLost((reason) => fail(gone(`the X connection of the windows ended: ${reason}`)));
    takeIcons(options, attached.icons, scope);
    gui.start(attached.port);
  }
  scope.own(gui);
  scope.own(
    options.onReload(() => {
      log.info({}, 'the screen is looked at again');
      desktop.lookAgain();
    }),
  );
  confineGuid(options);
  log.info({ display: `:${display.number}`, label: config.label.name }, 'waiting for the agent');
  const reason = await Promise.race([options.told, failed]);
  log.info({ reason }, 'the daemon ends');
  return EXIT.ok;
}

/** A directory that cannot be used costs the icons and nothing else. */
function takeIcons(
  { settings, env, clock, log }: ServeOptions,
  port: IconPort,
  scope: Scope,
): void {
  try {
    const runtimeDir = openRuntimeDir(runtimeDirPath(env));
    const inlet = openIconInlet({ runtimeDir, qube: settings.name, port, clock, log });
    if (inlet) scope.own(inlet);
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'icons of the qube are not taken');
  }
}

/** Throws UserError VCHAN_DOMAIN, PATH_TOO_LONG. */
function socketPath(domain: DomainId, env: NodeJS.ProcessEnv): string {
  return channelPath(socketDir(env), domain, ownDomain(env), PORT.gui);
}

interface Colors {
  readonly label: QubeConfig['label'];
  readonly background: number;
}

async function readColors(display: Display, settings: Settings): Promise<Colors> {
  const x = await XConnection.open(display, { name: 'colours' });
  try {
    return {
      label: labelOf(await readColor(x, settings.color), settings.labelIndex),
      background: await readColor(x, settings.background),
    };
  } finally {
    x[Symbol.dispose]();
  }
}

/** Undefined = nothing is shown. */
function preparePool(settings: Settings, desktop: Desktop, log: Log): PoolFile | undefined {
  if (settings.invisible) return undefined;
  return sharedPool({
    directory: poolDirOf(settings),
    domain: settings.domain,
    bytes: settings.poolBytes,
    screen: desktop.screen(),
    log,
  });
}

function qubeConfig(settings: Settings, label: QubeConfig['label']): QubeConfig {
  const protection = settings.overrideRedirectProtection ? 'limited' : 'free';
  return {
    name: settings.name,
    domainId: settings.domain,
    label,
    backend: 'sandbox',
    autostart: false,
    programs: [],
    home: undefined,
    network: false,
    poolBytes: settings.poolBytes,
    fullscreen: settings.fullscreen,
    titles: settings.utf8Titles ? 'unicode' : 'ascii',
    overrideRedirect: settings.overrideRedirect ? protection : 'never',
    properties: settings.properties,
    limits: LIMITS,
    clipboard: {
      copyChord: settings.copy,
      pasteChord: settings.paste,
      maxBytes: settings.maxClipboardBytes,
      careful: false,
    },
  };
}

function gone(message: string): UserError {
  return new UserError('X_GONE', message, { exitCode: EXIT.failed });
}

function broken(code: string, reason: string): UserError {
  return new UserError(code, `the session is over (${code}): ${reason}`, {
    exitCode: EXIT.failed,
  });
}
