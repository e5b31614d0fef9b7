/**
 * Versions of the GUI protocol and what each of them changes. One major
 * version exists (1); minors 0 to 8 are spoken, a newer agent is answered
 * with 1.8.
 */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** The newest version that Livery speaks. */
export const NEWEST: Version = { major: 1, minor: 8 };

/** The oldest minor in which the daemon answers with a version word. */
export const TWO_WAY_MINOR = 4;

/** `major << 16 | minor`, as it is sent. */
export function versionWord(version: Version): number {
  return ((version.major << 16) | version.minor) >>> 0;
}

/** Splits a version word; every u32 is some version. */
export function parseVersionWord(word: number): Version {
  return { major: word >>> 16, minor: word & 0xffff };
}

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareVersions(a: Version, b: Version): number {
  return a.major === b.major ? a.minor - b.minor : a.major - b.major;
}

/** The version of a session with an agent that announced `agent`, or undefined when none fits. */
export function negotiate(agent: Version): Version | undefined {
  if (agent.major !== NEWEST.major) return undefined;
  return { major: NEWEST.major, minor: Math.min(agent.minor, NEWEST.minor) };
}

/** What a session of some version does. */
export interface Features {
  /** 1.2: the length of CLIPBOARD_DATA is in the length field; before, in the window field. */
  readonly clipboardLengthInWindow: boolean;
  /** 1.4: the daemon answers the version before it sends the screen. */
  readonly versionReply: boolean;
  /** 1.5: DESTROY is acknowledged. */
  readonly destroyAck: boolean;
  /** 1.6: a wrong length ends the session; before, the right length is taken instead. */
  readonly strictLengths: boolean;
  /** 1.7: every dump is acknowledged. */
  readonly dumpAck: boolean;
  /** Most bytes that an agent may send as clipboard data (1.8: one more than may be kept). */
  readonly clipboardMax: number;
  /** Most bytes of clipboard data that may be sent to an agent. */
  readonly clipboardSendMax: number;
}

/** Clipboard bytes up to 1.7, both ways. */
export const CLIPBOARD_OLD_MAX = 65_000;
/** Clipboard bytes from 1.8 on that a daemon may be set to keep. */
export const CLIPBOARD_NEW_MAX = 256_000;

/** What a session of `version` does; `version.major` is 1. */
export function features(version: Version): Features {
  const { minor } = version;
  return {
    clipboardLengthInWindow: minor < 2,
    versionReply: minor >= TWO_WAY_MINOR,
    destroyAck: minor >= 5,
    strictLengths: minor >= 6,
    dumpAck: minor >= 7,
    // From 1.8 on an agent with too much sends one byte more than may be kept,
    // so that the daemon can tell "cut" from "exactly full".
    clipboardMax: minor >= 8 ? CLIPBOARD_NEW_MAX + 1 : CLIPBOARD_OLD_MAX,
    clipboardSendMax: minor >= 8 ? CLIPBOARD_NEW_MAX : CLIPBOARD_OLD_MAX,
  };
}
