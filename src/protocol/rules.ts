/**
 * Every rule whose breach has a consequence, with a stable code. PROTOCOL.md
 * prints this table; a test holds that each code can be provoked.
 */
import { ProtocolViolation } from '../base/errors.ts';

export interface Rule {
  /**
   * `end`: the GUI session (or the service connection, or the icon stream) of that qube ends.
   * `drop`: that one message is dropped and counted.
   */
  readonly effect: 'end' | 'drop';
  readonly sentence: string;
  /** Where the rule comes from: the reference daemon's behaviour (with the vector that shows it) or Livery itself. */
  readonly source: string;
}

export const PROTOCOL_RULES = {
  GUI_VERSION: {
    effect: 'end',
    sentence: 'The agent announces a major version other than 1. Nothing is sent to it.',
    source: 'reference, vectors H9 and H10',
  },
  GUI_VERSION_REPLY: {
    effect: 'end',
    sentence:
      'The daemon answers with another major version, a minor below 4, or a version newer than the agent announced (agent side).',
    source: 'reference agent, vectors G3 to G5',
  },
  GUI_TYPE: {
    effect: 'end',
    sentence: 'The type is unknown, or one that only a daemon sends.',
    source: 'reference, vectors A81 and A82',
  },
  GUI_LENGTH: {
    effect: 'end',
    sentence: 'The length is not the one of a message of fixed size (session 1.6 or newer).',
    source: 'reference, vectors A10, A15 and A61',
  },
  GUI_WINDOW_UNKNOWN: {
    effect: 'end',
    sentence: 'The message names a window that does not exist.',
    source: 'reference, vectors A11 and A14',
  },
  GUI_WINDOW_EXISTS: {
    effect: 'end',
    sentence: 'CREATE names a window that exists already.',
    source: 'reference, vector A2',
  },
  GUI_CREATE_SIZE: {
    effect: 'end',
    sentence: 'CREATE with a width or height of 0, or of 2^31 and more.',
    source: 'reference, vectors A3 (it dies of the X error) and A4 (it asks the user)',
  },
  GUI_CONFIGURE_SIZE: {
    effect: 'drop',
    sentence: 'CONFIGURE with a width or height of 0.',
    source: 'reference, vector A21 (it asks the user)',
  },
  GUI_SHMIMAGE_NEGATIVE: {
    effect: 'drop',
    sentence: 'SHMIMAGE with a position or size that is negative as a signed number.',
    source: 'reference, vectors A47 and A51',
  },
  GUI_DUMP_TYPE: {
    effect: 'end',
    sentence: 'WINDOW_DUMP of a type other than 0 (grant references).',
    source: 'reference, vector A34',
  },
  GUI_DUMP_LENGTH: {
    effect: 'end',
    sentence:
      'The body of WINDOW_DUMP is not 16 + 4n bytes with n at most 98304. Holds at every version.',
    source: 'reference, vectors A38 to A41',
  },
  GUI_DUMP_SIZE: {
    effect: 'end',
    sentence: 'WINDOW_DUMP wider than 16384 or higher than 6144.',
    source: 'reference, vectors A35 and A36',
  },
  GUI_DUMP_COVER: {
    effect: 'end',
    sentence:
      'The references of WINDOW_DUMP do not cover the image: n * 4096 < width * height * 4.',
    source: 'reference, vector A29',
  },
  GUI_MFNDUMP_LENGTH: {
    effect: 'end',
    sentence: 'The body of MFNDUMP is not 28 + 4 * num_mfn bytes (session 1.6 or newer).',
    source: 'reference',
  },
  GUI_MFNDUMP_COUNT: {
    effect: 'end',
    sentence: 'MFNDUMP with more than 98304 frame numbers.',
    source: 'reference',
  },
  GUI_MFNDUMP_SIZE: {
    effect: 'end',
    sentence: 'MFNDUMP wider than 16384 or higher than 6144.',
    source: 'reference',
  },
  GUI_MFNDUMP_OFFSET: {
    effect: 'end',
    sentence: 'MFNDUMP whose image starts 4096 bytes or more into its first page.',
    source: 'reference, vector A56',
  },
  GUI_MFNDUMP_COVER: {
    effect: 'end',
    sentence: 'The pages of MFNDUMP do not cover the image: n * 4096 < width * height * 4 + off.',
    source: 'reference',
  },
  GUI_MFNDUMP_UNSUPPORTED: {
    effect: 'end',
    sentence: 'MFNDUMP on a channel whose memory cannot be named by frame numbers.',
    source: 'reference, vector A56 (outside dom0 it exits)',
  },
  GUI_CLIPBOARD_LENGTH: {
    effect: 'end',
    sentence:
      'CLIPBOARD_DATA longer than 65000 bytes (up to 1.7) or 256001 bytes (1.8). Refused before the body is read.',
    source: 'reference, vectors A77 and A80',
  },
  GUI_FLAGS_OVERLAP: {
    effect: 'drop',
    sentence: 'WINDOW_FLAGS sets and unsets the same bit.',
    source: 'reference, vector A66 (it asks the user)',
  },
  GUI_CURSOR: {
    effect: 'drop',
    sentence: 'CURSOR is neither 0 nor 0x100 to 0x199.',
    source: 'reference, vectors A70 and A71 (it asks the user)',
  },
  GUI_INPUT_TYPE: {
    effect: 'drop',
    sentence:
      'KEYPRESS, BUTTON, CROSSING or FOCUS with an event type that is not its own (agent side).',
    source: 'reference agent',
  },
  SERVICE_MAGIC: {
    effect: 'end',
    sentence: 'The first four bytes are not `LVRY`.',
    source: 'Livery',
  },
  SERVICE_VERSION: {
    effect: 'end',
    sentence: 'The major version of the service channel is not 1.',
    source: 'Livery',
  },
  SERVICE_TYPE: {
    effect: 'end',
    sentence: 'The qube sent a type that is unknown or that only dom0 sends.',
    source: 'Livery',
  },
  SERVICE_LENGTH: {
    effect: 'end',
    sentence: 'The length is not one that a message of this type can have.',
    source: 'Livery',
  },
  SERVICE_ANSWER: {
    effect: 'end',
    sentence: 'ANSWER to a request that was not made or was answered already.',
    source: 'Livery',
  },
  SERVICE_ICON_SIZE: {
    effect: 'end',
    sentence:
      'ICON_RECORD with a side of 0 or above 256, or whose pixels are not width * height * 4 bytes.',
    source: 'Livery',
  },
  SERVICE_EXIT_KIND: {
    effect: 'end',
    sentence: 'PROGRAM_EXITED with a kind other than 0 (exited) or 1 (signalled).',
    source: 'Livery',
  },
  SERVICE_FILE: {
    effect: 'end',
    sentence: 'FILE_OFFER whose name holds `/` or NUL, or whose size is above 2^53 - 1.',
    source: 'Livery',
  },
  ICON_ID_LINE: {
    effect: 'end',
    sentence: 'Icon stream: the line with the window is not 1 to 31 decimal digits and a newline.',
    source: 'reference, vector I5',
  },
  ICON_SIZE_LINE: {
    effect: 'end',
    sentence:
      'Icon stream: the line with the size is not two decimal numbers with one space between and a newline, in at most 10 bytes.',
    source: 'reference, vector I4',
  },
  ICON_SIDE: {
    effect: 'end',
    sentence: 'Icon stream: a side of 0 or above 2048.',
    source: 'reference, vectors I2 and I3',
  },
  SERVICE_ARGV: {
    effect: 'drop',
    sentence:
      'RUN_PROGRAM without a program, with more than 256 arguments, or whose last argument has no NUL (answered: invalid).',
    source: 'Livery',
  },
  SERVICE_TEXT: {
    effect: 'drop',
    sentence:
      'A text from dom0 that is not UTF-8, or not five texts in SET_KEYMAP (answered: invalid).',
    source: 'Livery',
  },
  SERVICE_SCREEN: {
    effect: 'drop',
    sentence:
      'SET_SCREEN with a side of 0 or above 32767, or not 1 to 16 monitors (answered: invalid).',
    source: 'Livery',
  },
} as const satisfies Record<string, Rule>;

export type RuleCode = keyof typeof PROTOCOL_RULES;

/** The error that ends a session; `detail` holds numbers only, never a qube's text. */
export function violation(code: RuleCode, detail: string): ProtocolViolation {
  return new ProtocolViolation(code, `${PROTOCOL_RULES[code].sentence} (${detail})`);
}
