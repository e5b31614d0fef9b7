/**
 * The service channel: what the GUI protocol lacks (programs, keyboard and
 * screen layout, icons, life signs, files), over a connection of its own.
 * Requests of dom0 carry an id and get exactly one answer. What a qube may say
 * is in `fromQube`; nothing in it starts, focuses, copies or names another
 * qube.
 */
import type { VmWindowId } from '../base/ids.ts';
import type { Untrusted } from '../base/untrusted.ts';
import { SERVICE_LIMITS } from './limits.ts';
import type { RuleCode } from './rules.ts';
import { rest, struct, u32, u64 } from './struct.ts';
import { exactly, type Header, type LengthRule, table } from './table.ts';

/** The header of the service channel. */
export const SERVICE_HEADER: Header = { bytes: 8, windowAt: undefined, lengthAt: 4 };

export const RunProgram = struct({ id: u32, argv: rest });
export const SetKeymap = struct({ id: u32, texts: rest });
export const SetScreen = struct({ id: u32, width: u32, height: u32, dpi: u32, monitors: rest });
export const Ping = struct({ id: u32, nonce: u64 });
export const WindowPing = struct({ id: u32, window: u32 });
export const Answer = struct({ id: u32, status: u32, detail: rest });
export const IconRecord = struct({ window: u32, width: u32, height: u32, pixels: rest });
export const ProgramExited = struct({ runId: u32, kind: u32, code: u32 });
export const Ready = struct({ fresh: u32, version: rest });
export const FileOffer = struct({ size: u64, file: rest });

/** Bytes of one monitor in setScreen: x, y (i32), width, height (u32). */
export const MONITOR_BYTES = 16;

function range(min: number, max: number, step = 1): LengthRule {
  return { kind: 'range', min, max, step, code: 'SERVICE_LENGTH' };
}

/** Requests of dom0. A type that the qube does not know is answered `unsupported`. */
export const toQube = table(
  {
    header: SERVICE_HEADER,
    unknown: 'deliver',
    maxUnknown: SERVICE_LIMITS.bodyBytes.value,
    codes: { type: 'SERVICE_TYPE', length: 'SERVICE_LENGTH' },
  },
  [
    {
      type: 1,
      name: 'runProgram',
      wireName: 'RUN_PROGRAM',
      since: 0,
      body: RunProgram,
      length: range(RunProgram.size + 2, RunProgram.size + SERVICE_LIMITS.argvBytes.value),
      window: 'any',
      doc: 'Start a program: 1 to 256 arguments, UTF-8, each ended by NUL, the first one the program. Answered when it started or could not; PROGRAM_EXITED with this id follows when it ends.',
    },
    {
      type: 2,
      name: 'setKeymap',
      wireName: 'SET_KEYMAP',
      since: 0,
      body: SetKeymap,
      length: range(SetKeymap.size + 5, SetKeymap.size + SERVICE_LIMITS.keymapBytes.value),
      window: 'any',
      doc: 'Use this XKB configuration: rules, model, layout, variant, options, each UTF-8 and ended by NUL, empty for the default.',
    },
    {
      type: 3,
      name: 'setScreen',
      wireName: 'SET_SCREEN',
      since: 0,
      body: SetScreen,
      length: range(
        SetScreen.size + MONITOR_BYTES,
        SetScreen.size + MONITOR_BYTES * SERVICE_LIMITS.monitors.value,
        MONITOR_BYTES,
      ),
      window: 'any',
      doc: 'The screen of dom0 has this size and these monitors, 1 to 16 of x, y (i32), width, height (u32). Said when the qube comes and whenever the size changes; a qube that cannot have this size answers 38 and keeps the one that it has.',
    },
    {
      type: 4,
      name: 'ping',
      wireName: 'PING',
      since: 0,
      body: Ping,
      length: exactly(Ping),
      window: 'any',
      doc: 'Are you there? The detail of the answer is the nonce, 8 bytes.',
    },
    {
      type: 5,
      name: 'pingWindow',
      wireName: 'PING_WINDOW',
      since: 1,
      body: WindowPing,
      length: exactly(WindowPing),
      window: 'any',
      doc: 'Does the program that has this window of the GUI channel answer? Status 0 when it did, 16 when it did not in the time that the qube gives it, 38 when it does not take part in such questions (or the qube does not know this one), 2 when there is no such window. dom0 has one of these open for a window at most.',
    },
  ],
);

/** Everything that a qube may say. */
export const fromQube = table(
  {
    header: SERVICE_HEADER,
    unknown: 'violation',
    codes: { type: 'SERVICE_TYPE', length: 'SERVICE_LENGTH' },
  },
  [
    {
      type: 129,
      name: 'answer',
      wireName: 'ANSWER',
      since: 0,
      body: Answer,
      length: range(Answer.size, Answer.size + SERVICE_LIMITS.detailBytes.value),
      window: 'any',
      doc: 'The one answer to request `id`: a status and a line for a person.',
    },
    {
      type: 130,
      name: 'iconRecord',
      wireName: 'ICON_RECORD',
      since: 0,
      body: IconRecord,
      length: range(
        IconRecord.size + 4,
        IconRecord.size + 4 * SERVICE_LIMITS.iconSide.value ** 2,
        4,
      ),
      window: 'any',
      doc: 'The icon of a window: rows of R, G, B, A, not premultiplied, 1 to 256 pixels a side. An unknown window is ignored. dom0 tints it to the label.',
    },
    {
      type: 131,
      name: 'programExited',
      wireName: 'PROGRAM_EXITED',
      since: 0,
      body: ProgramExited,
      length: exactly(ProgramExited),
      window: 'any',
      doc: 'The program that request `runId` started ended: kind 0 with exit status `code`, kind 1 by signal `code`.',
    },
    {
      type: 132,
      name: 'ready',
      wireName: 'READY',
      since: 0,
      body: Ready,
      length: range(Ready.size, Ready.size + SERVICE_LIMITS.versionBytes.value),
      window: 'any',
      doc: 'The X server of the qube is up and programs can be started; name and version of the agent. `fresh` is 1 as long as no program was ever started in this qube (those that were asked for before the first of these messages do not count): dom0 then starts those of its configuration.',
    },
    {
      type: 133,
      name: 'fileOffer',
      wireName: 'FILE_OFFER',
      since: 0,
      body: FileOffer,
      length: range(FileOffer.size + 1, FileOffer.size + SERVICE_LIMITS.fileNameBytes.value),
      window: 'any',
      doc: 'The qube has a file for somebody; dom0 decides for whom, if at all. Only a name and a size.',
    },
  ],
);

/** Status of an answer; the numbers are those of errno. */
export const STATUS = {
  ok: 0,
  /** No such program. */
  notFound: 2,
  failed: 5,
  denied: 13,
  busy: 16,
  /** The request was malformed. */
  invalid: 22,
  /** The qube does not know this request. */
  unsupported: 38,
} as const;

export interface Monitor {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type ToQubeName = (typeof toQube)['rows'][number]['name'];

interface Request<N extends ToQubeName | 'refused'> {
  readonly name: N;
  /** Chosen by dom0, any u32; not used again while unanswered. */
  readonly id: number;
}

/** A request of dom0. */
export type ToQube =
  | (Request<'runProgram'> & { readonly argv: readonly string[] })
  | (Request<'setKeymap'> & {
      readonly rules: string;
      readonly model: string;
      readonly layout: string;
      readonly variant: string;
      readonly options: string;
    })
  | (Request<'setScreen'> & {
      readonly width: number;
      readonly height: number;
      readonly dpi: number;
      readonly monitors: readonly Monitor[];
    })
  | (Request<'ping'> & { readonly nonce: bigint })
  | (Request<'pingWindow'> & { readonly window: VmWindowId });

/** What the qube's end reads: a request, or one to be answered by `status` at once. */
export type ToQubeRead =
  | ToQube
  | (Request<'refused'> & {
      readonly status: typeof STATUS.invalid | typeof STATUS.unsupported;
      readonly rule: RuleCode;
    });

/** What a qube said. Pixels and detail texts are its own choice. */
export type FromQube =
  | {
      readonly name: 'answer';
      readonly id: number;
      readonly status: number;
      readonly detail: Untrusted<Uint8Array>;
    }
  | {
      readonly name: 'iconRecord';
      readonly window: VmWindowId;
      readonly width: number;
      readonly height: number;
      /** A copy: R, G, B, A, width * height * 4 bytes. */
      readonly pixels: Uint8Array;
    }
  | {
      readonly name: 'programExited';
      readonly runId: number;
      readonly kind: 'exited' | 'signalled';
      readonly code: number;
    }
  | { readonly name: 'ready'; readonly fresh: boolean; readonly version: Untrusted<Uint8Array> }
  | {
      readonly name: 'fileOffer';
      /** 1 to 255 bytes without `/` and NUL. */
      readonly file: Untrusted<Uint8Array>;
      readonly size: number;
    };

/** What our end in the qube says, before it is bytes. Texts are cut to their limits. */
export type FromQubeDraft =
  | {
      readonly name: 'answer';
      readonly id: number;
      readonly status: number;
      readonly detail?: Uint8Array | string;
    }
  | Extract<FromQube, { readonly name: 'iconRecord' | 'programExited' }>
  | { readonly name: 'ready'; readonly fresh: boolean; readonly version: string }
  | { readonly name: 'fileOffer'; readonly file: string; readonly size: number };
