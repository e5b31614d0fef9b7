/**
 * livery.toml read and checked. Everything that dom0 believes about a qube
 * comes from here; so nothing is guessed: an unknown key, an unknown label or
 * a value out of range refuses the whole file, and all mistakes are told at once.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { DEFAULT_LIMITS, type Limits } from '../base/budgets.ts';
import { ConfigError } from '../base/errors.ts';
import { type DomainId, parseQubeName, type QubeName } from '../base/ids.ts';
import { didYouMean } from '../base/suggest.ts';
import { BUILTIN_LABELS, colorText, type Label } from '../trust/label.ts';
import { labelConflicts, MIN_LABEL_DISTANCE } from '../trust/label-rules.ts';
import { clipboardOf, qubeClipboardOf, refuseSameChords } from './clipboard.ts';
import type { Config, QubeClipboard, QubeConfig, QubePlace } from './config.ts';
import { KeyLines } from './key-lines.ts';
import { LimitsTable, limitsOf } from './limits.ts';
import { isTable, Mistakes, shown } from './mistakes.ts';
import { panelOf, refuseOverlayChord } from './panel.ts';
import {
  ClipboardTable,
  FrameTable,
  LabelTable,
  PanelTable,
  type QubeEntry,
  QubeTable,
} from './schema.ts';

const DEFAULT_FRAME_THICKNESS = 6;

const TABLES = ['frame', 'panel', 'limits', 'clipboard', 'labels', 'qube'];
const MAX_FILE_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;
/** The largest power of two below 4 GiB. */
const MAX_MACHINE_POOL_MIB = 2048;

/** The ids that qubes have already; those that the file leaves open stay what they are. */
export type KnownIds = ReadonlyMap<QubeName, DomainId>;

const NO_IDS: KnownIds = new Map();

/** Reads and checks `file`. Throws ConfigError with file, line and what was expected. */
export function readConfig(file: string): Config {
  return parseConfig(textOf(file), file);
}

/** A configuration, and what tells its text from any other. */
export interface ReadAgain {
  readonly config: Config;
  /** SHA-256 of the file, in hex. */
  readonly digest: string;
}

/** Like `readConfig`, for a process that has a configuration already. */
export function readConfigAgain(file: string, ids: KnownIds): ReadAgain {
  const text = textOf(file);
  const digest = createHash('sha256').update(text).digest('hex');
  return { config: parseConfig(text, file, ids), digest };
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MAX_FILE_BYTES) throw new Error('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`cannot read the configuration ${file}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8';
  return error instanceof Error ? error.message : String(error);
}

/** The configuration in `text`; `file` is only named in errors. */
export function parseConfig(text: string, file: string, ids: KnownIds = NO_IDS): Config {
  const document = parseToml(text, file);
  const mistakes = new Mistakes(file, new KeyLines(text));
  mistakes.unknownKeys([], document, TABLES);

  const frame = mistakes.table(['frame'], document.frame ?? {}, FrameTable);
  const limits = limitsOf(
    mistakes.table(['limits'], document.limits ?? {}, LimitsTable),
    DEFAULT_LIMITS,
  );
  const labels = readLabels(document.labels, mistakes);
  const clipboard = mistakes.table(['clipboard'], document.clipboard ?? {}, ClipboardTable);
  const forAll = qubeClipboardOf(clipboard);
  refuseSameChords(['clipboard'], forAll, mistakes);
  const panel = panelOf(mistakes.table(['panel'], document.panel ?? {}, PanelTable));
  const qubes = readQubes(document.qube, labels.all, { limits, clipboard: forAll, ids }, mistakes);
  refuseOverlayChord(panel, forAll, qubes, mistakes);
  refuseConflicts(labels, qubes, mistakes);
  mistakes.throwIfAny();
  return {
    file,
    labels: labels.all,
    qubes: new Map(qubes.map((qube) => [qube.name, qube])),
    frame: { thickness: frame?.thickness ?? DEFAULT_FRAME_THICKNESS, name: frame?.name ?? 'auto' },
    clipboard: clipboardOf(clipboard),
    panel,
  };
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text, { maxDepth: 16 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw new ConfigError(
      `${file}:${error.line}: not valid TOML at column ${error.column}: ${first}`,
    );
  }
}

function readLabels(
  value: unknown,
  mistakes: Mistakes,
): { all: Map<string, Label>; own: ReadonlySet<string> } {
  const all = new Map(BUILTIN_LABELS.map((label) => [label.name, label]));
  const own = new Set<string>();
  if (value !== undefined && !isTable(value)) {
    mistakes.add(['labels'], `expected tables such as [labels.mail], found ${shown(value)}`);
    return { all, own };
  }
  for (const [name, table] of Object.entries(value ?? {})) {
    const path = ['labels', name];
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,30}$/.test(name)) {
      mistakes.add(path, 'expected a label name: a letter, then up to 30 letters, digits, _ or -');
    }
    const entry = mistakes.table(path, table, LabelTable);
    if (!entry) continue;
    const color = Number.parseInt(entry.color.slice(1), 16);
    all.set(name, { name, color, pattern: entry.pattern });
    own.add(name);
  }
  return { all, own };
}

function readQubes(
  value: unknown,
  labels: ReadonlyMap<string, Label>,
  forAll: { readonly limits: Limits; readonly clipboard: QubeClipboard; readonly ids: KnownIds },
  mistakes: Mistakes,
): QubeConfig[] {
  if (value !== undefined && !isTable(value)) {
    mistakes.add(['qube'], `expected tables such as [qube.work], found ${shown(value)}`);
    return [];
  }
  const entries: { name: QubeName; entry: QubeEntry; label: Label }[] = [];
  for (const [text, table] of Object.entries(value ?? {})) {
    const path = ['qube', text];
    const name = parseQubeName(text);
    if (!name) {
      mistakes.add(
        path,
        'expected a qube name: a letter, then up to 30 letters, digits, _ . or -; not none, default, dom0',
      );
    }
    const entry = mistakes.table(path, table, QubeTable);
    const label = entry && labels.get(entry.label);
    if (entry && !label) {
      mistakes.add(
        [...path, 'label'],
        `no such label: ${shown(entry.label)}${didYouMean(entry.label, labels.keys())}; expected one of ${[...labels.keys()].join(', ')}`,
      );
    }
    if (entry) checkBackend(path, entry, mistakes);
    if (name && entry && label) entries.push({ name, entry, label });
  }
  const ids = domainIds(entries, forAll.ids, mistakes);
  return entries.map(({ name, entry, label }, i) => ({
    name,
    domainId: ids[i] as DomainId,
    label,
    backend: entry.backend ?? 'sandbox',
    attach: placeOf(entry),
    domain: entry.backend === 'xen' ? (entry.domain ?? name) : undefined,
    autostart: entry.autostart ?? false,
    programs: entry.programs ?? [],
    home: entry.home,
    homeBytes: entry.home_mib === undefined ? undefined : entry.home_mib * MIB,
    network: entry.network ?? false,
    memoryBytes: entry.memory_mib === undefined ? undefined : entry.memory_mib * MIB,
    poolBytes: entry.pool_mib === undefined ? undefined : entry.pool_mib * MIB,
    fullscreen: entry.fullscreen ?? false,
    titles: entry.titles ?? 'unicode',
    limits: limitsOf(entry.limits, forAll.limits),
    clipboard: clipboardIn(name, entry, forAll.clipboard, mistakes),
  }));
}

/** A qube that somebody else runs is not ours to start, and its number is not ours to choose. */
function checkBackend(path: string[], entry: QubeEntry, mistakes: Mistakes): void {
  const attach = entry.backend === 'attach';
  for (const key of ['channel_dir', 'pool_dir'] as const) {
    if (!attach && entry[key] !== undefined) {
      mistakes.add([...path, key], 'expected backend = "attach" with this key');
    }
  }
  checkMachine(path, entry, mistakes);
  checkDomain(path, entry, mistakes);
  if (!attach) return;
  for (const key of ['autostart', 'home', 'network'] as const) {
    if (entry[key] !== undefined) {
      mistakes.add([...path, key], 'backend = "attach": somebody else runs it; leave this key out');
    }
  }
  if (entry.id === undefined) {
    mistakes.add(path, 'backend = "attach": expected its domain id, as in id = 5');
  }
  if ((entry.channel_dir === undefined) !== (entry.pool_dir === undefined)) {
    mistakes.add(path, 'expected both channel_dir and pool_dir, or none of them');
  }
}

/** A virtual machine keeps its home on a disk, and shares memory in a size that a PCI device can have. */
function checkMachine(path: string[], entry: QubeEntry, mistakes: Mistakes): void {
  if (entry.backend !== 'qemu') {
    for (const key of ['memory_mib', 'home_mib'] as const) {
      if (entry[key] === undefined) continue;
      mistakes.add([...path, key], 'expected backend = "qemu" with this key');
    }
    return;
  }
  if (entry.home_mib !== undefined && entry.home === undefined) {
    mistakes.add([...path, 'home_mib'], 'expected home with this key: where its disk is to be');
  }
  if (entry.pool_mib !== undefined && entry.pool_mib > MAX_MACHINE_POOL_MIB) {
    mistakes.add(
      [...path, 'pool_mib'],
      `backend = "qemu": expected at most ${MAX_MACHINE_POOL_MIB}`,
    );
  }
}

/** A domain of Xen is there or it is not; the keeper has no part in its life. */
function checkDomain(path: string[], entry: QubeEntry, mistakes: Mistakes): void {
  if (entry.backend !== 'xen') {
    if (entry.domain !== undefined) {
      mistakes.add([...path, 'domain'], 'expected backend = "xen" with this key');
    }
    return;
  }
  for (const key of ['autostart', 'home', 'network'] as const) {
    if (entry[key] !== undefined) {
      mistakes.add([...path, key], 'backend = "xen": its domain says this; leave this key out');
    }
  }
}

/** Undefined = the daemon does not look for it by itself. */
function placeOf({ channel_dir, pool_dir }: QubeEntry): QubePlace | undefined {
  if (channel_dir === undefined || pool_dir === undefined) return undefined;
  return { channelDir: channel_dir, poolDir: pool_dir };
}

function clipboardIn(
  name: QubeName,
  { clipboard: entry }: QubeEntry,
  forAll: QubeClipboard,
  mistakes: Mistakes,
): QubeClipboard {
  const clipboard = qubeClipboardOf(entry, forAll);
  const own = entry?.copy !== undefined || entry?.paste !== undefined;
  if (own) refuseSameChords(['qube', name, 'clipboard'], clipboard, mistakes);
  return clipboard;
}

/** The ids that the file gives, each once; then those that are known; the rest counted from 1 past all of them. */
function domainIds(
  entries: readonly { name: QubeName; entry: QubeEntry }[],
  known: KnownIds,
  mistakes: Mistakes,
): DomainId[] {
  const owner = new Map<number, QubeName>();
  for (const { name, entry } of entries) {
    if (entry.id === undefined) continue;
    const other = owner.get(entry.id);
    if (other) mistakes.add(['qube', name, 'id'], `${entry.id} is already the id of ${other}`);
    else owner.set(entry.id, name);
  }
  let next = 1;
  // Also those of qubes that the file does not have any more: one of them may still run.
  const taken = new Set<number>(known.values());
  return entries.map(({ name, entry }) => {
    if (entry.id !== undefined) return entry.id as DomainId;
    const before = known.get(name);
    if (before !== undefined && !owner.has(before)) return before;
    while (owner.has(next) || taken.has(next)) next++;
    return next++ as DomainId;
  });
}

/**
 * Labels that could be on the screen together must be told apart (DESIGN 8.9):
 * all that the file declares, and the built-in ones that a qube wears.
 */
function refuseConflicts(
  labels: { all: ReadonlyMap<string, Label>; own: ReadonlySet<string> },
  qubes: readonly QubeConfig[],
  mistakes: Mistakes,
): void {
  const wearer = new Map(qubes.map((qube) => [qube.label.name, qube.name]));
  const shownLabels = [...labels.all.values()].filter(
    ({ name }) => labels.own.has(name) || wearer.has(name),
  );
  for (const { one, two, reason, distance } of labelConflicts(shownLabels)) {
    // Built-in labels never conflict, so at least one of the two is the file's own.
    const [blamed, other] = labels.own.has(two.name) ? [two, one] : [one, two];
    mistakes.add(
      ['labels', blamed.name],
      reason === 'color'
        ? `${colorText(blamed.color)} is too like ${other.name} ${colorText(other.color)}: difference ${distance.toFixed(1)}, expected at least ${MIN_LABEL_DISTANCE} (CIEDE2000)`
        : `the pattern "${blamed.pattern}" is also that of ${other.name}; expected one that no other label in use has`,
    );
  }
}
