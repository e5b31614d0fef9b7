/**
 * One qube on dom0's screen, by one process: the composition root of
 * `livery-guid`. Waits for the agent at its socket, serves it, waits again when
 * it goes. Ends when it is told to (0), when the qube breaks a rule, or when
 * the X server or the connection of the windows is gone (1).
 */
import { mkdirSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { EXIT, type ExitCode, messageOf, UserError } from '../base/errors.ts';
import { DOM0, type DomainId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Scope } from '../base/scope.ts';
import { channelPath, PORT } from '../channel/path.ts';
import { MAX_POOL_BYTES } from '../channel/pool.ts';
import { PoolFile } from '../channel/pool-file.ts';
import { SocketChannel } from '../channel/socket-channel.ts';
import type { QubeConfig } from '../config/config.ts';
import { openRuntimeDir, runtimeDirPath } from '../config/runtime-dir.ts';
import { openIconInlet } from '../daemon/icon-inlet.ts';
import { Desktop } from '../desktop/desktop.ts';
import { PAGE_BYTES } from '../native/addon.ts';
import { GuiSession } from '../session/gui-session.ts';
import type { IconPort } from '../session/icon-port.ts';
import { XConnection } from '../x11/connection.ts';
import type { Display } from '../x11/display.ts';
import { labelOf, readColor } from './color.ts';
import { DelayedInput } from './delayed-input.ts';
import { invisibleDesktop } from './invisible.ts';
import type { Settings } from './settings.ts';
import { watched } from './watched-channel.ts';

/** What the reference allows to wait for a qube that does not read. */
const MAX_QUEUE_BYTES = 10_000_000;
const MAX_WINDOWS = 1000;
const MIB = 1024 * 1024;
/** DESIGN 4: the larger of this and 16 times the screen. */
const MIN_POOL_BYTES = 256 * MIB;
const FRAME_THICKNESS = 6;
const DEFAULT_SOCKET_DIR = '/var/run/vchan';

export interface ServeOptions {
  readonly settings: Settings;
  readonly display: Display;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
  /** The agent is connected; called for each conversation. */
  connected(): void;
  /** The conversation is over and the agent is waited for again. */
  disconnected(): void;
  /** Resolves when the process is told to end. */
  readonly told: Promise<string>;
  /** Calls `listener` when the screen is to be looked at again. */
  onReload(listener: () => void): Disposable;
}

/** Everything opened is owned by `scope`. Rejects with UserError when it cannot begin or go on. */
export async function serve(options: ServeOptions, scope: Scope): Promise<ExitCode> {
  const { settings, display, env, clock, log } = options;
  const colors = await readColors(display, settings);
  const desktop = scope.own(
    await Desktop.open({
      display,
      frame: { thickness: FRAME_THICKNESS },
      fill: colors.background,
      lockers: settings.lockers,
      clock,
      log,
    }),
  );
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
      maxQueueBytes: MAX_QUEUE_BYTES,
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
    maxWindows: MAX_WINDOWS,
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
  const own = env.VCHAN_DOMAIN ?? '0';
  if (!/^\d{1,5}$/.test(own)) {
    throw new UserError('VCHAN_DOMAIN', `VCHAN_DOMAIN is "${own}"; expected a domain id`);
  }
  const client = Number(own) === 0 ? DOM0 : (Number(own) as DomainId);
  return channelPath(env.VCHAN_SOCKET_DIR || DEFAULT_SOCKET_DIR, domain, client, PORT.gui);
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
  if (settings.poolDir === undefined) {
    throw new UserError('POOL_DIR', 'where the memory of the qube lies is not known', {
      hint: 'name the directory of dom-ID.pool with --pool-dir or LIVERY_POOL_DIR',
    });
  }
  const { width, height } = desktop.screen();
  const wanted = settings.poolBytes ?? Math.max(MIN_POOL_BYTES, 16 * width * height * 4);
  const bytes = Math.min(Math.ceil(wanted / PAGE_BYTES) * PAGE_BYTES, MAX_POOL_BYTES);
  const pool = new PoolFile(settings.poolDir, settings.domain, Math.max(bytes, MIN_POOL_BYTES));
  try {
    mkdirSync(settings.poolDir, { recursive: true, mode: 0o700 });
    const how = pool.create(bytes);
    log.debug({ path: pool.path, how, bytes }, 'the memory of the qube');
  } catch (error) {
    // The other side may make it yet.
    log.warn({}, messageOf(error));
  }
  return pool;
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
    limits: { maxWindows: MAX_WINDOWS, maxQueueBytes: MAX_QUEUE_BYTES },
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
