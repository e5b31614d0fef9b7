/**
 * What the clipboard of the desktop needs from the daemon: the policy that
 * holds, the audit log, and the renderer. Fails closed: with a mistake in the
 * policy, or without an audit log, nothing can be pasted, and the screen says so.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { AuditFact } from '../../clipboard/audit.ts';
import { BROKEN_POLICY, type PolicyState } from '../../clipboard/policy.ts';
import type { Config } from '../../config/config.ts';
import type { ClipboardFace, ClipboardOptions } from '../../desktop/clipboard/clipboard-desk.ts';
import { RendererClient } from '../../surface/renderer-client.ts';
import { type Language, languageOf } from '../../surface/words.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { auditPlaces } from '../audit/places.ts';
import { Ring } from '../ring.ts';
import { knownNames, type LoadedPolicy, policyPlace, SHIPPED_ORIGIN } from './load-policy.ts';
import { PolicyWatch } from './policy-watch.ts';
import { wordsOf } from './told.ts';

export interface DaemonClipboardOptions {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the audit log was told, and when (milliseconds since 1970). */
export type ClipboardRecord = AuditFact & { readonly timeMs: number };

/** Records that are kept for the live view. */
const RECORDS = 100;

export class DaemonClipboard implements Disposable {
  /** What happened since the daemon started; the newest. */
  readonly records = new Ring<ClipboardRecord>(RECORDS);
  /** For Desktop.open. */
  readonly options: ClipboardOptions;
  readonly #log: Log;
  readonly #language: Language;
  #config: Config;
  readonly #policy: PolicyWatch;
  readonly #audit: AuditLog | undefined;
  readonly #renderer: RendererClient;
  /** What is to be told and could not yet be. */
  readonly #untold: string[] = [];
  #face: ClipboardFace | undefined;

  /** Starts the renderer's processes: before the daemon gives up starting any. */
  static async start(options: DaemonClipboardOptions): Promise<DaemonClipboard> {
    const { clock, log } = options;
    return new DaemonClipboard(options, await RendererClient.start({ clock, log }));
  }

  private constructor(
    { config, env, clock, log }: DaemonClipboardOptions,
    renderer: RendererClient,
  ) {
    this.#log = log;
    this.#config = config;
    this.#language = languageOf(env);
    this.#renderer = renderer;
    this.#audit = this.#openAudit(config, env, clock);
    this.#policy = new PolicyWatch({
      place: policyPlace(config),
      known: () => knownNames(this.#config),
      clock,
      log,
      changed: (now, before) => this.#changed(now, before),
    });
    this.#tellMistakes(this.#policy.loaded);
    const now = (): Config => this.#config;
    this.options = {
      get settings() {
        return now().clipboard;
      },
      policy: () => this.#state,
      audit: (fact) => this.#record(fact),
      renderer,
      language: this.#language,
    };
  }

  /** The desktop is there: what waited to be told is told. */
  shownOn(face: ClipboardFace | undefined): void {
    this.#face = face;
    for (const text of this.#untold.splice(0)) this.#tell(text);
  }

  /** What the policy's file says now, whatever it looks like. */
  reload(): void {
    this.#policy.refresh(true);
  }

  /**
   * Another configuration holds. Whatever is kept or asked for is wiped: labels, limits and
   * the policy may mean something else for it by now.
   */
  reconfigure(config: Config): void {
    this.#config = config;
    // Also when the policy itself is the same.
    this.reload();
  }

  /** The file with the configuration has mistakes; said on the screen. */
  configRefused(message: string): void {
    const [first = '', ...more] = message.split('\n');
    this.#tell(wordsOf(this.#language).configMistakes(first, more.length));
  }

  get policy(): LoadedPolicy {
    return this.#policy.loaded;
  }

  [Symbol.dispose](): void {
    this.#face = undefined;
    this.#policy[Symbol.dispose]();
    this.#audit?.[Symbol.dispose]();
    this.#renderer[Symbol.dispose]();
  }

  get #state(): PolicyState {
    if (!this.#audit?.usable) return BROKEN_POLICY;
    return this.#policy.state;
  }

  #record(fact: AuditFact): void {
    this.records.add({ ...fact, timeMs: Date.now() });
    if (this.#audit) this.#audit.append(fact);
    else this.#log.error({ event: fact.event }, 'nothing is recorded: there is no audit log');
  }

  #openAudit(config: Config, env: NodeJS.ProcessEnv, clock: Clock): AuditLog | undefined {
    const words = wordsOf(this.#language);
    try {
      return AuditLog.open({
        places: auditPlaces(config.clipboard, env),
        clock,
        log: this.#log,
        troubled: (reason, usable) =>
          this.#tell(usable ? words.audit(reason) : words.noAudit(reason)),
      });
    } catch (error) {
      const hint = error instanceof UserError ? error.hint : undefined;
      this.#log.error({ hint }, `${messageOf(error)}; nothing can be pasted between qubes`);
      this.#tell(words.noAudit(messageOf(error)));
      return undefined;
    }
  }

  #changed(now: LoadedPolicy, before: LoadedPolicy): void {
    this.#face?.policyChanged();
    if (now.mistakes.length > 0) {
      if (now.mistakes.join('\n') !== before.mistakes.join('\n')) this.#tellMistakes(now);
    } else if (before.mistakes.length > 0) {
      const words = wordsOf(this.#language);
      this.#tell(words.holdsAgain(now.origin === SHIPPED_ORIGIN ? words.shipped : now.origin));
    }
  }

  #tellMistakes({ mistakes }: LoadedPolicy): void {
    const [first] = mistakes;
    if (first !== undefined) {
      this.#tell(wordsOf(this.#language).mistakes(first, mistakes.length - 1));
    }
  }

  #tell(text: string): void {
    if (this.#face) this.#face.problem(text);
    else this.#untold.push(text);
  }
}
