/**
 * What the group `global` of guid.conf says, key by key, with qubes-guid's own
 * leniency: unknown keys are ignored, a value of the wrong kind counts as false
 * or 0 (said in one line), and only a few mistakes end the program.
 */
import { ConfigError } from '../base/errors.ts';
import { type Chord, parseGuidSequence } from '../config/chord.ts';
import { DEFAULT_QUBE_CLIPBOARD } from '../config/clipboard.ts';
import { type Group, parseLibconfig, type Setting } from './libconfig.ts';

export const CLIPBOARD_BYTES = { min: 256, max: 256_000, default: 64_000 } as const;
const MAX_EVENTS_DELAY_MS = 5000;
/** Where `@include` may read. */
const INCLUDE_DIR = '/etc/qubes';
const TRAY_MODE = /^(bg|border1|border2|tint.*)$/;

export interface FileSettings {
  readonly fullscreen: boolean;
  readonly overrideRedirectProtection: boolean;
  readonly overrideRedirect: boolean;
  readonly utf8Titles: boolean;
  readonly copy: Chord | undefined;
  readonly paste: Chord | undefined;
  readonly maxClipboardBytes: number;
  /** With qubes-guid and others, by the files in `qubesDir`. */
  readonly shareClipboard: boolean;
  /** A policy that must be there; undefined = clipboard.policy beside livery.toml, else the shipped one. */
  readonly clipboardPolicy: string | undefined;
  readonly background: string;
  /** Seconds; 0 or less = the start is not waited for. */
  readonly startupTimeout: number;
  readonly eventsMaxDelayMs: number;
  /** 0 = mistakes only, 1 = as usual, more = more; -v and -q go on from here. */
  readonly logLevel: number;
}

export const DEFAULT_SETTINGS: FileSettings = {
  fullscreen: false,
  overrideRedirectProtection: true,
  overrideRedirect: true,
  utf8Titles: false,
  copy: DEFAULT_QUBE_CLIPBOARD.copyChord,
  paste: DEFAULT_QUBE_CLIPBOARD.pasteChord,
  maxClipboardBytes: CLIPBOARD_BYTES.default,
  shareClipboard: false,
  clipboardPolicy: undefined,
  background: 'white',
  startupTimeout: 45,
  eventsMaxDelayMs: 0,
  logLevel: 1,
};

/**
 * @param remark called with what is odd and went on
 * @throws ConfigError with file and line
 */
export function readSettings(
  text: string,
  file: string,
  remark: (line: string) => void,
  includeDir = INCLUDE_DIR,
): FileSettings {
  const root = parseLibconfig(text, file, includeDir).get('global');
  if (root === undefined) return DEFAULT_SETTINGS;
  const group: Group = root.value.kind === 'group' ? root.value.settings : new Map();
  const reader = new Reader(group, file, remark);
  const defaults = DEFAULT_SETTINGS;
  reader.trayMode();
  return {
    fullscreen: reader.boolean('allow_fullscreen', defaults.fullscreen),
    overrideRedirectProtection: reader.boolean(
      'override_redirect_protection',
      defaults.overrideRedirectProtection,
    ),
    overrideRedirect: reader.overrideRedirect(),
    utf8Titles: reader.boolean('allow_utf8_titles', defaults.utf8Titles),
    copy: reader.sequence('secure_copy_sequence', defaults.copy),
    paste: reader.sequence('secure_paste_sequence', defaults.paste),
    maxClipboardBytes: reader.clipboardBytes(),
    shareClipboard: reader.boolean('share_clipboard', defaults.shareClipboard),
    clipboardPolicy: reader.string('clipboard_policy'),
    background: reader.string('window_background_color') ?? defaults.background,
    startupTimeout: reader.integer('startup_timeout', defaults.startupTimeout),
    eventsMaxDelayMs: reader.eventsDelay(),
    logLevel: Math.max(0, reader.integer('log_level', defaults.logLevel)),
  };
}

/** `allow` or `disabled`; launchers also write `disable`. Undefined = neither. */
export function parseOverrideRedirect(text: string): boolean | undefined {
  if (text === 'allow') return true;
  return text === 'disabled' || text === 'disable' ? false : undefined;
}

export function isTrayMode(text: string): boolean {
  return TRAY_MODE.test(text);
}

class Reader {
  readonly #group: Group;
  readonly #file: string;
  readonly #remark: (line: string) => void;

  constructor(group: Group, file: string, remark: (line: string) => void) {
    this.#group = group;
    this.#file = file;
    this.#remark = remark;
  }

  boolean(key: string, otherwise: boolean): boolean {
    const setting = this.#group.get(key);
    if (!setting) return otherwise;
    if (setting.value.kind === 'boolean') return setting.value.value;
    this.#wrong(key, setting, 'true or false', 'false');
    return false;
  }

  integer(key: string, otherwise: number): number {
    const setting = this.#group.get(key);
    if (!setting) return otherwise;
    const { value } = setting;
    if (value.kind === 'integer' && BigInt.asIntN(32, value.value) === value.value) {
      return Number(value.value);
    }
    this.#wrong(key, setting, 'a whole number', '0');
    return 0;
  }

  string(key: string): string | undefined {
    const setting = this.#group.get(key);
    if (!setting) return undefined;
    if (setting.value.kind === 'string') return setting.value.value;
    this.#wrong(key, setting, 'a string', 'not set');
    return undefined;
  }

  overrideRedirect(): boolean {
    const setting = this.#group.get('override_redirect');
    if (!setting) return DEFAULT_SETTINGS.overrideRedirect;
    const { value } = setting;
    const parsed = value.kind === 'string' ? parseOverrideRedirect(value.value) : undefined;
    if (parsed !== undefined) return parsed;
    throw this.#fatal('override_redirect', setting, 'expected "allow" or "disabled"');
  }

  sequence(key: string, otherwise: Chord | undefined): Chord | undefined {
    const setting = this.#group.get(key);
    const text = setting && this.string(key);
    if (!setting || text === undefined) return otherwise;
    const parsed = parseGuidSequence(text);
    if (parsed.ok) {
      if (!parsed.chord) this.#remark(`${this.#at(key, setting)}: switched off`);
      return parsed.chord;
    }
    throw this.#fatal(key, setting, parsed.fault);
  }

  clipboardBytes(): number {
    const setting = this.#group.get('max_clipboard_size');
    const otherwise = DEFAULT_SETTINGS.maxClipboardBytes;
    if (!setting) return otherwise;
    const bytes = this.integer('max_clipboard_size', otherwise);
    if (bytes >= CLIPBOARD_BYTES.min && bytes <= CLIPBOARD_BYTES.max) return bytes;
    const range = `${CLIPBOARD_BYTES.min} to ${CLIPBOARD_BYTES.max}`;
    this.#remark(`${this.#at('max_clipboard_size', setting)}: expected ${range}; ignored`);
    return otherwise;
  }

  eventsDelay(): number {
    const setting = this.#group.get('events_max_delay');
    if (!setting) return DEFAULT_SETTINGS.eventsMaxDelayMs;
    const ms = this.integer('events_max_delay', 0);
    if (ms >= 0 && ms <= MAX_EVENTS_DELAY_MS) return ms;
    throw this.#fatal('events_max_delay', setting, `expected 0 to ${MAX_EVENTS_DELAY_MS}`);
  }

  /** Checked, though there are no tray icons to be shown. */
  trayMode(): void {
    const setting = this.#group.get('trayicon_mode');
    const mode = setting && this.string('trayicon_mode');
    if (setting && mode !== undefined && !isTrayMode(mode)) {
      throw this.#fatal('trayicon_mode', setting, 'expected bg, border1, border2 or tint');
    }
  }

  #wrong(key: string, setting: Setting, expected: string, taken: string): void {
    this.#remark(`${this.#at(key, setting)}: expected ${expected}; taken as ${taken}`);
  }

  #fatal(key: string, setting: Setting, what: string): ConfigError {
    return new ConfigError(`${this.#at(key, setting)}: ${what}`);
  }

  #at(key: string, setting: Setting): string {
    return `${this.#file}:${setting.line}: ${key}`;
  }
}
