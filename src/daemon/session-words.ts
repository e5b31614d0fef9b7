/**
 * What the user is told when a channel of a qube ended because of what the qube
 * said: the rule in plain words, and what can be done. Names of qubes are
 * dom0's own; nothing here comes from a qube.
 */
import type { PROTOCOL_RULES } from '../protocol/rules.ts';
import type { Language } from '../surface/words.ts';

export interface SessionEnd {
  /** gui: its windows went. service: they stay. */
  readonly channel: 'gui' | 'service';
  readonly code: string;
  /** The conversation begins anew by itself. */
  readonly again: boolean;
}

type Rules = typeof PROTOCOL_RULES;
/** The rules of both wires that end a conversation in dom0. */
type EndingRule = {
  [C in keyof Rules]: C extends `GUI_${string}` | `SERVICE_${string}`
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
  | 'CHANNEL_DESCRIPTORS'
  | 'CHANNEL_RING';
/** That one is for agents. */
type Ending = Exclude<EndingRule, 'GUI_VERSION_REPLY'> | Limit;

interface EndWords {
  readonly rules: { readonly [C in Ending]: string };
  /** For a code that has no words: a defect, but no reason to say nothing. */
  readonly other: string;
  readonly gui: ChannelWords;
  readonly service: ChannelWords;
  /** How the qube itself is ended. */
  stop(qube: string): string;
}

interface ChannelWords {
  ended(qube: string, rule: string, code: string): string;
  readonly again: string;
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
    CHANNEL_RING: 'what it wrote into the memory of its channel cannot be true',
    SERVICE_MAGIC: 'it does not speak the protocol of this channel',
    SERVICE_VERSION: 'it speaks a version of this channel that is not known here',
    SERVICE_TYPE: 'it sent a message of a kind that has no place there',
    SERVICE_LENGTH: 'it sent a message of an impossible length',
    SERVICE_ANSWER: 'it answered what nobody had asked',
    SERVICE_ICON_SIZE: 'it sent an icon of an impossible size',
    SERVICE_EXIT_KIND: 'it told wrongly of the end of a program',
    SERVICE_FILE: 'it offered a file that cannot exist',
  },
  other: 'it broke a rule',
  gui: {
    ended: (qube, rule, code) => `The windows of qube ${qube} were closed: ${rule} (${code}).`,
    again: 'They come back by themselves.',
    byHand: (qube) =>
      `They do not come back by themselves. To show them: livery qube reconnect ${qube}.`,
  },
  service: {
    ended: (qube, rule, code) =>
      `The service channel of qube ${qube} was closed: ${rule} (${code}). Its windows stay.`,
    again: 'It comes back by itself.',
    byHand: (qube) => `It does not come back by itself. To open it: livery qube reconnect ${qube}.`,
  },
  stop: (qube) => `To end the qube: livery qube stop ${qube}`,
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
    GUI_CLIPBOARD_LENGTH: 'Er hat einen zu langen Text für die Zwischenablage gesendet',
    WINDOW_LIMIT: 'Er hat mehr Fenster geöffnet, als er haben darf',
    DROPPED_LIMIT: 'Zu vieles von dem, was er sagt, verstößt gegen die Regeln',
    FLOOD_LIMIT: 'Er hat zu lange mehr gesagt, als er darf',
    X_ERROR_LIMIT: 'Zu vieles von dem, was er verlangt, kann nicht gezeigt werden',
    CHANNEL_QUEUE: 'Er liest nicht, was ihm gesendet wird',
    CHANNEL_DESCRIPTORS: 'Er hat offene Dateien gesendet, was er hier nicht darf',
    CHANNEL_RING: 'Was er in den Speicher des Kanals schrieb, kann nicht stimmen',
    SERVICE_MAGIC: 'Er spricht nicht das Protokoll dieses Kanals',
    SERVICE_VERSION: 'Er spricht eine unbekannte Fassung dieses Kanals',
    SERVICE_TYPE: 'Er hat eine Nachricht gesendet, die dort keinen Platz hat',
    SERVICE_LENGTH: 'Er hat eine Nachricht von unmöglicher Länge gesendet',
    SERVICE_ANSWER: 'Er hat geantwortet, ohne gefragt zu sein',
    SERVICE_ICON_SIZE: 'Er hat ein Symbol von unmöglicher Größe gesendet',
    SERVICE_EXIT_KIND: 'Er hat das Ende eines Programms falsch gemeldet',
    SERVICE_FILE: 'Er hat eine Datei angeboten, die es nicht geben kann',
  },
  other: 'Er hat gegen eine Regel verstoßen',
  gui: {
    ended: (qube, rule, code) =>
      `Die Fenster des Qubes ${qube} wurden geschlossen. ${rule} (${code}).`,
    again: 'Sie kommen von selbst wieder.',
    byHand: (qube) =>
      `Sie kommen nicht von selbst wieder. Sie zeigen: livery qube reconnect ${qube}.`,
  },
  service: {
    ended: (qube, rule, code) =>
      `Der Dienstkanal des Qubes ${qube} wurde geschlossen. ${rule} (${code}). Seine Fenster bleiben.`,
    again: 'Er kommt von selbst wieder.',
    byHand: (qube) => `Er kommt nicht wieder. Ihn öffnen: livery qube reconnect ${qube}.`,
  },
  stop: (qube) => `Den Qube beenden: livery qube stop ${qube}`,
};

const WORDS: { readonly [L in Language]: EndWords } = { en: EN, de: DE };

/** The words of a notice; one that knows no rule for the code all the same. */
export function endText(
  language: Language,
  qube: string,
  { channel, code, again }: SessionEnd,
): string {
  const words = WORDS[language];
  const { ended, again: byItself, byHand } = words[channel];
  const rule = Object.hasOwn(words.rules, code) ? words.rules[code as Ending] : words.other;
  const then = again ? byItself : byHand(qube);
  return `${ended(qube, rule, code)} ${then} ${words.stop(qube)}`;
}

/** The codes that have words of their own. */
export const TOLD_CODES: readonly string[] = Object.keys(EN.rules);
