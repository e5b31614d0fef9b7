/**
 * What becomes of a configuration that is read again while qubes run: which
 * settings hold at once, which ones later, and whether anything may change at
 * all. Pure; both the daemon and the keeper ask it. Either everything of the
 * plan is taken over or nothing: a qube never has a part of the one file and a
 * part of the other beyond what `later` names.
 */
import type { QubeName } from '../base/ids.ts';
import { labelConflicts } from '../trust/label-rules.ts';
import type { Config, QubeConfig } from './config.ts';
import { type Document, effectiveDocument } from './effective.ts';

export interface ReloadPlan {
  /** What holds from now on. Of a qube that runs, what it was started with stays. */
  readonly config: Config;
  /** Why nothing may change. Not empty = nothing is taken over. */
  readonly refusals: readonly string[];
  /** What holds at once: `qube.work.label: blue → red`. */
  readonly changed: readonly string[];
  /** What holds later, and from when on; one line for each setting. */
  readonly later: readonly string[];
}

/** When a changed setting of this kind holds. */
export type Takes = 'now' | 'qube' | 'daemon';

/** Of the tables for all qubes; `*` stands for whatever is named there. */
const GENERAL: Readonly<Record<string, Takes>> = {
  'frame.thickness': 'daemon',
  'frame.name': 'daemon',
  'panel.enabled': 'now',
  'panel.edge': 'now',
  'panel.overlay': 'now',
  'clipboard.keep_seconds': 'now',
  'clipboard.answer_ms': 'now',
  'clipboard.prompt_seconds': 'now',
  'clipboard.wipe_on_lock': 'now',
  // Once it is up the daemon opens files in few directories.
  'clipboard.policy': 'daemon',
  'clipboard.audit_dir': 'daemon',
  'clipboard.audit_head': 'daemon',
  'labels.*.color': 'now',
  'labels.*.pattern': 'now',
};

/** Of [qube.NAME]; `id` and `backend` of a qube that runs are refused before. */
const OF_QUBE: Readonly<Record<string, Takes>> = {
  label: 'now',
  id: 'now',
  backend: 'now',
  domain: 'daemon',
  channel_dir: 'daemon',
  pool_dir: 'daemon',
  autostart: 'now',
  programs: 'now',
  home: 'qube',
  home_mib: 'qube',
  network: 'qube',
  memory_mib: 'qube',
  pool_mib: 'qube',
  fullscreen: 'now',
  titles: 'now',
  'limits.*': 'qube',
  'clipboard.copy': 'now',
  'clipboard.paste': 'now',
  'clipboard.max_bytes': 'now',
  'clipboard.careful': 'now',
};

/**
 * @param before what holds now
 * @param next what the file says
 * @param running qubes that are not stopped
 */
export function planReload(
  before: Config,
  next: Config,
  running: ReadonlySet<QubeName>,
): ReloadPlan {
  const kept = keptQubes(before, next, running);
  const qubes = new Map<QubeName, QubeConfig>();
  for (const [name, qube] of next.qubes) {
    const old = running.has(name) ? before.qubes.get(name) : undefined;
    qubes.set(name, old ? heldOver(old, qube) : qube);
  }
  for (const qube of kept) qubes.set(qube.name, qube);
  const config: Config = { ...next, ...heldGenerally(before), qubes };
  return {
    config: { ...config, clipboard: heldClipboard(before, next) },
    refusals: refusalsOf(before, next, qubes, running),
    ...linesOf(before, next, running),
  };
}

/** When a setting holds that was changed; of a qube only with its part behind `qube.NAME.`. */
export function takesEffect(key: string, ofQube: boolean): Takes {
  const table = ofQube ? OF_QUBE : GENERAL;
  const found = table[key] ?? table[wildcard(key)];
  // A setting that nobody thought of here: the one answer that is always true.
  return found ?? 'daemon';
}

function wildcard(key: string): string {
  const parts = key.split('.');
  return parts[0] === 'labels' ? `labels.*.${parts[2]}` : `${parts[0]}.*`;
}

/** Qubes that run and that the file does not have any more: they stay as they are until they end. */
function keptQubes(before: Config, next: Config, running: ReadonlySet<QubeName>): QubeConfig[] {
  return [...before.qubes.values()].flatMap((qube) => {
    if (next.qubes.has(qube.name) || !running.has(qube.name) || qube.attach) return [];
    // A label that the file still has looks the same on all of its qubes.
    return [{ ...qube, label: next.labels.get(qube.label.name) ?? qube.label }];
  });
}

/** The qube as it is to be from now on, with what it was started with. */
function heldOver(old: QubeConfig, next: QubeConfig): QubeConfig {
  const { domain, home, homeBytes, network, memoryBytes, poolBytes, limits, attach } = old;
  return { ...next, domain, home, homeBytes, network, memoryBytes, poolBytes, limits, attach };
}

function heldGenerally({ frame }: Config): Pick<Config, 'frame'> {
  return { frame };
}

function heldClipboard(before: Config, next: Config): Config['clipboard'] {
  const { policyFile, auditDir, auditHead } = before.clipboard;
  return { ...next.clipboard, policyFile, auditDir, auditHead };
}

function refusalsOf(
  before: Config,
  next: Config,
  qubes: ReadonlyMap<QubeName, QubeConfig>,
  running: ReadonlySet<QubeName>,
): string[] {
  const refusals: string[] = [];
  const holder = new Map<number, QubeConfig>();
  for (const name of running) {
    const old = before.qubes.get(name);
    if (old) holder.set(old.domainId, old);
    const now = next.qubes.get(name);
    if (!old || !now) continue;
    if (old.backend !== now.backend) {
      refusals.push(
        `${at(next)}qube.${name}.backend: ${old.backend} → ${now.backend}, ${ends(old)}`,
      );
    }
    if (old.domainId !== now.domainId) {
      refusals.push(`${at(next)}qube.${name}.id: ${old.domainId} → ${now.domainId}, ${ends(old)}`);
    }
  }
  for (const { name, domainId } of next.qubes.values()) {
    const other = holder.get(domainId);
    if (!other || other.name === name || running.has(name)) continue;
    refusals.push(
      `${at(next)}qube.${name}.id: ${domainId} is that of ${other.name}, ${ends(other)}`,
    );
  }
  refusals.push(...domainsOf(before, next));
  // Those of the file were judged with it; what stays may wear one that it does not have.
  const worn = new Map(
    [...qubes.values()].map(({ label }) => [`${label.name} ${label.color}`, label]),
  );
  const stays = [...qubes.keys()].filter((name) => !next.qubes.has(name));
  if (stays.length > 0) {
    for (const { one, two } of labelConflicts([...worn.values()])) {
      const first = stays[0] as QubeName;
      refusals.push(
        `${at(next)}the labels ${one.name} and ${two.name} would be too alike while ${stays.join(', ')} runs; stop it first: livery qube stop ${first}`,
      );
    }
  }
  return refusals;
}

/** Xen is asked about the domains that were known when the daemon started, and about no other. */
function domainsOf(before: Config, next: Config): string[] {
  const domain = (qube: QubeConfig | undefined): string | undefined =>
    qube?.backend === 'xen' ? (qube.domain ?? qube.name) : undefined;
  return [...new Set([...before.qubes.keys(), ...next.qubes.keys()])].flatMap((name) => {
    const [from, to] = [domain(before.qubes.get(name)), domain(next.qubes.get(name))];
    if (from === to) return [];
    return `${at(next)}qube.${name}: the Xen domain ${from ?? 'none'} → ${to ?? 'none'}; start the daemon again instead`;
  });
}

function at({ file }: Config): string {
  return file === undefined ? '' : `${file}: `;
}

function ends({ name, backend }: QubeConfig): string {
  return backend === 'attach' || backend === 'xen'
    ? `and ${name} is on the screen; start the daemon again instead`
    : `and ${name} runs; stop it first: livery qube stop ${name}`;
}

function linesOf(
  before: Config,
  next: Config,
  running: ReadonlySet<QubeName>,
): Pick<ReloadPlan, 'changed' | 'later'> {
  const changed: string[] = [];
  const later: string[] = [];
  const old = leaves(effectiveDocument(before));
  const now = leaves(effectiveDocument(next));
  for (const [name, qube] of next.qubes) {
    if (!before.qubes.has(name)) changed.push(`qube.${name}: new, label ${qube.label.name}`);
  }
  for (const [name, { attach }] of before.qubes) {
    if (next.qubes.has(name)) continue;
    if (running.has(name) && !attach) later.push(`qube.${name}: gone when it is stopped`);
    else changed.push(`qube.${name}: gone`);
  }
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const [from, to] = [old.get(path), now.get(path)];
    if (from === to) continue;
    const qube = qubeIn(path, before, next);
    // A qube that is new or gone has its own line.
    if (qube !== undefined && !(before.qubes.has(qube) && next.qubes.has(qube))) continue;
    const key = qube === undefined ? path : path.slice(`qube.${qube}.`.length);
    const takes = takesEffect(key, qube !== undefined);
    const line = `${path}: ${from ?? 'none'} → ${to ?? 'none'}`;
    if (takes === 'now' || (qube !== undefined && !running.has(qube))) changed.push(line);
    else
      later.push(
        `${line}, when ${startsAgain(takes, qube && before.qubes.get(qube))} is started again`,
      );
  }
  return { changed, later };
}

/** One that the daemon looks for by itself is on the screen as long as the daemon runs. */
function startsAgain(takes: Takes, qube: QubeConfig | undefined): string {
  return takes === 'daemon' || !qube || qube.attach ? 'the daemon' : `qube ${qube.name}`;
}

/** The qube that a path is about; names may have dots in them. */
function qubeIn(path: string, ...configs: readonly Config[]): QubeName | undefined {
  for (const { qubes } of configs) {
    for (const name of qubes.keys()) if (path.startsWith(`qube.${name}.`)) return name;
  }
  return undefined;
}

function leaves(document: Document, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(document)) {
    const path = `${prefix}${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, text] of leaves(value as Document, `${path}.`)) found.set(inner, text);
    } else {
      found.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    }
  }
  return found;
}
