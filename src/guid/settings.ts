/**
 * Everything that one `livery-guid` was told: built-in defaults, the
 * configuration file, the command line, in this order (gui-daemon 5.1). What
 * cannot be meant ends the program; what has no effect here is said in a line.
 */
import { readFileSync } from 'node:fs';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { type DomainId, parseDomainId, parseQubeName, type QubeName } from '../base/ids.ts';
import type { FrameProperty } from '../config/config.ts';
import { parseBase0, parseFrameProperty } from './frame-property.ts';
import { type Given, type Scan, scanOptions } from './getopt.ts';
import { GUID_OPTIONS, type GuidOption, type OptionName } from './options.ts';
import {
  CLIPBOARD_BYTES,
  DEFAULT_SETTINGS,
  type FileSettings,
  isTrayMode,
  parseOverrideRedirect,
  readSettings,
} from './settings-file.ts';

const DEFAULT_CONFIG = '/etc/qubes/guid.conf';
const DEFAULT_QUBES_DIR = '/var/run/qubes';
const MAX_PROPERTIES = 10;
const MAX_LOCKERS = 10;
const MAX_POOL_MIB = 4095;

export interface Settings extends FileSettings {
  readonly domain: DomainId;
  readonly name: QubeName;
  /** As written; made a colour when the X server is there. */
  readonly color: string;
  readonly labelIndex: number;
  /** 0 errors, 1 what a person wants to know, 2 and more everything. */
  readonly logLevel: number;
  readonly foreground: boolean;
  readonly invisible: boolean;
  readonly killOnConnect: number | undefined;
  readonly properties: readonly FrameProperty[];
  /** Undefined = the well-known ones. */
  readonly lockers: ReadonlySet<string> | undefined;
  readonly poolDir: string | undefined;
  readonly poolBytes: number | undefined;
  /** The daemon that runs already shows the qube. */
  readonly handOver: boolean;
  /** Where the files of the shared clipboard lie. */
  readonly qubesDir: string;
  /** What was asked for and has no effect, a line each. */
  readonly remarks: readonly string[];
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly settings: Settings };

/** The command line is wrong; the usage is shown when `usage`. */
export class CommandLineError extends UserError {
  readonly showUsage: boolean;

  constructor(message: string, showUsage = false) {
    super('USAGE', message, { exitCode: EXIT.failed });
    this.showUsage = showUsage;
  }
}

/** Throws CommandLineError, ConfigError. @param words what follows the program's name */
export function readCommand(words: readonly string[], env: NodeJS.ProcessEnv): Command {
  const scan = scanOptions(GUID_OPTIONS, words);
  // Help and version come before anything that is wrong.
  for (const { row } of scan.given) {
    if (row.long === 'help' || row.long === 'version') return { kind: row.long };
  }
  const remarks: string[] = [];
  const file = fileSettings(lastValue(scan, 'config'), remarks);
  const [fault] = scan.faults;
  if (fault !== undefined) throw new CommandLineError(fault, true);
  if (scan.dashes || scan.rest.length > 0) {
    const word = scan.dashes ? '--' : scan.rest[0];
    throw new CommandLineError(`unexpected argument: ${word}`, true);
  }
  const reader = new ArgumentReader(file, env, remarks);
  for (const given of scan.given) reader.take(given);
  return { kind: 'run', settings: reader.settings() };
}

function lastValue(scan: Scan<GuidOption>, name: OptionName): string | undefined {
  return scan.given.findLast(({ row }) => row.long === name)?.value;
}

function fileSettings(named: string | undefined, remarks: string[]): FileSettings {
  const path = named ?? DEFAULT_CONFIG;
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    remarks.push(`the configuration is not read, defaults are used: ${messageOf(error)}`);
    return DEFAULT_SETTINGS;
  }
  return readSettings(text, path, (line) => remarks.push(line));
}

class ArgumentReader {
  #file: FileSettings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #remarks: string[];
  readonly #properties: FrameProperty[] = [];
  readonly #lockers: string[] = [];
  #domain: DomainId | undefined;
  #target: DomainId | undefined;
  #name: QubeName | undefined;
  #color = 'red';
  #labelIndex = 0;
  #logLevel: number;
  #foreground = false;
  #invisible = false;
  #qrexec = false;
  #kill: number | undefined;
  #poolDir: string | undefined;
  #poolBytes: number | undefined;
  #handOver = false;
  #qubesDir = DEFAULT_QUBES_DIR;

  constructor(file: FileSettings, env: NodeJS.ProcessEnv, remarks: string[]) {
    this.#file = file;
    this.#logLevel = file.logLevel;
    this.#env = env;
    this.#remarks = remarks;
  }

  take({ row, value }: Given<GuidOption>): void {
    switch (row.long) {
      case 'domid':
        this.#domain = domainId(value, this.#domain, 'domid');
        return;
      case 'target-domid':
        this.#target = domainId(value, this.#target, 'target-domid');
        return;
      case 'name':
        this.#name = parseQubeName(value);
        if (this.#name === undefined) throw new CommandLineError(`invalid qube name: ${value}`);
        return;
      case 'color':
        this.#color = value;
        return;
      case 'label':
        // As the C library reads it: what is no number is 0.
        this.#labelIndex = parseBase0(value.trim()) ?? 0;
        return;
      case 'icon':
        this.#remarks.push('-i: icons are not shown');
        return;
      case 'verbose':
        this.#logLevel++;
        return;
      case 'quiet':
        this.#logLevel = Math.max(0, this.#logLevel - 1);
        return;
      case 'background':
        this.#file = { ...this.#file, startupTimeout: 0 };
        return;
      case 'foreground':
        this.#foreground = true;
        return;
      case 'invisible':
        this.#invisible = true;
        return;
      case 'qrexec-for-clipboard':
        this.#qrexec = true;
        return;
      case 'kill-on-connect':
        this.#kill = processId(value);
        return;
      case 'prop':
        this.#addProperty(value);
        return;
      case 'title-name':
        this.#remarks.push('-T: titles always begin with the name of the qube');
        return;
      case 'trayicon-mode':
        if (!isTrayMode(value)) throw new CommandLineError(`invalid trayicon mode: ${value}`);
        this.#remarks.push('--trayicon-mode: tray icons have a border of the label');
        return;
      case 'screensaver-name':
        if (this.#lockers.length === MAX_LOCKERS) {
          throw new CommandLineError(`more than ${MAX_LOCKERS} times --screensaver-name`);
        }
        this.#lockers.push(value);
        return;
      case 'override-redirect': {
        const overrideRedirect = parseOverrideRedirect(value);
        if (overrideRedirect === undefined) {
          throw new CommandLineError(`--override-redirect is allow or disabled, not ${value}`);
        }
        this.#file = { ...this.#file, overrideRedirect };
        return;
      }
      case 'max-clipboard-size':
        this.#file = { ...this.#file, maxClipboardBytes: clipboardBytes(value) };
        return;
      case 'pool-dir':
        this.#poolDir = value;
        return;
      case 'pool-mib':
        this.#poolBytes = poolBytes(value);
        return;
      case 'daemon':
        this.#handOver = true;
        return;
      case 'share-clipboard':
        this.#file = { ...this.#file, shareClipboard: true };
        return;
      case 'clipboard-policy':
        this.#file = { ...this.#file, clipboardPolicy: value };
        return;
      case 'qubes-dir':
        this.#qubesDir = value;
        return;
      case 'config':
      case 'help':
      case 'version':
        return;
      default:
        row.long satisfies never;
    }
  }

  settings(): Settings {
    if (this.#domain === undefined) throw new CommandLineError('the domain is missing: -d ID');
    if (this.#name === undefined) throw new CommandLineError('the qube is missing: -N NAME');
    const stub = this.#target !== undefined && this.#target !== this.#domain;
    if (this.#qrexec || stub) {
      const why = this.#qrexec ? '-Q' : '-t';
      this.#remarks.push(`${why}: the clipboard by qrexec services is refused; it stays off`);
    }
    if (this.#handOver) this.#checkHandOver();
    const fromEnvironment = this.#env.LIVERY_POOL_DIR;
    return {
      ...this.#file,
      domain: this.#domain,
      name: this.#name,
      color: this.#color,
      labelIndex: this.#labelIndex,
      logLevel: this.#logLevel,
      foreground: this.#foreground,
      invisible: this.#invisible,
      // In the foreground is also who only comes back: it has no one to end.
      killOnConnect: this.#foreground ? undefined : this.#kill,
      properties: this.#properties,
      lockers: this.#lockers.length > 0 ? new Set(this.#lockers) : undefined,
      poolDir: this.#poolDir ?? (fromEnvironment === '' ? undefined : fromEnvironment),
      poolBytes: this.#poolBytes,
      handOver: this.#handOver,
      qubesDir: this.#qubesDir,
      remarks: this.#remarks,
    };
  }

  #checkHandOver(): void {
    if (this.#invisible) throw new CommandLineError('-I cannot be had with --daemon');
    this.#remarks.push(
      "--daemon: the daemon's configuration says how windows, titles and the clipboard are",
    );
  }

  #addProperty(text: string): void {
    if (this.#properties.length === MAX_PROPERTIES) {
      throw new CommandLineError(`more than ${MAX_PROPERTIES} properties`);
    }
    const property = parseFrameProperty(text);
    if (typeof property === 'string') throw new CommandLineError(`-p: ${property}`);
    this.#properties.push(property);
  }
}

function domainId(text: string, before: DomainId | undefined, option: string): DomainId {
  if (before !== undefined) throw new CommandLineError(`--${option} is given twice`);
  const id = /^\s*\+?\d+$/.test(text) ? parseDomainId(Number(text)) : undefined;
  if (id === undefined) throw new CommandLineError(`invalid domain ID: ${text}`);
  return id;
}

/** Never 0 or below: that would name a group of processes. */
function processId(text: string): number {
  const pid = /^\s*\d+$/.test(text) ? Number(text) : 0;
  if (pid < 2 || pid > 2 ** 31 - 1) throw new CommandLineError(`invalid process ID: ${text}`);
  return pid;
}

function clipboardBytes(text: string): number {
  const bytes = Number.parseInt(text, 10);
  if (bytes >= CLIPBOARD_BYTES.min && bytes <= CLIPBOARD_BYTES.max) return bytes;
  const range = `${CLIPBOARD_BYTES.min} to ${CLIPBOARD_BYTES.max}`;
  throw new CommandLineError(`--max-clipboard-size is ${range}, not ${text}`);
}

function poolBytes(text: string): number {
  const mib = /^\d+$/.test(text) ? Number(text) : 0;
  if (mib < 1 || mib > MAX_POOL_MIB) {
    throw new CommandLineError(`--pool-mib is 1 to ${MAX_POOL_MIB}, not ${text}`);
  }
  return mib * 1024 * 1024;
}
