/**
 * What the user is told when a qube's session ended because of what the qube
 * said: the rule in plain words, and what can be done. Names of qubes are
 * dom0's own; nothing here comes from a qube.
 */
import type { PROTOCOL_RULES } from '../protocol/rules.ts';
import type { Language } from '../surface/words.ts';

type Rules = typeof PROTOCOL_RULES;
/** The rules of the GUI wire that end a session in dom0. */
type EndingRule = {
  [C in keyof Rules]: C extends `GUI_${string}`
    ? Rules[C]['effect'] extends 'end'
      ? C
      : never
    : never;
}[keyof Rules];
/** The limits that do. */
type Limit =
  | 'WINDOW_LIMIT'
  | 'DROPPED_LIMIT'
  | 'FLOOD_LIMIT'
  | 'X_ERROR_LIMIT'
  | 'CHANNEL_QUEUE'
  | 'CHANNEL_DESCRIPTORS';
/** That one is for agents. */
type Ending = Exclude<EndingRule, 'GUI_VERSION_REPLY'> | Limit;

interface EndWords {
  readonly rules: { readonly [C in Ending]: string };
  /** For a code that has no words: a defect, but no reason to say nothing. */
  readonly other: string;
  ended(qube: string, rule: string, code: string): string;
  again(qube: string): string;
  byHand(qube: string): string;
}

const EN: EndWords = {
  rules: {
    GUI_VERSION: 'it speaks a version of the protocol that is not known here',
    GUI_TYPE: 'it sent a message of a kind that does not exist',
    GUI_LENGTH: 'it sent a message of the wrong length',
    GUI_WINDOW_UNKNOWN: 'it spoke of a window that does not exist',
    GUI_WINDOW_EXISTS: 'it made the same window twice',
    GUI_CREATE_SIZE: 'it made a window of an impossible size',
    GUI_DUMP_TYPE: 'it sent a picture of an unknown kind',
    GUI_DUMP_LENGTH: 'it sent a picture of the wrong length',
    GUI_DUMP_SIZE: 'it sent a picture that is too large',
    GUI_DUMP_COVER: 'it sent a picture with less memory than that needs',
    GUI_MFNDUMP_LENGTH: 'it sent a picture of the wrong length',
    GUI_MFNDUMP_COUNT: 'it sent a picture that is too large',
    GUI_MFNDUMP_SIZE: 'it sent a picture that is too large',
    GUI_MFNDUMP_OFFSET: 'it sent a picture that begins outside of its memory',
    GUI_MFNDUMP_COVER: 'it sent a picture with less memory than that needs',
    GUI_MFNDUMP_UNSUPPORTED: 'it sends pictures in a way that only very old versions had',
    GUI_CLIPBOARD_LENGTH: 'it sent a text for the clipboard that is longer than any may be',
    WINDOW_LIMIT: 'it opened more windows than it may have',
    DROPPED_LIMIT: 'too much of what it said is against the rules',
    FLOOD_LIMIT: 'it said more than it may, for too long',
    X_ERROR_LIMIT: 'too much of what it asked for cannot be shown',
    CHANNEL_QUEUE: 'it does not read what it is sent',
    CHANNEL_DESCRIPTORS: 'it sent open files, which have no place here',
  },
  other: 'it broke a rule',
  ended: (qube, rule, code) => `The windows of qube ${qube} were closed: ${rule} (${code}).`,
  again: (qube) => `They come back by themselves. To end the qube: livery qube stop ${qube}`,
  byHand: (qube) =>
    `They do not come back by themselves. To show them: livery qube reconnect ${qube}. To end the qube: livery qube stop ${qube}`,
};

const DE: EndWords = {
  rules: {
    GUI_VERSION: 'Er spricht eine Fassung des Protokolls, die hier nicht bekannt ist',
    GUI_TYPE: 'Er hat eine Nachricht von einer Art gesendet, die es nicht gibt',
    GUI_LENGTH: 'Er hat eine Nachricht von falscher Länge gesendet',
    GUI_WINDOW_UNKNOWN: 'Er hat von einem Fenster gesprochen, das es nicht gibt',
    GUI_WINDOW_EXISTS: 'Er hat dasselbe Fenster zweimal angelegt',
    GUI_CREATE_SIZE: 'Er hat ein Fenster von unmöglicher Größe angelegt',
    GUI_DUMP_TYPE: 'Er hat ein Bild von unbekannter Art gesendet',
    GUI_DUMP_LENGTH: 'Er hat ein Bild von falscher Länge gesendet',
    GUI_DUMP_SIZE: 'Er hat ein zu großes Bild gesendet',
    GUI_DUMP_COVER: 'Er hat ein Bild mit weniger Speicher gesendet, als es braucht',
    GUI_MFNDUMP_LENGTH: 'Er hat ein Bild von falscher Länge gesendet',
    GUI_MFNDUMP_COUNT: 'Er hat ein zu großes Bild gesendet',
    GUI_MFNDUMP_SIZE: 'Er hat ein zu großes Bild gesendet',
    GUI_MFNDUMP_OFFSET: 'Er hat ein Bild gesendet, das außerhalb seines Speichers beginnt',
    GUI_MFNDUMP_COVER: 'Er hat ein Bild mit weniger Speicher gesendet, als es braucht',
    GUI_MFNDUMP_UNSUPPORTED: 'Er sendet Bilder auf eine Art, die nur sehr alte Fassungen kannten',
    GUI_CLIPBOARD_LENGTH:
      'Er hat einen Text für die Zwischenablage gesendet, der länger ist als erlaubt',
    WINDOW_LIMIT: 'Er hat mehr Fenster geöffnet, als er haben darf',
    DROPPED_LIMIT: 'Zu vieles von dem, was er sagt, verstößt gegen die Regeln',
    FLOOD_LIMIT: 'Er hat zu lange mehr gesagt, als er darf',
    X_ERROR_LIMIT: 'Zu vieles von dem, was er verlangt, kann nicht gezeigt werden',
    CHANNEL_QUEUE: 'Er liest nicht, was ihm gesendet wird',
    CHANNEL_DESCRIPTORS: 'Er hat offene Dateien gesendet, die hier keinen Platz haben',
  },
  other: 'Er hat gegen eine Regel verstoßen',
  ended: (qube, rule, code) =>
    `Die Fenster des Qubes ${qube} wurden geschlossen. ${rule} (${code}).`,
  again: (qube) => `Sie kommen von selbst wieder. Den Qube beenden: livery qube stop ${qube}`,
  byHand: (qube) =>
    `Sie kommen nicht von selbst wieder. Sie zeigen: livery qube reconnect ${qube}. Den Qube beenden: livery qube stop ${qube}`,
};

const WORDS: { readonly [L in Language]: EndWords } = { en: EN, de: DE };

/**
 * The words of a notice.
 * @param again the session begins anew by itself
 */
export function endText(language: Language, qube: string, code: string, again: boolean): string {
  const words = WORDS[language];
  const rule = Object.hasOwn(words.rules, code) ? words.rules[code as Ending] : words.other;
  return `${words.ended(qube, rule, code)} ${again ? words.again(qube) : words.byHand(qube)}`;
}

/** The codes that have words of their own. */
export const TOLD_CODES: readonly string[] = Object.keys(EN.rules);
