/**
 * The clipboard's part of livery.toml: what holds when nothing is said, what
 * the table [clipboard] says for all qubes, and what a qube says for itself.
 */
import { chordText, MODIFIER, sameChord } from './chord.ts';
import type { ClipboardConfig, QubeClipboard } from './config.ts';
import type { Mistakes } from './mistakes.ts';
import type { ClipboardEntry, QubeEntry } from './schema.ts';

const SECOND_MS = 1000;
const GATE = MODIFIER.control | MODIFIER.shift;

/** What holds when the file says nothing (DESIGN 9). */
export const DEFAULT_CLIPBOARD: ClipboardConfig = {
  keepMs: 60 * SECOND_MS,
  answerMs: 2 * SECOND_MS,
  promptMs: 30 * SECOND_MS,
  wipeOnLock: true,
  policyFile: undefined,
  auditDir: undefined,
  auditHead: undefined,
};

export const DEFAULT_QUBE_CLIPBOARD: QubeClipboard = {
  copyChord: { modifiers: GATE, keysym: 'c' },
  pasteChord: { modifiers: GATE, keysym: 'v' },
  maxBytes: 64_000,
  careful: false,
};

export function clipboardOf(entry: ClipboardEntry | undefined): ClipboardConfig {
  const { keepMs, answerMs, promptMs, wipeOnLock } = DEFAULT_CLIPBOARD;
  const seconds = entry?.keep_seconds;
  return {
    keepMs: seconds === undefined ? keepMs : seconds === 0 ? undefined : seconds * SECOND_MS,
    answerMs: entry?.answer_ms ?? answerMs,
    promptMs: entry?.prompt_seconds === undefined ? promptMs : entry.prompt_seconds * SECOND_MS,
    wipeOnLock: entry?.wipe_on_lock ?? wipeOnLock,
    policyFile: entry?.policy,
    auditDir: entry?.audit_dir,
    auditHead: entry?.audit_head,
  };
}

/** What a qube has of it: its own words, those for all, the defaults. `base` undefined = all. */
export function qubeClipboardOf(
  entry: QubeEntry['clipboard'] | ClipboardEntry,
  base: QubeClipboard = DEFAULT_QUBE_CLIPBOARD,
): QubeClipboard {
  const careful = entry && 'careful' in entry ? entry.careful : undefined;
  return {
    copyChord: entry?.copy === undefined ? base.copyChord : entry.copy.chord,
    pasteChord: entry?.paste === undefined ? base.pasteChord : entry.paste.chord,
    maxBytes: entry?.max_bytes ?? base.maxBytes,
    careful: careful ?? base.careful,
  };
}

/** One chord cannot do both. */
export function refuseSameChords(
  path: readonly string[],
  { copyChord, pasteChord }: QubeClipboard,
  mistakes: Mistakes,
): void {
  if (!copyChord || !sameChord(copyChord, pasteChord)) return;
  mistakes.add(path, `copy and paste are both ${chordText(copyChord)}; expected two chords`);
}
