/**
 * The policy that holds now, kept up with its file: looked at again whenever
 * something happens in its directory, whenever the daemon is told to, and each
 * time it is asked for, so that a change that nobody heard of counts all the
 * same. A mistake allows nothing from then on and is told once.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { PolicyState } from '../../clipboard/policy.ts';
import type { KnownNames } from '../../clipboard/policy-file.ts';
import { type LoadedPolicy, loadPolicy, type PolicyPlace } from './load-policy.ts';
import { policyFileMark } from './policy-file.ts';

/** An editor writes in several steps; all of them are one change. */
const SETTLE_MS = 100;
/** A directory that cannot be watched is tried again, and the file looked at, so often. */
const LOOK_EVERY_MS = 5000;

export interface PolicyWatchOptions {
  readonly place: PolicyPlace;
  /** Asked whenever the file is read. */
  known(): KnownNames;
  readonly clock: Clock;
  readonly log: Log;
  /** Another policy holds; `before` is what held until now. */
  changed(now: LoadedPolicy, before: LoadedPolicy): void;
}

export class PolicyWatch implements Disposable {
  readonly #options: PolicyWatchOptions;
  #mark: string;
  #loaded: LoadedPolicy;
  #watcher: FSWatcher | undefined;
  #timer: Disposable | undefined;
  #settling: Disposable | undefined;
  #closed = false;

  /** Loads at once and says in the log what it found. */
  constructor(options: PolicyWatchOptions) {
    this.#options = options;
    this.#mark = this.#look();
    this.#loaded = loadPolicy(options.place, options.known());
    this.#tell();
    this.#watch();
  }

  /** What holds now. */
  get loaded(): LoadedPolicy {
    this.refresh();
    return this.#loaded;
  }

  get state(): PolicyState {
    return this.loaded.state;
  }

  /** Loads again if the file is another than before; `always`: also if it looks the same. */
  refresh(always = false): void {
    const mark = this.#look();
    if (this.#closed || (mark === this.#mark && !always)) return;
    this.#mark = mark;
    const before = this.#loaded;
    const now = loadPolicy(this.#options.place, this.#options.known());
    this.#loaded = now;
    this.#tell();
    this.#options.changed(now, before);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#timer?.[Symbol.dispose]();
    this.#settling?.[Symbol.dispose]();
  }

  #look(): string {
    const { path } = this.#options.place;
    return path === undefined ? 'absent' : policyFileMark(path);
  }

  #tell(): void {
    const { log } = this.#options;
    const { origin, mistakes, warnings } = this.#loaded;
    for (const mistake of mistakes) log.error({}, `clipboard policy: ${mistake}`);
    for (const warning of warnings) log.warn({}, `clipboard policy: ${warning}`);
    if (mistakes.length === 0) log.info({ origin }, 'the clipboard policy holds');
    else log.error({ origin }, 'nothing can be pasted between qubes until the policy is put right');
  }

  #watch(): void {
    const { path } = this.#options.place;
    if (path === undefined || this.#closed) return;
    const name = basename(path);
    try {
      const watcher = watch(dirname(path), { persistent: false }, (_event, file) => {
        if (file === null || file === name) this.#settle();
      });
      this.#watcher = watcher;
      watcher.on('error', (error) => this.#unwatched(error));
    } catch (error) {
      this.#unwatched(error);
    }
  }

  #settle(): void {
    this.#settling?.[Symbol.dispose]();
    this.#settling = this.#options.clock.after(SETTLE_MS, () => {
      this.refresh();
      // Events of a directory that was replaced do not come any more.
      this.#watcher?.close();
      this.#watch();
    });
  }

  #unwatched(error: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    if (this.#closed) return;
    this.#options.log.debug({ error: messageOf(error) }, 'the policy is looked at now and then');
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.refresh();
      this.#watch();
    });
  }
}
