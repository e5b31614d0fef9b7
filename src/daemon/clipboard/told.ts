/**
 * What the daemon itself has to say on the screen about the clipboard, in the
 * user's language. Places and expectations are told as the log has them.
 */
import type { Language } from '../../surface/words.ts';

const WORDS = {
  en: {
    mistakes: (first: string, more: number) =>
      `The clipboard policy has a mistake. Nothing can be pasted between qubes. ${first}${more > 0 ? ` (and ${more} more)` : ''}`,
    configMistakes: (first: string, more: number) =>
      `The configuration was not taken over; the one before holds. ${first}${more > 0 ? ` (and ${more} more)` : ''}`,
    holdsAgain: (origin: string) => `The clipboard policy holds again: ${origin}`,
    shipped: 'the shipped policy',
    audit: (reason: string) => `Audit log: ${reason}`,
    noAudit: (reason: string) =>
      `The audit log cannot be written. Nothing can be pasted between qubes. ${reason}`,
  },
  de: {
    mistakes: (first: string, more: number) =>
      `In der Richtlinie der Zwischenablage ist ein Fehler. Zwischen Qubes kann nichts eingefügt werden. ${first}${more > 0 ? ` (und ${more} weitere)` : ''}`,
    configMistakes: (first: string, more: number) =>
      `Die Konfiguration wurde nicht übernommen; es gilt die bisherige. ${first}${more > 0 ? ` (und ${more} weitere)` : ''}`,
    holdsAgain: (origin: string) => `Die Richtlinie der Zwischenablage gilt wieder: ${origin}`,
    shipped: 'die mitgelieferte Richtlinie',
    audit: (reason: string) => `Prüfprotokoll: ${reason}`,
    noAudit: (reason: string) =>
      `Das Prüfprotokoll kann nicht geschrieben werden. Zwischen Qubes kann nichts eingefügt werden. ${reason}`,
  },
} as const;

/** The words of a language. */
export function wordsOf(language: Language): (typeof WORDS)[Language] {
  return WORDS[language];
}
