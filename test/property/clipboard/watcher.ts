/**
 * Watches the clipboard's machine from outside. It knows the events and the
 * effects and nothing of the machine's state, keeps its own account of what is
 * in the vault, whom was asked and which prompt is open, and throws when an
 * effect is not covered by what the user and the policy said, or one is missing.
 * Its time only goes forwards: a clock that was set back has stood still.
 */
import type {
  ClipboardEffect,
  ClipboardEvent,
  ClipboardSettings,
} from '../../../src/clipboard/machine-types.ts';
import type { Party, SessionTag } from '../../../src/clipboard/party.ts';
import type { Rights } from './world.ts';

interface Vault {
  readonly source: Party;
  readonly size: number;
  readonly sinceMs: number;
}

interface Prompt {
  readonly id: number;
  readonly target: Party;
  readonly vault: Vault;
  readonly sinceMs: number;
}

function rule(holds: boolean, told: string): asserts holds {
  if (!holds) throw new Error(told);
}

type Data = ClipboardEvent & { kind: 'data' };

export class Watcher {
  readonly #settings: ClipboardSettings;
  #nowMs = 0;
  #request: { readonly source: Party; readonly sinceMs: number } | undefined;
  #vault: Vault | undefined;
  #prompt: Prompt | undefined;
  #prompts = 0;

  constructor(settings: ClipboardSettings) {
    this.#settings = settings;
  }

  get hasText(): boolean {
    return this.#vault !== undefined;
  }

  /** @param sinceMs how far the clock moved since the last step; negative = set back */
  observe(
    event: ClipboardEvent,
    effects: readonly ClipboardEffect[],
    rights: Rights,
    sinceMs: number,
    wakeInMs: number | undefined,
  ): void {
    this.#nowMs += Math.max(0, sinceMs);
    const before = this.#vault;
    const expired = this.#expired(before);
    const ended = expired || this.#isOver(this.#request, this.#settings.answerMs);
    const had = {
      text: before,
      expired,
      ended: ended || this.#isOver(this.#prompt, this.#settings.promptMs),
      waited: this.#awaits(event),
    };
    this.#endRequest(event);
    for (const [place, effect] of effects.entries()) {
      this.#effect(effect, event, rights, had.waited);
      if (effect.kind === 'deliver') {
        rule(effects[place + 1]?.kind === 'wipe', 'a delivery that no wipe follows at once');
      }
    }
    this.#unasked(event, effects, had);
    this.#after(event, had);
    this.#timer(wakeInMs);
  }

  #expired(vault: Vault | undefined): boolean {
    const { keepMs } = this.#settings;
    return vault !== undefined && keepMs !== undefined && this.#nowMs - vault.sinceMs >= keepMs;
  }

  #isOver(wait: { readonly sinceMs: number } | undefined, ms: number): boolean {
    return wait !== undefined && this.#nowMs - wait.sinceMs >= ms;
  }

  /** Is this the first answer, in time, of the session that was asked last? */
  #awaits(event: ClipboardEvent): Party | undefined {
    const request = this.#request;
    if (event.kind !== 'data' || request?.source.session !== event.session) return undefined;
    const inTime = this.#nowMs - request.sinceMs < this.#settings.answerMs;
    return inTime ? request.source : undefined;
  }

  #endRequest(event: ClipboardEvent): void {
    const request = this.#request;
    if (!request) return;
    const over =
      this.#nowMs - request.sinceMs >= this.#settings.answerMs ||
      event.kind === 'locked' ||
      event.kind === 'wipe' ||
      event.kind === 'policy-changed' ||
      ((event.kind === 'data' || event.kind === 'session-ended') &&
        event.session === request.source.session);
    if (over) this.#request = undefined;
  }

  #effect(
    effect: ClipboardEffect,
    event: ClipboardEvent,
    rights: Rights,
    waited: Party | undefined,
  ): void {
    switch (effect.kind) {
      case 'request':
        rule(event.kind === 'copy' && event.focusMs >= 250, 'a request without a copy chord');
        rule(effect.session === event.from.session, 'a request to another qube');
        rule(effect.window === event.window, 'a request of another window');
        rule(this.#request?.source.session !== effect.session, 'two requests to one qube');
        rule(!this.#vault, 'a request while a text is kept');
        this.#request = { source: event.from, sinceMs: this.#nowMs };
        return;
      case 'keep':
        this.#kept(event as Data, waited);
        return;
      case 'ask': {
        const { id, source, target } = effect.prompt;
        rule(event.kind === 'paste' && event.focusMs >= 250, 'a prompt without a paste chord');
        rule(!this.#prompt, 'two prompts');
        rule(id > this.#prompts, 'the number of a prompt used again');
        rule(this.#vault?.source.session === source.session, 'a prompt with another source');
        rule(target.session === event.into.session, 'a prompt with another target');
        this.#permitted(this.#vault, target, rights, ['ask'], effect.prompt.strip);
        this.#prompts = id;
        this.#prompt = { id, target, vault: this.#vault, sinceMs: this.#nowMs };
        return;
      }
      case 'end-ask':
        rule(this.#prompt?.id === effect.id, 'the end of a prompt that is not open');
        this.#prompt = undefined;
        return;
      case 'deliver':
        this.#delivered(effect, event, rights);
        return;
      case 'wipe':
        rule(!this.#prompt, 'a wipe under an open prompt');
        this.#vault = undefined;
        return;
      case 'notice':
      case 'audit':
        return;
    }
  }

  #kept(event: Data, waited: Party | undefined): void {
    rule(waited !== undefined, 'an answer kept that nobody waited for');
    const { size, risks, incrWarning } = event.facts;
    rule(size > 0 && size <= waited.maxBytes && size <= 256_000, 'a text of a wrong size kept');
    rule(!incrWarning && !risks.includes('not-utf8'), 'something kept that is no text');
    rule(!this.#vault, 'a text kept over another one');
    this.#vault = { source: waited, size, sinceMs: this.#nowMs };
  }

  #delivered(
    effect: ClipboardEffect & { kind: 'deliver' },
    event: ClipboardEvent,
    rights: Rights,
  ): void {
    const vault = this.#vault;
    rule(vault !== undefined, 'a delivery of nothing');
    if (event.kind === 'paste') {
      rule(event.focusMs >= 250, 'a paste into a qube that just took the focus');
      rule(event.into.session === effect.session, 'a delivery to another qube');
      rule(event.window === effect.window, 'a delivery to another window');
      rule(!this.#prompt, 'a delivery past an open prompt');
      this.#permitted(vault, event.into, rights, ['allow'], effect.strip);
      return;
    }
    rule(event.kind === 'prompt' && event.verdict === 'allow', 'a delivery without a chord');
    const prompt = this.#prompt;
    rule(prompt?.id === event.id, 'a delivery by the verdict of another prompt');
    rule(prompt.vault === vault, 'a delivery of another text than the prompt was about');
    rule(prompt.target.session === effect.session, 'a delivery to another qube than was asked');
    this.#permitted(vault, prompt.target, rights, ['allow', 'ask'], effect.strip);
    this.#prompt = undefined;
  }

  #permitted(
    vault: Vault,
    target: Party,
    rights: Rights,
    actions: readonly string[],
    strip: string,
  ): void {
    const right = rights(vault.source, target);
    rule(actions.includes(right.action), `against the policy, which says ${right.action}`);
    rule(vault.size <= (right.maxSize ?? vault.size), 'more than the policy allows');
    rule(vault.size <= target.sendMax, 'more than the target takes');
    rule(right.strip === strip, 'stripped in another way than the policy says');
    const ageMs = this.#nowMs - vault.sinceMs;
    rule(ageMs < (right.ttlMs ?? Number.POSITIVE_INFINITY), 'older than the policy allows');
    rule(!this.#expired(vault), 'a text used after its time');
  }

  /** What a qube sends unasked does nothing but reach the log, unless a wait ended just then. */
  #unasked(
    event: ClipboardEvent,
    effects: readonly ClipboardEffect[],
    had: { readonly waited: Party | undefined; readonly ended: boolean },
  ): void {
    if (event.kind !== 'data' || had.waited || had.ended) return;
    const quiet = effects.every(({ kind }) => kind === 'audit');
    rule(quiet, 'an answer that nobody waited for did something');
  }

  #after(event: ClipboardEvent, had: { text: Vault | undefined; expired: boolean }): void {
    if (event.kind === 'prompt' && this.#prompt?.id === event.id) this.#prompt = undefined;
    const prompt = this.#prompt;
    if (prompt) {
      rule(prompt.vault === this.#vault, 'a prompt about a text that is gone');
      const age = this.#nowMs - prompt.sinceMs;
      rule(age < this.#settings.promptMs, 'a prompt open after its time');
      const gone = event.kind === 'session-ended' && event.session === prompt.target.session;
      rule(!gone, 'a prompt for a qube that is gone');
    }
    if (!had.text) return;
    const must = had.expired || mustWipe(event, had.text.source.session);
    if (must) rule(this.#vault !== had.text, `a text still there after ${event.kind}`);
    else if (this.#vault !== had.text) {
      const pasted = event.kind === 'paste' || event.kind === 'prompt';
      rule(pasted, `a text gone by ${event.kind}`);
    }
  }

  #timer(wakeInMs: number | undefined): void {
    rule(wakeInMs === undefined || wakeInMs > 0, 'a timer in the past');
    const { answerMs, keepMs, promptMs } = this.#settings;
    const due = (sinceMs: number, ms: number): void =>
      rule((wakeInMs ?? Number.POSITIVE_INFINITY) <= sinceMs + ms - this.#nowMs, 'no timer');
    if (this.#request) due(this.#request.sinceMs, answerMs);
    if (this.#vault && keepMs !== undefined) due(this.#vault.sinceMs, keepMs);
    if (this.#prompt) due(this.#prompt.sinceMs, promptMs);
    if (!this.#request && !this.#vault) rule(wakeInMs === undefined, 'a timer for nothing');
  }
}

function mustWipe(event: ClipboardEvent, source: SessionTag): boolean {
  switch (event.kind) {
    case 'locked':
    case 'wipe':
    case 'policy-changed':
      return true;
    case 'session-ended':
    case 'not-kept':
      return event.session === source;
    case 'copy':
      return event.focusMs >= 250;
    default:
      return false;
  }
}
