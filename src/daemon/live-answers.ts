/**
 * What the daemon answers for the live view: records of the clipboard, and what
 * whoever sends input to the screen has to leave to the person there.
 */
import type { ChordListing, ClipboardEventListing, InputRules } from '../control/messages.ts';
import type { Desktop } from '../desktop/desktop.ts';
import type { ClipboardRecord } from './clipboard/daemon-clipboard.ts';
import type { Numbered } from './ring.ts';
import type { RosterEntry } from './roster.ts';

export function eventListing(record: Numbered<ClipboardRecord>): ClipboardEventListing {
  const { seq, timeMs, event, source, target, size, verdict, detail } = record;
  return {
    ...{ seq, timeMs, event },
    source: source ?? null,
    target: target ?? null,
    size: size ?? null,
    verdict: verdict ?? null,
    detail: detail ?? null,
  };
}

/** Of every qube's chords, whether it runs or not: it may run in the next moment. */
export function inputRules(desktop: Desktop, entries: readonly RosterEntry[]): InputRules {
  const { clipboard } = desktop;
  if (!clipboard) return { prompt: false, chords: [] };
  const chords = new Map<string, ChordListing>();
  for (const { config } of entries) {
    const { copyChord, pasteChord } = config.clipboard;
    for (const chord of [copyChord, pasteChord]) {
      const placed = chord && clipboard.placeChord(chord);
      if (placed) chords.set(`${placed.keycode} ${placed.examined} ${placed.held}`, placed);
    }
  }
  return { prompt: clipboard.show().state === 'asking', chords: [...chords.values()] };
}
