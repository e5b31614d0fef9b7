/**
 * The command line of `livery-guid`: every option of qubes-guid with its
 * meaning (and a few of Livery's own, which must be written out), as a table.
 * What the values mean is in settings.ts.
 */
import type { OptionRow } from './getopt.ts';

export type OptionName =
  | 'domid'
  | 'target-domid'
  | 'name'
  | 'color'
  | 'label'
  | 'icon'
  | 'config'
  | 'verbose'
  | 'quiet'
  | 'background'
  | 'foreground'
  | 'invisible'
  | 'qrexec-for-clipboard'
  | 'kill-on-connect'
  | 'prop'
  | 'title-name'
  | 'trayicon-mode'
  | 'screensaver-name'
  | 'override-redirect'
  | 'max-clipboard-size'
  | 'help'
  | 'version'
  | 'pool-dir'
  | 'pool-mib'
  | 'daemon'
  | 'share-clipboard'
  | 'clipboard-policy'
  | 'qubes-dir';

export interface GuidOption extends OptionRow {
  readonly long: OptionName;
  /** What its value is called, for the usage text. */
  readonly value?: string;
  readonly help: string;
}

const flag = (short: string, long: OptionName, help: string): GuidOption => ({
  short,
  long,
  takesValue: false,
  help,
});
const valued = (short: string, long: OptionName, value: string, help: string): GuidOption => ({
  short,
  long,
  takesValue: true,
  value,
  help,
});
const longOnly = (long: OptionName, value: string | undefined, help: string): GuidOption => ({
  long,
  takesValue: value !== undefined,
  ...(value === undefined ? {} : { value }),
  help,
});

export const GUID_OPTIONS: readonly GuidOption[] = [
  valued('d', 'domid', 'ID', 'domain to connect to, 1 to 32751; required'),
  valued('t', 'target-domid', 'ID', 'the qube itself when --domid is its stub domain'),
  valued('N', 'name', 'NAME', 'name of the qube; required'),
  valued('c', 'color', 'COLOR', 'label colour: 0xRRGGBB or an X colour name; default red'),
  valued('l', 'label', 'NUMBER', 'number of the label'),
  valued('i', 'icon', 'ICON', 'icon name or PNG file; not shown'),
  valued('C', 'config', 'FILE', 'configuration; default /etc/qubes/guid.conf'),
  flag('v', 'verbose', 'say more; may be repeated'),
  flag('q', 'quiet', 'say less'),
  flag('n', 'background', 'do not wait for the agent'),
  flag('f', 'foreground', 'stay in the foreground and log to standard error'),
  flag('I', 'invisible', 'show no windows'),
  flag('Q', 'qrexec-for-clipboard', 'clipboard by qrexec services; not available'),
  valued('K', 'kill-on-connect', 'PID', 'send SIGUSR1 to PID when the channel is up'),
  valued('p', 'prop', 'NAME=TYPE:VALUE', 'X property for every window; type s, a or c; up to 10'),
  flag('T', 'title-name', 'prefix titles with the name of the qube; always on'),
  longOnly('trayicon-mode', 'MODE', 'how tray icons look; they have a border of the label'),
  longOnly('screensaver-name', 'NAME', 'WM_CLASS instance of a screen locker; up to 10'),
  longOnly('override-redirect', 'allow|disabled', 'whether windows may do without the manager'),
  longOnly('max-clipboard-size', 'BYTES', 'what the qube may copy, 256 to 256000'),
  flag('h', 'help', 'this text'),
  longOnly('version', undefined, 'the protocol version'),
  { ...longOnly('pool-dir', 'DIR', 'where dom-ID.pool lies; or LIVERY_POOL_DIR'), exact: true },
  { ...longOnly('pool-mib', 'MIB', 'its size when it must be made'), exact: true },
  { ...longOnly('daemon', undefined, 'hand the qube to the daemon that runs'), exact: true },
  { ...longOnly('share-clipboard', undefined, 'share it with other daemons'), exact: true },
  { ...longOnly('clipboard-policy', 'FILE', 'what may be pasted where'), exact: true },
  { ...longOnly('qubes-dir', 'DIR', 'where qubes-clipboard.bin lies'), exact: true },
];

/** What --version prints; launchers look at it. */
export const VERSION_TEXT = 'Qubes GUI Daemon protocol version: 1.8\n';

export function usage(program: string): string {
  const lines = GUID_OPTIONS.map(({ short, long, value, help }) => {
    const names = `${short === undefined ? '   ' : `-${short},`} --${long}`;
    return `  ${`${names}${value === undefined ? '' : `=${value}`}`.padEnd(38)} ${help}\n`;
  });
  return `Usage: ${program} -d ID -N NAME [options]\n${lines.join('')}`;
}
