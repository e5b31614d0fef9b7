/**
 * A daemon's part in the clipboard of all daemons: puts what was copied into the
 * shared files, finds there what others copied, and wipes it after a paste. The
 * machine (clipboard/machine.ts) decides as ever; here is only where the text
 * lies. What was another operation in between is told by the files' own marks
 * and by the X server's time of the keys.
 */
import { messageOf } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { parseQubeName, type QubeName } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { AuditFact } from '../../clipboard/audit.ts';
import type { NamedLabel } from '../../clipboard/notice.ts';
import type {
  ClipboardStore,
  Found,
  Pasting,
  StoreEvents,
} from '../../desktop/clipboard/clipboard-store.ts';
import type { Vault } from '../../native/addon.ts';
import type { PastePolicy } from './dom0-policy.ts';
import { isNotBefore, type Operation } from './metadata.ts';
import type { SharedFiles, Stamp } from './shared-files.ts';

const MAX_BYTES = 256_000;
/** Clocks of files and of this process may be apart by this. */
const CLOCK_MS = 2000;
/** A label that no rule can name: only the daemon of a qube knows its label. */
const UNKNOWN = { name: '?', color: 0x888a85, pattern: 'plain' } as const;
/** dom0's own clipboard, as the desktop's widget copies it. */
const DOM0_NAME = 'dom0' as QubeName;

/** Answers of a qube after which the text of before must not be pasted for the new one. */
const CLEARING = new Set(['empty', 'too-large', 'too-large-in-qube', 'malformed', 'no-answer']);
const CHANGING = new Set(['copied', 'shared', 'pasted', 'wiped', 'copy-refused']);
const WIPING = new Set(['time', 'lock', 'asked', 'policy-reload']);

export interface SharedClipboardOptions {
  /** Undefined = nothing is shared; the policy is asked all the same. */
  readonly files: SharedFiles | undefined;
  readonly policy: PastePolicy;
  /** The qube of this daemon. */
  readonly own: NamedLabel;
  /** Most bytes that it may copy. */
  readonly limit: number;
  /** Of the conversation: 0x10008 is 1.8. */
  version(): number;
  readonly log: Log;
}

interface Key {
  /** X server time, ms. */
  readonly time: number;
  /** Since 1970, ms. */
  readonly wallMs: number;
}

const NO_KEY: Key = { time: 0, wallMs: 0 };

export class SharedClipboard implements ClipboardStore {
  readonly #options: SharedClipboardOptions;
  #events: StoreEvents = { stale: () => {}, failed: () => {} };
  #copyKey = NO_KEY;
  #pasteKey = NO_KEY;
  /** The files as they were when the text in the vault was put there, or came from there. */
  #stamp: Stamp | undefined;
  /** That text is this qube's own. */
  #published = false;
  /** Which copy the vault has. */
  #turn = 0;

  constructor(options: SharedClipboardOptions) {
    this.#options = options;
  }

  start(events: StoreEvents): void {
    this.#events = events;
  }

  copyAsked(time: number): void {
    this.#copyKey = { time, wallMs: Date.now() };
  }

  find(pasting: Pasting, found: (what: Found) => void): void {
    this.#pasteKey = { time: pasting.time, wallMs: Date.now() };
    // What is thrown by `found` is a bug and must not be taken for a refusal.
    void this.#look(pasting).then((what) => {
      try {
        found(what);
      } finally {
        if (what.kind === 'shared') what.bytes.fill(0);
        this.#options.policy.over();
      }
    });
  }

  told(fact: AuditFact, vault: Vault): void {
    const { event, verdict, size } = fact;
    if (CHANGING.has(event)) this.#turn++;
    const { files } = this.#options;
    if (!files) return;
    if (event === 'copied') void this.#publish(files, vault, size ?? 0);
    else if (event === 'pasted') this.#clear(files, this.#pasteKey, { paste: true, size });
    else if (event === 'wiped' && WIPING.has(verdict ?? '')) this.#forget(files);
    else if (event === 'copy-refused' && CLEARING.has(verdict ?? '')) {
      this.#clearAfter(files, verdict ?? '', size);
    }
  }

  /** Never rejects. */
  async #look(pasting: Pasting): Promise<Found> {
    const { files, policy, log } = this.#options;
    const { kept, target } = pasting;
    try {
      if (!files) {
        if (kept !== undefined) await policy.ask(kept, target);
        return { kind: 'kept' };
      }
      const before = await files.locked(() => this.#survey(files, kept));
      if (before.kind !== 'source') return before;
      // The lock is not held while the policy is asked, nor is the text here.
      await policy.ask(before.source.qube, target);
      return await files.locked(() => this.#take(files, before));
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'the shared clipboard cannot be used');
      return { kind: 'refused', reason: 'storage' };
    }
  }

  #survey(files: SharedFiles, kept: QubeName | undefined): Found | Source {
    const { log, own } = this.#options;
    if (this.#isNewer(files, this.#pasteKey)) {
      log.info({}, 'another clipboard operation came after this paste; it is discarded');
      return { kind: 'refused', reason: 'busy' };
    }
    const stamp = files.stamp();
    const text = files.source();
    if (text === '') return { kind: 'none' };
    const name = text === DOM0_NAME ? DOM0_NAME : parseQubeName(text);
    if (name === undefined) {
      log.warn({ source: escapeText(text, 40) }, 'the shared clipboard has a source that is none');
      return { kind: 'refused', reason: 'malformed' };
    }
    const isKept = kept === name && stamp === this.#stamp;
    const label = name === own.qube ? own.label : UNKNOWN;
    return { kind: 'source', source: { qube: name, label }, stamp, isKept };
  }

  #take(files: SharedFiles, { source, stamp, isKept }: Source): Found {
    if (files.stamp() !== stamp) return { kind: 'refused', reason: 'busy' };
    if (isKept) return { kind: 'kept' };
    const bytes = files.read(MAX_BYTES);
    if (!bytes) return { kind: 'refused', reason: 'too-large' };
    if (bytes.length === 0) return { kind: 'none' };
    this.#stamp = stamp;
    this.#published = false;
    return { kind: 'shared', source, bytes };
  }

  async #publish(files: SharedFiles, vault: Vault, size: number): Promise<void> {
    const turn = this.#turn;
    const key = this.#copyKey;
    this.#stamp = undefined;
    try {
      const outcome = await files.locked(() => {
        // It was pasted or wiped while the lock was waited for.
        if (turn !== this.#turn || vault.disposed || vault.size !== size) return 'gone';
        if (this.#isNewer(files, key)) return 'stale';
        files.put(vault, this.#operation(key, { copy: true, size }));
        this.#stamp = files.stamp();
        this.#published = true;
        return 'done';
      });
      if (outcome !== 'stale') return;
      this.#options.log.info(
        {},
        'another clipboard operation came after this copy; it is discarded',
      );
      this.#events.stale();
    } catch (error) {
      this.#options.log.error({ reason: messageOf(error) }, 'the copy could not be shared');
      if (turn === this.#turn) this.#events.failed();
    }
  }

  /** The text was pasted: whoever copied it, it is gone, unless there is another by now. */
  #clear(files: SharedFiles, key: Key, what: Partial<Operation>): void {
    const stamp = this.#stamp;
    this.#stamp = undefined;
    if (stamp === undefined) return;
    this.#later(files, () => {
      if (files.stamp() === stamp) files.wipe(this.#operation(key, what));
    });
  }

  /** The text is wiped here; there as well when it is this qube's own. */
  #forget(files: SharedFiles): void {
    if (!this.#published) return;
    this.#clear(files, this.#copyKey, {});
  }

  /** The user copied and nothing came of it: the text of before is not to be taken for it. */
  #clearAfter(files: SharedFiles, verdict: string, size: number | undefined): void {
    const key = this.#copyKey;
    const oversized = verdict.startsWith('too-large');
    const what = { copy: true, successful: verdict === 'empty', oversized, size };
    this.#stamp = undefined;
    this.#later(files, () => {
      if (!this.#isNewer(files, key)) files.wipe(this.#operation(key, what));
    });
  }

  #later(files: SharedFiles, act: () => void): void {
    files.locked(act).catch((error: unknown) => {
      this.#options.log.error({ reason: messageOf(error) }, 'the shared clipboard is not wiped');
    });
  }

  /**
   * Another operation is not older than this key. Times of the X server only count
   * when the file was written after the key, too: they begin anew with each server.
   */
  #isNewer(files: SharedFiles, { time, wallMs }: Key): boolean {
    const last = files.lastTime();
    if (last.time === 0 || last.writtenMs < wallMs - CLOCK_MS) return false;
    return isNotBefore(last.time, time);
  }

  #operation({ time }: Key, what: Partial<Operation>): Operation {
    const { own, limit, version } = this.#options;
    return { successful: true, ...what, qube: own.qube, time, limit, version: version() };
  }
}

interface Source {
  readonly kind: 'source';
  readonly source: NamedLabel;
  readonly stamp: Stamp;
  /** The vault has this very text. */
  readonly isKept: boolean;
}
