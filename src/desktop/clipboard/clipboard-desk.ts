/**
 * The clipboard between qubes in dom0: owns the vault, the state, the one
 * timer, and the sessions that take part. It tells the pure machine
 * (clipboard/machine.ts) what happened and carries out what that wants, in
 * order, in the same turn. The text is only ever in the read buffer of a
 * session, in the vault, and in the preview of a prompt.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Rect } from '../../base/geometry.ts';
import type { QubeName } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { AuditFact } from '../../clipboard/audit.ts';
import { START, step, wakeAtMs } from '../../clipboard/machine.ts';
import { type ClipboardState, keptOf } from '../../clipboard/machine-state.ts';
import type {
  ClipboardEffect,
  ClipboardEvent,
  ClipboardSettings,
} from '../../clipboard/machine-types.ts';
import type { Notice } from '../../clipboard/notice.ts';
import type { SessionTag } from '../../clipboard/party.ts';
import type { PolicyState } from '../../clipboard/policy.ts';
import { textFacts } from '../../clipboard/risks.ts';
import { stripInPlace } from '../../clipboard/strip.ts';
import { type Chord, chordText } from '../../config/chord.ts';
import type { QubeConfig } from '../../config/config.ts';
import { native, type Vault } from '../../native/addon.ts';
import type { QubePort } from '../../session/port.ts';
import type { RendererClient } from '../../surface/renderer-client.ts';
import type { Language } from '../../surface/words.ts';
import { type PlacedChord, placeChord } from './chords.ts';
import type { ClipboardStore, Found } from './clipboard-store.ts';
import { TakenKeys } from './key-filter.ts';
import type { KeyboardWatch } from './keyboard-watch.ts';
import { NoticeBoard } from './notice-board.ts';
import { PromptDesk } from './prompt-desk.ts';
import { type ChordEvent, type DeskPort, QubeClipboard } from './qube-clipboard.ts';
import type { SurfaceStage } from './surface-stage.ts';

/** The most that any version of the wire can bring, and the byte over it that says "more". */
const VAULT_BYTES = 256_001;
/** What a text that others share may have; its target's limit is asked at the paste. */
const SHARED_BYTES = 256_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ClipboardOptions {
  readonly settings: ClipboardSettings & { readonly wipeOnLock: boolean };
  /** What holds now; asked at every event. */
  policy(): PolicyState;
  /** Must not throw. */
  audit(fact: AuditFact): void;
  /** Where texts are besides the vault; undefined = nowhere. */
  readonly store?: ClipboardStore | undefined;
  readonly renderer: RendererClient;
  readonly language: Language;
  /** Socket of the bus that logind is on; default: the system's. */
  readonly systemBus?: string | undefined;
}

/** What there is, without the text. Times in ms from now. */
export interface ClipboardView {
  readonly state: ClipboardState['phase']['kind'];
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly size: number | undefined;
  /** Undefined = not by time. */
  readonly wipeInMs: number | undefined;
}

/** What the rest of dom0 can do with the clipboard. */
export interface ClipboardFace {
  show(): ClipboardView;
  wipe(): void;
  /** The screen was locked, as somebody other than us noticed. */
  locked(): void;
  /** `policy()` says something else from now on. */
  policyChanged(): void;
  /** Where a chord is on the present keyboard; undefined when it has no such key. */
  placeChord(chord: Chord): PlacedChord | undefined;
  /** Says on the screen that a browser controls all of it, for some seconds. */
  announceRemote(): void;
  /** Shows words of dom0 on the screen, such as a mistake in the policy file. */
  problem(text: string): void;
}

export interface DeskParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly keyboard: KeyboardWatch;
  readonly stage: SurfaceStage;
}

export class ClipboardDesk implements ClipboardFace, DeskPort, Disposable {
  readonly clock: Clock;
  readonly keyboard: KeyboardWatch;
  readonly taken = new TakenKeys();
  readonly stage: SurfaceStage;
  /** Called when `show` may say something else. */
  changed: () => void = () => {};
  /** Called when the screen was locked, whether or not a text is wiped by that. */
  whenLocked: () => void = () => {};
  readonly #options: ClipboardOptions;
  readonly #log: Log;
  readonly #notices: NoticeBoard;
  readonly #prompts: PromptDesk;
  readonly #vault: Vault;
  readonly #sessions = new Map<SessionTag, QubeClipboard>();
  readonly #waiting: ClipboardEvent[] = [];
  #state: ClipboardState = START;
  #busy = false;
  #timer: Disposable | undefined;
  #sessionCount = 0;
  #armed = false;
  #disposed = false;
  /** The store looks for what is to be pasted. */
  #finding = false;

  /** Throws with a code when there is no memory that can be locked. */
  constructor(options: ClipboardOptions, { clock, log, keyboard, stage }: DeskParts) {
    this.#options = options;
    this.clock = clock;
    this.keyboard = keyboard;
    this.#log = log;
    this.stage = stage;
    this.#notices = new NoticeBoard(stage);
    this.#prompts = new PromptDesk(stage, keyboard, this.taken, (id, verdict) =>
      this.happened({ kind: 'prompt', id, verdict }),
    );
    this.#vault = native().createVault(VAULT_BYTES);
    stage.focusedFrame = () => this.#focusedFrame();
    options.store?.start({
      stale: () => this.happened({ kind: 'shared', text: undefined }),
      failed: () => this.#notShared(),
    });
  }

  /** @param focusedFrame where the qube's window with the focus is, if it has one */
  attach(config: QubeConfig, port: QubePort, focusedFrame: () => Rect | undefined): QubeClipboard {
    return new QubeClipboard(this, config, port, focusedFrame);
  }

  newSession(): SessionTag {
    this.#sessionCount++;
    return this.#sessionCount as SessionTag;
  }

  began(session: SessionTag, qube: QubeClipboard): void {
    this.#sessions.set(session, qube);
  }

  ended(session: SessionTag): void {
    this.happened({ kind: 'session-ended', session });
    this.#sessions.delete(session);
  }

  answered(session: SessionTag, qube: QubeName, bytes: Uint8Array): void {
    // Events come from event handlers and are never nested, so the bytes are still there.
    this.#feed({ kind: 'data', session, qube, facts: textFacts(bytes) }, bytes);
  }

  pressed(event: ChordEvent, time: number): void {
    const { store } = this.#options;
    const { kind } = this.#state.phase;
    if (event.kind === 'copy') store?.copyAsked(time);
    const settled = event.kind === 'paste' && (kind === 'empty' || kind === 'kept');
    if (!store || event.kind === 'copy' || !settled) {
      this.happened(event);
    } else if (!this.#finding) {
      this.#finding = true;
      const kept = keptOf(this.#state.phase)?.source.qube;
      store.find({ kept, target: event.into.qube, time }, (found) => {
        this.#finding = false;
        this.#found(found, event);
      });
    }
  }

  happened(event: ClipboardEvent): void {
    this.#feed(event, undefined);
  }

  #found(found: Found, event: ChordEvent & { kind: 'paste' }): void {
    // The session may have ended while it was looked for.
    if (this.#disposed || !this.#sessions.has(event.into.session)) return;
    const { kind } = this.#state.phase;
    // Another chord came first, and stands.
    if (kind === 'waiting' || kind === 'asking') return;
    if (found.kind === 'refused') {
      const { qube, label } = event.into;
      const told = { source: undefined, target: { qube, label }, size: undefined };
      this.#notices.show({ kind: 'refused', reason: found.reason, ...told }, { byQube: false });
      const fact = { event: 'paste-refused', ...told, target: qube, detail: undefined };
      this.#options.audit({ ...fact, verdict: found.reason });
      return;
    }
    if (found.kind === 'none' && kind === 'kept')
      this.happened({ kind: 'shared', text: undefined });
    if (found.kind === 'shared') {
      const limits = { careful: false, maxBytes: SHARED_BYTES, sendMax: SHARED_BYTES };
      const source = { ...found.source, ...limits, session: this.newSession() };
      const text = { source, facts: textFacts(found.bytes) };
      this.#feed({ kind: 'shared', text }, found.bytes);
      // Refused, and told.
      if (keptOf(this.#state.phase)?.source.session !== source.session) return;
    }
    this.happened(event);
  }

  #notShared(): void {
    const kept = keptOf(this.#state.phase);
    if (kept) this.happened({ kind: 'not-kept', session: kept.source.session });
  }

  show(): ClipboardView {
    const { phase } = this.#state;
    const kept = phase.kind === 'kept' || phase.kind === 'asking' ? phase.kept : undefined;
    const source = phase.kind === 'waiting' ? phase.source : kept?.source;
    const wipeAtMs = kept?.wipeAtMs;
    return {
      state: phase.kind,
      source: source?.qube,
      target: phase.kind === 'asking' ? phase.target.qube : undefined,
      size: kept?.text.size,
      wipeInMs: wipeAtMs === undefined ? undefined : Math.max(0, wipeAtMs - this.clock.nowMs()),
    };
  }

  wipe(): void {
    this.happened({ kind: 'wipe' });
  }

  locked(): void {
    this.whenLocked();
    if (this.#options.settings.wipeOnLock) this.happened({ kind: 'locked' });
    else this.#prompts.lock();
  }

  policyChanged(): void {
    this.happened({ kind: 'policy-changed' });
  }

  placeChord(chord: Chord): PlacedChord | undefined {
    return placeChord(this.keyboard.map, chord);
  }

  announceRemote(): void {
    this.#notices.show({ kind: 'remote' }, { byQube: false });
  }

  problem(text: string): void {
    this.#notices.show({ kind: 'problem', text }, { byQube: false });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
    this.#prompts[Symbol.dispose]();
    this.#notices[Symbol.dispose]();
    this.#vault[Symbol.dispose]();
    this.stage[Symbol.dispose]();
  }

  /** One event after the other: what an effect makes happen comes after all effects. */
  #feed(event: ClipboardEvent, bytes: Uint8Array | undefined): void {
    if (this.#disposed) return;
    if (this.#busy) {
      this.#waiting.push(event);
      return;
    }
    this.#busy = true;
    try {
      this.#step(event, bytes);
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#step(next, undefined);
      }
    } finally {
      this.#busy = false;
      this.#wake();
      this.changed();
    }
  }

  #step(event: ClipboardEvent, bytes: Uint8Array | undefined): void {
    const { policy, settings } = this.#options;
    const { state, effects } = step(this.#state, event, policy(), settings, this.clock.nowMs());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect, event, bytes);
  }

  #carryOut(effect: ClipboardEffect, event: ClipboardEvent, bytes: Uint8Array | undefined): void {
    switch (effect.kind) {
      case 'request':
        this.#sessions.get(effect.session)?.port.clipboardRequest(effect.window);
        return;
      case 'keep':
        this.#keep(event, bytes);
        return;
      case 'ask':
        this.#prompts.open(effect.prompt, this.#vault);
        return;
      case 'end-ask':
        this.#prompts.end(effect.id);
        return;
      case 'deliver':
        this.#deliver(effect);
        return;
      case 'wipe':
        this.#vault.wipe();
        return;
      case 'notice':
        this.#notice(effect.notice, event);
        return;
      case 'audit':
        this.#options.audit(effect.fact);
        this.#options.store?.told(effect.fact, this.#vault);
        return;
      default:
        effect satisfies never;
    }
  }

  #keep(event: ClipboardEvent, bytes: Uint8Array | undefined): void {
    if ((event.kind !== 'data' && event.kind !== 'shared') || !bytes) return;
    try {
      this.#vault.store(bytes);
    } catch (error) {
      this.#log.error({ reason: messageOf(error) }, 'a copied text could not be kept');
      const session = event.kind === 'data' ? event.session : event.text?.source.session;
      if (session !== undefined) this.#waiting.push({ kind: 'not-kept', session });
    }
  }

  #deliver({ session, window, strip }: Extract<ClipboardEffect, { kind: 'deliver' }>): void {
    const port = this.#sessions.get(session)?.port;
    let sent = false;
    if (port) {
      this.#vault.lend((bytes) => stripInPlace(bytes, strip));
      sent = port.clipboardData(window, this.#vault);
    }
    if (!sent) this.#waiting.push({ kind: 'not-sent', session });
  }

  #notice(notice: Notice, event: ClipboardEvent): void {
    const byQube =
      event.kind === 'session-ended' || (event.kind === 'data' && notice.kind !== 'copied');
    const limits = byQube ? this.#sessions.get(event.session)?.config.limits : undefined;
    const perMinute = limits?.noticesPerMinute;
    this.#notices.show(notice, { byQube, perMinute, pasteChord: this.#pasteChord(notice) });
  }

  /** The chord that pastes: that of the qube the text came from, as every qube has its own. */
  #pasteChord(notice: Notice): string | undefined {
    if (notice.kind !== 'copied') return undefined;
    for (const { config } of this.#sessions.values()) {
      if (config.name !== notice.source.qube || !config.clipboard.pasteChord) continue;
      return chordText(config.clipboard.pasteChord);
    }
    return undefined;
  }

  /** One timer for all that the machine waits for; the renderer for prompts is warm while there is a text. */
  #wake(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#disposed) return;
    const atMs = wakeAtMs(this.#state);
    if (atMs !== undefined) {
      const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(0, atMs - this.clock.nowMs()));
      this.#timer = this.clock.after(waitMs, () => this.happened({ kind: 'time' }));
    }
    const armed = this.#state.phase.kind !== 'empty';
    if (armed === this.#armed) return;
    this.#armed = armed;
    if (armed) this.#options.renderer.arm();
    else this.#options.renderer.disarm();
  }

  #focusedFrame(): Rect | undefined {
    for (const qube of this.#sessions.values()) {
      const frame = qube.focusedFrame;
      if (frame) return frame;
    }
    return undefined;
  }
}
