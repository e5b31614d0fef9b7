/**
 * The words of the page, English and German, by the browser's language.
 */
import type { Control } from '../messages.ts';

const EN = {
  lang: 'en',
  qubes: 'Qubes',
  windows: 'Windows',
  clipboard: 'Clipboard between qubes',
  log: 'Log of the daemon',
  live: 'live',
  connecting: 'connecting …',
  lost: 'The connection is lost.',
  noKey:
    'This address was used already, or is not complete. Run “livery view” again for a new one.',
  modes: {
    none: 'read only',
    limited: 'mouse and keys',
    all: 'full control',
  } satisfies Record<Control, string>,
  hints: {
    none: '',
    limited:
      'Click into the screen to use it. Secure key chords and answers to questions stay with the person at the screen.',
    all: 'Click into the screen to use it. Secure key chords and answers to questions come through from here too.',
  } satisfies Record<Control, string>,
  refused: {
    chord: 'A secure key chord is pressed at the screen itself, not from here.',
    prompt: 'A question is open on the screen. It is answered there, not from here.',
    daemon: 'The daemon does not answer; nothing is passed on.',
  },
  states: { stopped: 'stopped', starting: 'starting', running: 'running' },
  throttled: 'slowed down',
  notConnected: 'not connected',
  perSecond: (count: string) => `${count}/s`,
  messages: 'messages per second',
  screen: 'The screen of dom0, live',
  off: 'Nothing is copied between qubes.',
  empty: 'Empty.',
  waiting: (source: string) => `Asking ${source} for its text …`,
  kept: (size: string, source: string) => `${size} from ${source}`,
  asking: (size: string, source: string, target: string) =>
    `Asking: ${size} from ${source} to ${target}?`,
  wipedIn: (seconds: number) => `, emptied in ${seconds} s`,
  bytes: (count: number) => (count === 1 ? '1 byte' : `${count} bytes`),
};

export type Words = typeof EN;

const DE: Words = {
  lang: 'de',
  qubes: 'Qubes',
  windows: 'Fenster',
  clipboard: 'Zwischenablage zwischen Qubes',
  log: 'Protokoll des Dienstes',
  live: 'live',
  connecting: 'verbinde …',
  lost: 'Die Verbindung ist abgebrochen.',
  noKey:
    'Diese Adresse wurde schon benutzt oder ist nicht vollständig. „livery view“ gibt eine neue.',
  modes: { none: 'nur ansehen', limited: 'Maus und Tasten', all: 'volle Steuerung' },
  hints: {
    none: '',
    limited:
      'In den Bildschirm klicken, um ihn zu benutzen. Sichere Tastenkombinationen und Antworten auf Fragen bleiben bei der Person am Bildschirm.',
    all: 'In den Bildschirm klicken, um ihn zu benutzen. Sichere Tastenkombinationen und Antworten auf Fragen kommen auch von hier an.',
  },
  refused: {
    chord: 'Sichere Tastenkombinationen werden am Bildschirm selbst gedrückt, nicht von hier.',
    prompt: 'Auf dem Bildschirm ist eine Frage offen. Sie wird dort beantwortet, nicht von hier.',
    daemon: 'Der Dienst antwortet nicht; nichts wird weitergegeben.',
  },
  states: { stopped: 'aus', starting: 'startet', running: 'läuft' },
  throttled: 'gebremst',
  notConnected: 'nicht verbunden',
  perSecond: (count) => `${count}/s`,
  messages: 'Nachrichten pro Sekunde',
  screen: 'Der Bildschirm von dom0, live',
  off: 'Zwischen Qubes wird nichts kopiert.',
  empty: 'Leer.',
  waiting: (source) => `${source} wird nach dem Text gefragt …`,
  kept: (size, source) => `${size} aus ${source}`,
  asking: (size, source, target) => `Frage: ${size} aus ${source} nach ${target}?`,
  wipedIn: (seconds) => `, geleert in ${seconds} s`,
  bytes: (count) => (count === 1 ? '1 Byte' : `${count} Bytes`),
};

/** @param languages as in navigator.languages */
export function wordsFor(languages: readonly string[]): Words {
  const known = languages.find((one) => /^(en|de)\b/i.test(one));
  return known !== undefined && /^de/i.test(known) ? DE : EN;
}
