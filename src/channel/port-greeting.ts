/**
 * How a conversation begins on a port of a virtual machine. The port has no
 * sessions: a new host connection may be handed bytes of the one before, from
 * the middle of a message, and so may the guest. So each side says a number
 * that nobody could know before (a nonce) and takes what comes for stale until
 * it has that number back:
 *
 *     host → guest   hello    nonce H
 *     guest → host   welcome  nonce H, nonce G
 *     host → guest   start    nonce G
 *
 * Past `welcome` the host, and past `start` the guest, sees only bytes that were
 * written for this conversation. Whatever either side says before is looked
 * through, never believed, and bounded. PURE: bytes in, bytes out.
 */

/** The version of this greeting and of the records after it (port-records.ts). */
const PORT_VERSION = 1;
const NONCE_BYTES = 16;
const TAG_BYTES = 16;
const HELLO_BYTES = TAG_BYTES + NONCE_BYTES;
const WELCOME_BYTES = TAG_BYTES + 2 * NONCE_BYTES;
/** More than both queues of a port and of a channel hold. */
const MAX_STALE_BYTES = 64 * 1024 * 1024;

const WORDS = { hello: ' hello  ', welcome: ' welcome', start: ' start  ' } as const;
type Word = keyof typeof WORDS;
const PREFIX = 'livery/';

function tag(word: Word, version = PORT_VERSION): Buffer {
  return Buffer.from(`${PREFIX}${version}${WORDS[word]}`, 'latin1');
}

/** The version in a tag of `word`, or undefined when `bytes` do not begin with one. */
function versionIn(bytes: Buffer, word: Word): number | undefined {
  const text = bytes.toString('latin1', 0, TAG_BYTES);
  const digit = text.charCodeAt(PREFIX.length) - 0x30;
  if (!text.startsWith(PREFIX) || !(digit >= 0 && digit <= 9)) return undefined;
  return text.endsWith(WORDS[word]) && text.length === TAG_BYTES ? digit : undefined;
}

/** 16 bytes that nobody can guess. */
export type MakeNonce = () => Uint8Array;

export type HostStep =
  | { readonly kind: 'more' }
  /** The guest is there: `send` this, and the conversation has begun. */
  | { readonly kind: 'begun'; readonly send: Uint8Array }
  /** It will not begin. */
  | { readonly kind: 'failed'; readonly reason: string };

/** The host's side of one greeting. */
export class HostGreeting {
  /** What is to be sent first. */
  readonly hello: Uint8Array;
  readonly #nonce: Buffer;
  #kept: Buffer = Buffer.alloc(0);
  #stale = 0;

  constructor(makeNonce: MakeNonce) {
    this.#nonce = Buffer.from(makeNonce());
    this.hello = Buffer.concat([tag('hello'), this.#nonce]);
  }

  /** Takes what came from the guest, in any pieces. */
  push(bytes: Uint8Array): HostStep {
    const seen = Buffer.concat([this.#kept, bytes]);
    let from = 0;
    for (let at = seen.indexOf(this.#nonce); at >= 0; at = seen.indexOf(this.#nonce, from)) {
      const begin = at - TAG_BYTES;
      const version = begin < 0 ? undefined : versionIn(seen.subarray(begin), 'welcome');
      if (version !== undefined) return this.#welcomed(seen.subarray(begin), version);
      // Somebody gives back what we said: an echo is no welcome.
      from = at + 1;
    }
    const keep = Math.min(seen.length, WELCOME_BYTES - 1);
    this.#stale += seen.length - keep;
    this.#kept = Buffer.from(seen.subarray(seen.length - keep));
    if (this.#stale <= MAX_STALE_BYTES) return { kind: 'more' };
    return { kind: 'failed', reason: 'it says much, and nothing that begins a conversation' };
  }

  #welcomed(welcome: Buffer, version: number): HostStep {
    if (version !== PORT_VERSION) {
      const reason = `its agent speaks version ${version} of the port's greeting, this is ${PORT_VERSION}: its guest must be built again`;
      return { kind: 'failed', reason };
    }
    if (welcome.length < WELCOME_BYTES) {
      this.#kept = Buffer.from(welcome);
      return { kind: 'more' };
    }
    if (welcome.length > WELCOME_BYTES) {
      return { kind: 'failed', reason: 'it goes on before it was told to start' };
    }
    const send = Buffer.concat([tag('start'), welcome.subarray(TAG_BYTES + NONCE_BYTES)]);
    return { kind: 'begun', send };
  }
}

export type GuestStep =
  | { readonly kind: 'more' }
  /** A host is there: `send` this. */
  | { readonly kind: 'hello'; readonly send: Uint8Array }
  | { readonly kind: 'begun' };

/** The guest's side, for one greeting after the other until one succeeds. */
export class GuestGreeting {
  readonly #makeNonce: MakeNonce;
  #nonce: Buffer | undefined;
  #kept: Buffer = Buffer.alloc(0);

  constructor(makeNonce: MakeNonce) {
    this.#makeNonce = makeNonce;
  }

  /**
   * How many bytes may be read and pushed next, so that none of the
   * conversation itself is taken together with the word that begins it.
   */
  get wantedBytes(): number {
    return HELLO_BYTES - this.#kept.length;
  }

  /** Takes what came from the host: at most `wantedBytes`. */
  push(bytes: Uint8Array): GuestStep {
    let seen: Buffer = Buffer.concat([this.#kept, bytes]);
    while (seen.length > 0 && !couldBegin(seen)) seen = skipOne(seen);
    this.#kept = seen;
    if (seen.length < HELLO_BYTES) return { kind: 'more' };
    this.#kept = Buffer.alloc(0);
    if (versionIn(seen, 'hello') !== undefined) return this.#helloed(seen);
    const nonce = seen.subarray(TAG_BYTES);
    // One of an earlier conversation begins nothing.
    if (this.#nonce?.equals(nonce)) return { kind: 'begun' };
    return { kind: 'more' };
  }

  /** A host of another version is answered too: it can then say what is wrong. */
  #helloed(hello: Buffer): GuestStep {
    this.#nonce = Buffer.from(this.#makeNonce());
    const send = Buffer.concat([tag('welcome'), hello.subarray(TAG_BYTES), this.#nonce]);
    return { kind: 'hello', send };
  }
}

/** Past its first byte, to where the next word may begin. */
function skipOne(bytes: Buffer): Buffer {
  const next = bytes.indexOf(PREFIX.charCodeAt(0), 1);
  return next < 0 ? bytes.subarray(bytes.length) : bytes.subarray(next);
}

/** `bytes` are the beginning of a `hello`, or of a `start`, whatever follows. */
function couldBegin(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, TAG_BYTES);
  const digit = PREFIX.length;
  if (!PREFIX.startsWith(text.slice(0, digit))) return false;
  if (text.length > digit && !/\d/.test(text.charAt(digit))) return false;
  const rest = text.slice(digit + 1);
  return WORDS.hello.startsWith(rest) || WORDS.start.startsWith(rest);
}
