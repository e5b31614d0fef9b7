/**
 * The daemon's control socket: what can be asked and what is answered, as one
 * table. One JSON object per line: `{"id":1,"op":"windows"}` is answered once
 * by `{"id":1,"ok":true,"result":…}` or `{"id":1,"ok":false,"code":…}`. Asked by
 * dom0's own processes; titles in the answers have passed trust/title.ts.
 */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import type { ExitCode } from '../base/errors.ts';
import type { Rect } from '../base/geometry.ts';
import type { DomainId, QubeName, XWindowId } from '../base/ids.ts';

/** Longest request line in bytes, without its newline. */
export const MAX_REQUEST_BYTES = 1024 * 1024;
/** Longest answer line in bytes: some 600 for each of a few thousand windows. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** One window on dom0's screen. */
export interface WindowListing {
  readonly qube: QubeName;
  /** The window's own title, made safe; without the qube's prefix. */
  readonly title: string;
  readonly label: string;
  /** `#rrggbb`. */
  readonly color: string;
  /** The outer edge of the coloured frame, in root coordinates. */
  readonly frame: Rect;
  /** The qube's pixels, in root coordinates. */
  readonly content: Rect;
  readonly mapped: boolean;
  /** From its creation to its first pixels in ms; null = none yet. */
  readonly firstPixelsMs: number | null;
  /** The frame's window on dom0's X server. */
  readonly window: XWindowId;
  /** Its qube is read more slowly because it says too much. */
  readonly throttled: boolean;
}

export interface QubeListing {
  readonly name: QubeName;
  readonly domainId: DomainId;
  readonly label: string;
  /** `#rrggbb`. */
  readonly color: string;
  readonly state: 'stopped' | 'starting' | 'running';
  /** Its windows can be shown: the GUI conversation has begun. */
  readonly connected: boolean;
  readonly windows: number;
  /** It says more than its limits allow, and is read more slowly for it. */
  readonly throttled: boolean;
  /** Why it ended, is not connected, or has windows without pictures, in dom0's words. */
  readonly reason: string | null;
  /** What runs its virtual machine; null when it is none, or does not run. */
  readonly machine: string | null;
}

/** What was handled for one channel of a qube, since it is on the screen. */
export interface ChannelCounts {
  readonly turns: number;
  readonly messages: number;
  /** Those of them that became puts without JavaScript, each a turn that takes no time here. */
  readonly past: number;
  /** Number of its last turn among those of all qubes. */
  readonly lastTurn: number;
  /** Most turns that others had one after the other while it had work waiting. */
  readonly waited: number;
  /** Most work in one turn, in damage messages; a service message counts as one. */
  readonly mostCost: number;
  /** Most X requests in one turn. */
  readonly mostRequests: number;
  /** How often it was slowed down. */
  readonly pauses: number;
  /** Time of all turns and of the longest, in ms. */
  readonly turnMs: number;
  readonly mostTurnMs: number;
}

/** What became of the damage of a qube's windows, since it is on the screen. */
export interface DamageCounts {
  /** Rectangles that were told, by the qube or because a window had to be drawn again. */
  readonly told: number;
  /** Those that became part of another one before they were put. */
  readonly merged: number;
  /** Rectangles put on the screen, and the bytes of their pixels. */
  readonly put: number;
  readonly bytes: number;
}

export interface QubeStats {
  readonly name: QubeName;
  readonly throttled: boolean;
  readonly gui: ChannelCounts;
  readonly service: ChannelCounts;
  readonly damage: DamageCounts;
  /** Bytes that wait for the qube to read its GUI channel. */
  readonly queuedBytes: number;
  /** Turns of all qubes that were handled before the last key or button that it was told; 0 = none. */
  readonly lastInput: number;
  /** Messages that a rule dropped. */
  readonly dropped: number;
  /** X requests made for its windows, without those that draw. */
  readonly xRequests: number;
  readonly xErrors: number;
}

export interface Stats {
  /** Turns of all qubes since the daemon started. */
  readonly turns: number;
  /** Those that are on the screen. */
  readonly qubes: readonly QubeStats[];
}

/** The clipboard between qubes, without the text. */
export interface ClipboardListing {
  /** `waiting`: a qube was asked for its text; `asking`: a prompt is open. */
  readonly state: 'empty' | 'waiting' | 'kept' | 'asking';
  readonly source: string | null;
  readonly target: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** Until it is wiped by time, in ms; null = not by time. */
  readonly wipeInMs: number | null;
  readonly policy: {
    /** The file, or that it is the shipped one. */
    readonly origin: string;
    /** Why it allows nothing; empty when it holds. */
    readonly mistakes: readonly string[];
  };
}

/** One record of the audit log since the daemon started: who, to whom, how much; never the text. */
export interface ClipboardEventListing {
  /** Counted from 1. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** As in docs/clipboard.md. */
  readonly event: string;
  readonly source: string | null;
  readonly target: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly verdict: string | null;
  readonly detail: string | null;
}

/** One line of the daemon's log, escaped. */
export interface LogListing {
  /** Counted from 1. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  /** `key=value`, joined by blanks. */
  readonly fields: string;
}

/** A secure chord on the keyboard of the screen as it is now. */
export interface ChordListing {
  readonly keycode: number;
  /** Bits of an X event's state word that are looked at, and those of them that must be set. */
  readonly examined: number;
  readonly held: number;
}

/** What only a person at the screen may do. */
export interface InputRules {
  /** A question is open on the screen, or about to be: its answer is the person's. */
  readonly prompt: boolean;
  readonly chords: readonly ChordListing[];
}

/** What keeps a daemon that was taken over from doing more than it does. */
export interface ConfinementListing {
  /** False: switched off by LIVERY_CONFINE=off, or nothing was given up yet. */
  readonly wanted: boolean;
  readonly noNewPrivileges: boolean;
  /** A filter on all threads (seccomp). */
  readonly systemCalls: boolean;
  /** Version of Landlock that keeps files away; 0 = none. */
  readonly landlock: number;
  /** What is not in force, and why; one sentence each. */
  readonly lacks: readonly string[];
}

/** How a program in a qube ended: one of both is a number or a name. */
export interface ProgramExit {
  readonly status: number | null;
  readonly signal: string | null;
}

const name = v.pipe(v.string('expected the name of a qube'), v.maxLength(64));
const argument = v.pipe(
  v.string('expected a string'),
  v.check((text) => !text.includes('\0'), 'expected text without NUL characters'),
);
const argv = v.pipe(
  v.array(argument, 'expected a list of strings'),
  v.minLength(1, 'expected a program'),
  v.maxLength(256, 'expected at most 256 arguments'),
  v.check((list) => list[0] !== '', 'expected a program'),
);

const directory = v.pipe(
  v.string('expected a directory'),
  v.maxLength(4096),
  v.check((path) => isAbsolute(path) && !path.includes('\0'), 'expected an absolute path'),
);
const wholeNumber = (low: number, high: number) =>
  v.pipe(
    v.number('expected a whole number'),
    v.integer('expected a whole number'),
    v.minValue(low, `expected ${low} to ${high}`),
    v.maxValue(high, `expected ${low} to ${high}`),
  );

const since = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Every request: its parameters besides `id` and `op`. */
export const REQUESTS = {
  /** Is the daemon there, and which is it? */
  ping: v.strictObject({}),
  windows: v.strictObject({}),
  qubes: v.strictObject({}),
  /** What was handled for each qube. */
  stats: v.strictObject({}),
  /** Answered when the qube runs. */
  'qube.start': v.strictObject({ qube: name }),
  /** Answered when no process of the qube is left. */
  'qube.stop': v.strictObject({ qube: name }),
  /** Begins a session anew that a breach of a rule has ended; answered at once. */
  'qube.reconnect': v.strictObject({ qube: name }),
  /** Answered when the program was started; with `wait` when it ended. */
  run: v.strictObject({ qube: name, argv, wait: v.optional(v.boolean()) }),
  /**
   * Shows a qube that somebody else runs, until this connection ends; answered when
   * the daemon looks for it. Refused unless name, domain and colour are the configuration's.
   */
  attach: v.strictObject({
    qube: name,
    domain: wholeNumber(1, 32_751),
    /** 0xRRGGBB of its label. */
    color: wholeNumber(0, 0xffffff),
    /** Directory of its sockets, and the domain that they are for. */
    channelDir: directory,
    client: wholeNumber(0, 32_751),
    poolDir: directory,
  }),
  /**
   * Answered when the qube that this connection attached is no longer in the state
   * `known`; refused with the reason when it is not shown any more.
   */
  'attach.next': v.strictObject({
    known: v.picklist(['waiting', 'connected'], 'expected waiting or connected'),
  }),
  /** What was copied, from where, for how long: never the text. */
  'clipboard.show': v.strictObject({}),
  /** Wipes it; answered when it is gone. */
  'clipboard.wipe': v.strictObject({}),
  /** What was copied and pasted since the daemon started: the records after number `since`. */
  'clipboard.events': v.strictObject({ since }),
  /** The newest lines of the daemon's log, after number `since`. */
  'log.tail': v.strictObject({ since }),
  /** What whoever sends keys and clicks to the screen has to leave to the person there. */
  'input.rules': v.strictObject({}),
  /** Says on the screen that a browser may do everything, secure chords and answers included. */
  'view.announce': v.strictObject({}),
  /** Which of its rights the daemon has given up. */
  confinement: v.strictObject({}),
  /** Somebody who knows says that the screen is being locked. */
  locked: v.strictObject({}),
  /** Takes over what the configuration's file says now, as a whole or not at all. */
  reload: v.strictObject({}),
  /** Ends the daemon (not the qubes); answered before it goes. */
  shutdown: v.strictObject({}),
} as const;

export type ControlOp = keyof typeof REQUESTS;
export type ControlParams<Op extends ControlOp> = v.InferOutput<(typeof REQUESTS)[Op]>;

/** What each request is answered with. */
export interface ControlResults {
  readonly ping: { readonly version: string; readonly pid: number };
  readonly windows: readonly WindowListing[];
  readonly qubes: readonly QubeListing[];
  readonly stats: Stats;
  readonly 'qube.start': QubeListing;
  readonly 'qube.stop': QubeListing;
  readonly 'qube.reconnect': QubeListing;
  /** `run` numbers the program; `exit` is there when it was waited for. */
  readonly run: { readonly run: number; readonly exit?: ProgramExit };
  readonly attach: Record<string, never>;
  /** `waiting`: its agent is not there (any more). */
  readonly 'attach.next': { readonly state: 'waiting' | 'connected' };
  readonly 'clipboard.show': ClipboardListing;
  readonly 'clipboard.wipe': Record<string, never>;
  readonly 'clipboard.events': readonly ClipboardEventListing[];
  readonly 'log.tail': readonly LogListing[];
  readonly 'input.rules': InputRules;
  readonly 'view.announce': Record<string, never>;
  readonly confinement: ConfinementListing;
  readonly locked: Record<string, never>;
  readonly reload: {
    /** `qube.work.label: blue → red`: holds now. */
    readonly changed: readonly string[];
    /** Each with when it will hold. */
    readonly later: readonly string[];
  };
  readonly shutdown: Record<string, never>;
}

export type ControlAnswer =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | {
      /** Null when the request was too broken to have one. */
      readonly id: number | null;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode: ExitCode;
    };

/**
 * What the daemon does for each request. A UserError that is thrown is
 * answered with its code, message and hint. `gone` is aborted when whoever
 * asked went away; there is one for each connection. `uid` is the asker's.
 */
export type ControlHandlers = {
  readonly [Op in ControlOp]: (
    params: ControlParams<Op>,
    gone: AbortSignal,
    uid: number,
  ) => Promise<ControlResults[Op]>;
};
