/**
 * `livery agent`: runs inside a qube. Its listening sockets and the pool are
 * inherited descriptors whose numbers stand in the environment; in a Xen domain
 * (`--channel xen`) it makes vchans and grants pages instead. Standard output
 * carries one line, `ready`, once both channels are served; diagnostics go to
 * standard error.
 */
import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { EXIT, type ExitCode, messageOf, UserError } from '../base/errors.ts';
import { optimizeEarly } from '../base/hot-code.ts';
import { DOM0, type DomainId, parseDomainId } from '../base/ids.ts';
import type { Channel } from '../channel/channel.ts';
import { PortListener } from '../channel/port-listener.ts';
import { SocketListener } from '../channel/socket-listener.ts';
import { type Fd, native } from '../native/addon.ts';
import { NEWEST, type Version } from '../protocol/version.ts';
import { Agent, type AgentOptions } from './agent.ts';
import { KEEP_MS } from './clipboard.ts';
import { lineLog } from './log.ts';
import type { ScreenSize } from './screen-size.ts';
import { PoolPages } from './shared-pages.ts';
import { openXenSide, type XenSideOptions } from './xen-side.ts';

/** What dom0 sees of the agent's version. */
const VERSION = 'livery-agent 0.1';

/** A day. */
const MAX_KEEP_SECONDS = 86_400;

const MIB = 1024 * 1024;
/** In a Xen domain; as for other qubes. */
const DEFAULT_POOL_MIB = 256;
const MAX_POOL_MIB = 4095;

const DESCRIPTORS = {
  gui: 'LIVERY_AGENT_GUI_FD',
  service: 'LIVERY_AGENT_SERVICE_FD',
  pool: 'LIVERY_AGENT_POOL_FD',
} as const;

/**
 * Serves until it is told to end (a signal, or the end of standard input when
 * that is the keeper's pipe: 0) or the qube's X server is gone (1). Throws
 * UserError for a wrong command line or missing descriptors.
 */
export async function runAgent(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const { channel, xen, ...options } = parseOptions(argv);
  const log = lineLog((line) => process.stderr.write(line));
  // Nobody reading our words is no reason to end.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const side = channel === 'xen' ? openXenSide({ ...xen, clock: systemClock, log }) : undefined;
  using _devices = side?.devices;
  await using agent = new Agent({
    ...(side ?? inherited(channel === 'port' ? atPort : atSocket, env)),
    ...options,
    ...{ version: VERSION, env, clock: systemClock, log },
  });
  const told = untilTold();
  await Promise.race([agent.start(), agent.ended]);
  process.stdout.write('ready\n');
  optimizeEarly();
  const reason = await Promise.race([agent.ended, told]);
  if (reason === undefined) return EXIT.ok;
  log.error({ reason }, 'the agent ends');
  return EXIT.failed;
}

/** Throws UserError USAGE for a missing descriptor, before any of them is taken. */
function inherited(
  listen: (fd: Fd) => Channel,
  env: NodeJS.ProcessEnv,
): Pick<AgentOptions, 'gui' | 'service' | 'pages'> {
  const number = (name: string): number => descriptorOf(env, name);
  const [gui, service, pool] = [
    number(DESCRIPTORS.gui),
    number(DESCRIPTORS.service),
    number(DESCRIPTORS.pool),
  ];
  return {
    gui: listen(native().adoptFd(gui)),
    service: listen(native().adoptFd(service)),
    pages: new PoolPages(native().adoptFd(pool)),
  };
}

function atSocket(fd: Fd): Channel {
  return new SocketListener({ at: { fd } });
}

/** In a virtual machine. */
function atPort(port: Fd): Channel {
  return new PortListener({ port, clock: systemClock });
}

/** Undefined when a signal asks us to end, or the keeper's end of standard input closes. */
function untilTold(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => resolve(undefined));
    }
    const input = fstatSync(0);
    // /dev/null ends at once and means nothing.
    if (!input.isFIFO() && !input.isSocket()) return;
    process.stdin.once('end', () => resolve(undefined));
    process.stdin.once('error', () => resolve(undefined));
    process.stdin.resume();
  });
}

type ChannelKind = 'socket' | 'port' | 'xen';

interface CommandLine {
  /** What the descriptors of the two channels are; `xen`: there are none. */
  readonly channel: ChannelKind;
  /** With `--channel xen` only. */
  readonly xen: Pick<XenSideOptions, 'guiDomain' | 'poolBytes'>;
  readonly protocol: Version;
  readonly xServer: 'xvfb' | 'xvnc';
  readonly screen: ScreenSize | undefined;
  readonly clipboardKeepMs: number | undefined;
}

const OPTIONS = [
  ...(['channel', 'gui-domain', 'pool-mib', 'protocol', 'screen'] as const),
  ...(['x-server', 'clipboard-seconds'] as const),
] as const;

function parseOptions(argv: readonly string[]): CommandLine {
  let values: Partial<Record<(typeof OPTIONS)[number], string>>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: Object.fromEntries(OPTIONS.map((name) => [name, { type: 'string' }])),
    }));
  } catch (error) {
    throw usage(messageOf(error));
  }
  return {
    channel: parseChannel(values.channel),
    xen: {
      guiDomain: parseDomain(values['gui-domain']),
      poolBytes: parsePool(values['pool-mib']),
    },
    protocol: parseProtocol(values.protocol),
    screen: parseScreen(values.screen),
    xServer: parseServer(values['x-server']),
    clipboardKeepMs: parseKeep(values['clipboard-seconds']),
  };
}

function parseChannel(text: string | undefined): ChannelKind {
  if (text === undefined || text === 'socket') return 'socket';
  if (text === 'port' || text === 'xen') return text;
  throw usage(`--channel ${text}: expected socket, port or xen`);
}

/** The domain of the daemon. */
function parseDomain(text: string | undefined): DomainId {
  if (text === undefined || text === '0') return DOM0;
  const domain = /^\d{1,5}$/.test(text) ? parseDomainId(Number(text)) : undefined;
  if (domain === undefined) throw usage(`--gui-domain ${text}: expected a domain id`);
  return domain;
}

function parsePool(text: string | undefined): number {
  const mib = text === undefined ? DEFAULT_POOL_MIB : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (mib < 1 || mib > MAX_POOL_MIB) {
    throw usage(`--pool-mib ${text}: expected 1 to ${MAX_POOL_MIB}`);
  }
  return mib * MIB;
}

/** 0 = what was pasted stays until something else is copied. */
function parseKeep(text: string | undefined): number | undefined {
  if (text === undefined) return KEEP_MS;
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_KEEP_SECONDS)) {
    throw usage(`--clipboard-seconds ${text}: expected 0 to ${MAX_KEEP_SECONDS}`);
  }
  return seconds === 0 ? undefined : seconds * 1000;
}

function parseProtocol(text: string | undefined): Version {
  if (text === undefined) return NEWEST;
  const minor = Number(/^1\.(\d)$/.exec(text)?.[1]);
  if (!(minor <= NEWEST.minor)) throw usage(`--protocol ${text}: expected 1.0 to 1.8`);
  return { major: 1, minor };
}

function parseScreen(text: string | undefined): ScreenSize | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{2,5})x(\d{2,5})$/.exec(text);
  if (!match) throw usage(`--screen ${text}: expected WIDTHxHEIGHT, for example 1920x1080`);
  return { width: Number(match[1]), height: Number(match[2]) };
}

function parseServer(text: string | undefined): 'xvfb' | 'xvnc' {
  if (text === undefined || text === 'xvfb') return 'xvfb';
  if (text === 'xvnc') return 'xvnc';
  throw usage(`--x-server ${text}: expected xvfb or xvnc`);
}

function descriptorOf(env: NodeJS.ProcessEnv, name: string): number {
  const text = env[name] ?? '';
  if (!/^\d{1,5}$/.test(text) || Number(text) < 3) {
    throw usage(`${name} does not name an inherited descriptor`);
  }
  return Number(text);
}

function usage(message: string): UserError {
  return new UserError('USAGE', `livery agent: ${message}`, {
    exitCode: EXIT.usage,
    hint: 'the keeper starts the agent; it is not meant to be started by hand',
  });
}
