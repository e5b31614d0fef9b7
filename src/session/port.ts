/**
 * The two faces between a session (one qube's GUI conversation) and the
 * desktop. The session declares both; the desktop implements `DesktopPort` and
 * is handed a `QubePort`. Calls come synchronously and in the order of the
 * wire. Every event refers to a window that exists and belongs to this qube.
 */
import type { Rect } from '../base/geometry.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Untrusted } from '../base/untrusted.ts';
import type { Secret, Socket } from '../channel/channel.ts';

/** The qube's image of one window: where its bytes lie in the pool. Stride = width * 4, BGRX. */
export interface Surface {
  readonly width: number;
  readonly height: number;
  /** Page i of the image is page refs[i] of the pool. A private copy. */
  readonly refs: Uint32Array;
  /** The first page when all refs follow each other, else undefined (scattered). */
  readonly firstPage: number | undefined;
}

/** WM_NORMAL_HINTS as the qube asked for them, each group present only when flagged and in range (gui-daemon 2.5.11). */
export interface SizeHints {
  readonly userPosition: boolean;
  readonly programPosition: boolean;
  readonly min: { readonly width: number; readonly height: number } | undefined;
  readonly max: { readonly width: number; readonly height: number } | undefined;
  readonly increment: { readonly width: number; readonly height: number } | undefined;
  readonly base: { readonly width: number; readonly height: number } | undefined;
}

/** Bits of WINDOW_FLAGS. */
export const WINDOW_FLAG = { fullscreen: 1, demandsAttention: 2, minimize: 4 } as const;

export interface NewWindow {
  readonly id: VmWindowId;
  /** Content in root coordinates, clamped by the protocol's limits. */
  readonly rect: Rect;
  readonly overrideRedirect: boolean;
}

/** What a session tells the desktop. */
export interface DesktopPort {
  /** X requests made for this qube so far; absent = not counted. Read for each message. */
  readonly requests?: number;
  /** The handshake is done; windows follow. `version` as "1.8". */
  sessionReady(version: string): void;
  windowCreated(window: NewWindow): void;
  windowDestroyed(id: VmWindowId): void;
  windowMapped(
    id: VmWindowId,
    map: { transientFor: VmWindowId | undefined; overrideRedirect: boolean },
  ): void;
  windowUnmapped(id: VmWindowId): void;
  /** The qube moved or resized its own window: apply it (negotiation is done, policy is the desktop's). */
  windowConfigured(id: VmWindowId, rect: Rect): void;
  titleChanged(id: VmWindowId, text: Untrusted<Uint8Array>): void;
  classChanged(
    id: VmWindowId,
    resClass: Untrusted<Uint8Array>,
    resName: Untrusted<Uint8Array>,
  ): void;
  hintsChanged(id: VmWindowId, hints: SizeHints): void;
  /** Bits of WINDOW_FLAG; set and unset never overlap. */
  flagsRequested(id: VmWindowId, set: number, unset: number): void;
  /** An X cursor-font glyph (0..152, even) or undefined for the default. */
  cursorChanged(id: VmWindowId, glyph: number | undefined): void;
  docked(id: VmWindowId): void;
  /** A new dump (paint the whole of it), or undefined: the buffer went away. */
  surfaceChanged(id: VmWindowId, surface: Surface | undefined): void;
  /**
   * The qube says that its window is here on its own screen. A window without a
   * surface shows this part of window 0's, if that has one.
   */
  placeOnScreen(id: VmWindowId, x: number, y: number): void;
  /**
   * Pixels changed: x, y, width, height lie inside the surface that the window
   * shows (in the window's coordinates), and are not empty.
   * Plain numbers: this is the damage lane and must not allocate.
   */
  damaged(id: VmWindowId, x: number, y: number, width: number, height: number): void;
  /**
   * What comes over `from` next may become puts without the session, as far as it allows.
   * @param type of SHMIMAGE
   */
  shortcut?(from: Socket, type: number): DamageShortcut | undefined;
  /** Clipboard bytes; a view that is overwritten after the call. */
  clipboardData(data: Uint8Array): void;
  /** All windows of this qube go. `reason` is dom0's own words; `code` a rule's or CHANNEL_CLOSED. */
  sessionEnded(code: string, reason: string): void;
}

/**
 * Damage that goes from the conversation to the screen without JavaScript. It is allowed
 * when a turn had one damage message and nothing else, and ends with whatever else comes.
 */
export interface DamageShortcut {
  /** After the put of this turn's damage at most so many messages may go. */
  allow(messages: number): void;
  disarm(): void;
  /** Messages that went since the last call. */
  taken(): number;
}

/** What the desktop tells the qube. Unknown or gone windows are ignored; never throws. */
export interface QubePort {
  key(id: VmWindowId, pressed: boolean, x: number, y: number, state: number, keycode: number): void;
  button(
    id: VmWindowId,
    pressed: boolean,
    x: number,
    y: number,
    state: number,
    button: number,
  ): void;
  motion(id: VmWindowId, x: number, y: number, state: number): void;
  crossing(
    id: VmWindowId,
    enter: boolean,
    x: number,
    y: number,
    state: number,
    mode: number,
    detail: number,
    focus: boolean,
  ): void;
  focus(id: VmWindowId, focused: boolean, detail: number): void;
  /** 32 bytes, bit k%8 of byte k>>3 = X keycode k is down; sent with window 0. */
  keymap(bitmap: Uint8Array): void;
  /**
   * Where the content is now in dom0 (root coordinates). The session sends
   * CONFIGURE if the qube does not know it yet; never a CONFIGURE that changes nothing.
   */
  placed(id: VmWindowId, rect: Rect): void;
  /** dom0 mapped the window by itself (tray icon embedded, restored). */
  mapped(id: VmWindowId, overrideRedirect: boolean): void;
  /** The window's state in dom0 (bits of WINDOW_FLAG); the difference is sent. */
  flags(id: VmWindowId, state: number): void;
  close(id: VmWindowId): void;
  clipboardRequest(id: VmWindowId): void;
  /** False when it could not be sent: the window or the qube is gone, or it is more than its version takes. */
  clipboardData(id: VmWindowId, secret: Secret): boolean;
  /** dom0 found the qube past one of its limits: its session ends. */
  exceeded(code: string, message: string): void;
  /** Most bytes that the conversation's version takes; 0 while there is none. */
  readonly clipboardSendMax: number;
}
