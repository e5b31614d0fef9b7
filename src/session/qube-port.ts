/**
 * The desktop's way to a qube: looks the window up, ignores what is gone, and
 * hands on to the conversation that is open, if one is.
 */
import { LimitExceeded } from '../base/errors.ts';
import type { Rect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Secret } from '../channel/channel.ts';
import { features, type Version } from '../protocol/version.ts';
import type { Output } from './output.ts';
import type { Placement } from './placement.ts';
import type { QubePort } from './port.ts';
import { TurnCount } from './turn.ts';
import { SCREEN_WINDOW, type WindowTable } from './window-table.ts';

/** What belongs to one conversation, from the handshake to its end. */
export interface Conversation {
  readonly version: Version;
  readonly windows: WindowTable;
  readonly output: Output;
  readonly placement: Placement;
}

export class SessionQubePort implements QubePort {
  readonly #end: (error: LimitExceeded) => void;
  #now: Conversation | undefined;
  /** Turns of all qubes that were handled before the last key or button that the qube was told. */
  lastInput = 0;

  /** `end` ends the conversation, in a turn of its own. */
  constructor(end: (error: LimitExceeded) => void) {
    this.#end = end;
  }

  /** Undefined = nobody is there; everything is ignored. */
  set conversation(conversation: Conversation | undefined) {
    this.#now = conversation;
  }

  key(id: VmWindowId, pressed: boolean, x: number, y: number, state: number, code: number): void {
    const output = this.#outputFor(id);
    if (!output) return;
    output.key(id, pressed, x, y, state, code);
    this.lastInput = TurnCount.all;
  }

  button(
    id: VmWindowId,
    pressed: boolean,
    x: number,
    y: number,
    state: number,
    button: number,
  ): void {
    const output = this.#outputFor(id);
    if (!output) return;
    output.send({ name: 'button', window: id, pressed, x, y, state, button });
    this.lastInput = TurnCount.all;
  }

  motion(id: VmWindowId, x: number, y: number, state: number): void {
    this.#outputFor(id)?.motion(id, x, y, state);
  }

  crossing(
    id: VmWindowId,
    enter: boolean,
    x: number,
    y: number,
    state: number,
    mode: number,
    detail: number,
    focus: boolean,
  ): void {
    this.#outputFor(id)?.send({
      name: 'crossing',
      window: id,
      entered: enter,
      x,
      y,
      state,
      mode,
      detail,
      focus,
    });
  }

  focus(id: VmWindowId, focused: boolean, detail: number): void {
    // The mode is always 0: how a window manager changes the focus is not the qube's business.
    this.#outputFor(id)?.send({ name: 'focus', window: id, focused, mode: 0, detail });
  }

  keymap(bitmap: Uint8Array): void {
    this.#now?.output.send({ name: 'keymap', window: SCREEN_WINDOW, bitmap });
  }

  placed(id: VmWindowId, rect: Rect): void {
    const window = this.#now?.windows.find(id);
    if (window) this.#now?.placement.placed(window, rect);
  }

  mapped(id: VmWindowId, overrideRedirect: boolean): void {
    this.#outputFor(id)?.send({ name: 'map', window: id, overrideRedirect });
  }

  flags(id: VmWindowId, state: number): void {
    const window = this.#now?.windows.find(id);
    if (!window || window.flagsTold === state) return;
    const set = state & ~window.flagsTold;
    const unset = window.flagsTold & ~state;
    window.flagsTold = state;
    this.#now?.output.send({ name: 'flags', window: id, set, unset });
  }

  close(id: VmWindowId): void {
    this.#outputFor(id)?.send({ name: 'close', window: id });
  }

  clipboardRequest(id: VmWindowId): void {
    this.#outputFor(id)?.send({ name: 'clipboardRequest', window: id });
  }

  get clipboardSendMax(): number {
    return this.#now ? features(this.#now.version).clipboardSendMax : 0;
  }

  /** More than the qube's version takes is not sent at all: half a password would be worse. */
  clipboardData(id: VmWindowId, secret: Secret): boolean {
    if (secret.size > this.clipboardSendMax) return false;
    return this.#outputFor(id)?.clipboardData(id, secret) ?? false;
  }

  exceeded(code: string, message: string): void {
    if (this.#now) this.#end(new LimitExceeded(code, message));
  }

  #outputFor(id: VmWindowId): Output | undefined {
    return this.#now?.windows.find(id) && this.#now.output;
  }
}
