/**
 * A configuration in the words of its file, with every key that has a value:
 * what holds, whether it was said or not. Read again it is the same.
 */
import { BUDGETS, type Limits } from '../base/budgets.ts';
import { BUILTIN_LABELS, colorText } from '../trust/label.ts';
import { type Chord, chordText } from './chord.ts';
import { type Config, isForeign, type QubeClipboard, type QubeConfig } from './config.ts';
import { keyOf } from './limits.ts';

export type Document = Readonly<Record<string, unknown>>;

const MIB = 1024 * 1024;
const SECOND_MS = 1000;

export function effectiveDocument(config: Config): Document {
  const { clipboard, panel } = config;
  const builtin = new Map(BUILTIN_LABELS.map((label) => [label.name, label]));
  const own = [...config.labels.values()].filter((label) => builtin.get(label.name) !== label);
  return present({
    frame: { thickness: config.frame.thickness, name: config.frame.name ?? 'auto' },
    panel: { enabled: panel.enabled, edge: panel.edge, overlay: word(panel.overlayChord) },
    clipboard: present({
      keep_seconds: clipboard.keepMs === undefined ? 0 : clipboard.keepMs / SECOND_MS,
      answer_ms: clipboard.answerMs,
      prompt_seconds: clipboard.promptMs / SECOND_MS,
      wipe_on_lock: clipboard.wipeOnLock,
      policy: clipboard.policyFile,
      audit_dir: clipboard.auditDir,
      audit_head: clipboard.auditHead,
    }),
    labels: Object.fromEntries(
      own.map(({ name, color, pattern }) => [name, { color: colorText(color), pattern }]),
    ),
    qube: Object.fromEntries(
      [...config.qubes.values()].map((qube) => [qube.name, qubeTable(qube)]),
    ),
  });
}

function qubeTable(qube: QubeConfig): Document {
  const attached = isForeign(qube);
  return present({
    label: qube.label.name,
    id: qube.domainId,
    backend: qube.backend,
    domain: qube.domain,
    channel_dir: qube.attach?.channelDir,
    pool_dir: qube.attach?.poolDir,
    // Those of a qube that somebody else runs are not ours to say.
    autostart: attached ? undefined : qube.autostart,
    programs: qube.programs,
    home: qube.home,
    home_mib: qube.homeBytes === undefined ? undefined : qube.homeBytes / MIB,
    network: attached ? undefined : qube.network,
    memory_mib: qube.memoryBytes === undefined ? undefined : qube.memoryBytes / MIB,
    pool_mib: qube.poolBytes === undefined ? undefined : qube.poolBytes / MIB,
    fullscreen: qube.fullscreen,
    titles: qube.titles,
    limits: limitsTable(qube.limits),
    clipboard: clipboardTable(qube.clipboard),
  });
}

function limitsTable(limits: Limits): Document {
  const names = Object.keys(BUDGETS) as (keyof typeof BUDGETS)[];
  return Object.fromEntries(
    names.map((name) => [
      keyOf(name),
      name === 'maxQueueMib' ? limits.maxQueueBytes / MIB : limits[name],
    ]),
  );
}

function clipboardTable({ copyChord, pasteChord, maxBytes, careful }: QubeClipboard): Document {
  return { copy: word(copyChord), paste: word(pasteChord), max_bytes: maxBytes, careful };
}

function word(chord: Chord | undefined): string {
  return chord ? chordText(chord) : 'none';
}

/** TOML has no word for what is absent. */
function present(table: Record<string, unknown>): Document {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));
}
