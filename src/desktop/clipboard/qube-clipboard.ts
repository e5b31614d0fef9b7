/**
 * One attached qube's part in copying and pasting: who it is to the clipboard
 * while a conversation lasts, and which keys of the present keyboard are its
 * chords. What the qube sends goes on as it came, as bytes.
 */
import type { Clock } from '../../base/clock.ts';
import type { Rect } from '../../base/geometry.ts';
import type { QubeName, VmWindowId } from '../../base/ids.ts';
import type { ClipboardEvent } from '../../clipboard/machine-types.ts';
import type { Party, SessionTag } from '../../clipboard/party.ts';
import type { QubeClipboard as Chords, QubeConfig } from '../../config/config.ts';
import type { QubePort } from '../../session/port.ts';
import { placeChord } from './chords.ts';
import { type ChordKind, type FilterSource, KeyFilter, type TakenKeys } from './key-filter.ts';
import type { KeyboardWatch } from './keyboard-watch.ts';

/** FocusOut of one window and FocusIn of the next lie so close together when the focus moves. */
const SAME_MOVE_MS = 100;

export type ChordEvent = Extract<ClipboardEvent, { readonly kind: 'copy' | 'paste' }>;

/** What the desk is to its qubes. */
export interface DeskPort {
  readonly clock: Clock;
  readonly keyboard: KeyboardWatch;
  readonly taken: TakenKeys;
  /** A number that no session had before. */
  newSession(): SessionTag;
  began(session: SessionTag, qube: QubeClipboard): void;
  /** A chord. @param time X server time of the key, ms */
  pressed(event: ChordEvent, time: number): void;
  /** The session's answer; `bytes` is only valid during the call. */
  answered(session: SessionTag, qube: QubeName, bytes: Uint8Array): void;
  ended(session: SessionTag): void;
}

export class QubeClipboard {
  readonly config: QubeConfig;
  readonly port: QubePort;
  readonly filter: KeyFilter;
  readonly #desk: DeskPort;
  readonly #focusedFrame: () => Rect | undefined;
  #session: SessionTag | undefined;
  /** Since when the qube has the focus, whichever window of it. */
  #focusedMs = Number.NEGATIVE_INFINITY;
  #leftMs = Number.NEGATIVE_INFINITY;
  #source: FilterSource | undefined;
  #sourceVersion = -1;
  #sourceChords: Chords | undefined;

  constructor(
    desk: DeskPort,
    config: QubeConfig,
    port: QubePort,
    focusedFrame: () => Rect | undefined,
  ) {
    this.#desk = desk;
    this.config = config;
    this.port = port;
    this.#focusedFrame = focusedFrame;
    this.filter = new KeyFilter(() => this.#placed(), desk.taken);
  }

  /** The frame of this qube that has the focus, if one has. */
  get focusedFrame(): Rect | undefined {
    return this.#focusedFrame();
  }

  /** A conversation begins. */
  ready(): void {
    this.ended();
    const session = this.#desk.newSession();
    this.#session = session;
    this.#desk.began(session, this);
  }

  ended(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#desk.ended(session);
  }

  /** A window of the qube has got the focus: from another one of it, or from elsewhere. */
  focused(): void {
    const nowMs = this.#desk.clock.nowMs();
    if (nowMs - this.#leftMs > SAME_MOVE_MS) this.#focusedMs = nowMs;
  }

  /** A window of the qube has lost the focus. */
  left(): void {
    this.#leftMs = this.#desk.clock.nowMs();
  }

  /** @param time X server time of the key, ms */
  chord(kind: ChordKind, window: VmWindowId, time: number): void {
    const party = this.#party();
    if (!party) return;
    const focusMs = this.#desk.clock.nowMs() - this.#focusedMs;
    if (kind === 'copy') this.#desk.pressed({ kind, from: party, window, focusMs }, time);
    else this.#desk.pressed({ kind, into: party, window, focusMs }, time);
  }

  /** `bytes` is overwritten after the call. */
  data(bytes: Uint8Array): void {
    if (this.#session !== undefined) this.#desk.answered(this.#session, this.config.name, bytes);
  }

  #party(): Party | undefined {
    if (this.#session === undefined) return undefined;
    const { name, label, clipboard } = this.config;
    return {
      session: this.#session,
      qube: name,
      label,
      careful: clipboard.careful,
      maxBytes: clipboard.maxBytes,
      sendMax: this.port.clipboardSendMax,
    };
  }

  #placed(): FilterSource {
    const { map, version } = this.#desk.keyboard;
    const chords = this.config.clipboard;
    if (!this.#source || version !== this.#sourceVersion || chords !== this.#sourceChords) {
      const { copyChord, pasteChord } = chords;
      this.#sourceVersion = version;
      this.#sourceChords = chords;
      this.#source = {
        map,
        copy: copyChord && placeChord(map, copyChord),
        paste: pasteChord && placeChord(map, pasteChord),
      };
    }
    return this.#source;
  }
}
