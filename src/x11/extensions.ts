/**
 * The package's extensions that we use, typed, each with its version
 * handshake done: Composite, DAMAGE, XFixes, XTEST, MIT-SCREEN-SAVER. Their events come
 * through `XConnection.on` (events.ts). Rejects when the server lacks the extension.
 */
import type { XConnection } from './connection.ts';
import type { Callback } from './package-records.ts';

export interface Composite {
  /** mode: 0 automatic, 1 manual. */
  RedirectWindow(window: number, mode: 0 | 1): void;
  RedirectSubwindows(window: number, mode: 0 | 1): void;
  UnredirectWindow(window: number): void;
  /** `pixmap` is a fresh number; it names the window's current pixmap until freed. */
  NameWindowPixmap(window: number, pixmap: number): void;
}

export interface CursorImage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly xhot: number;
  readonly yhot: number;
  readonly cursorSerial: number;
  readonly cursorAtom: number;
  readonly cursorName: string;
  /** width * height premultiplied ARGB words. */
  readonly cursorImage: Buffer;
}

export interface Fixes {
  /** mask bits: 1 new owner, 2 owner's window destroyed, 4 owner's client closed. */
  SelectSelectionInput(window: number, selection: number, mask: number): void;
  /** mask 1 = the displayed cursor changed. */
  SelectCursorInput(window: number, mask: 0 | 1): void;
  GetCursorImageAndName(done: Callback<CursorImage>): void;
  HideCursor(window: number): void;
  ShowCursor(window: number): void;
}

export interface XTest {
  /** type: 2/3 key press/release, 4/5 button, 6 motion (detail 0 = absolute, on `root`). */
  FakeInput(
    type: 2 | 3 | 4 | 5 | 6,
    detail: number,
    timeMs: number,
    root: number,
    x: number,
    y: number,
  ): void;
  GrabControl(impervious: boolean): void;
}

export interface Damage {
  /** reportLevel 2: an event whenever the box around all that changed has grown. */
  Create(damage: number, drawable: number, reportLevel: 2): void;
  /** repair, parts 0: everything is taken note of. */
  Subtract(damage: number, repair: 0, parts: 0): void;
}

export interface ScreenSaver {
  /** mask bits: 1 on and off, 2 cycles; told by ScreenSaverNotify. */
  SelectInput(drawable: number, mask: number): void;
  /** state: 0 off, 1 on, 3 disabled. */
  QueryInfo(drawable: number, done: Callback<{ readonly state: number }>): void;
}

export function openComposite(x: XConnection): Promise<Composite> {
  return x.extension<Composite>('composite');
}

export function openDamage(x: XConnection): Promise<Damage> {
  return x.extension<Damage>('damage');
}

export function openFixes(x: XConnection): Promise<Fixes> {
  return x.extension<Fixes>('fixes');
}

export function openXTest(x: XConnection): Promise<XTest> {
  return x.extension<XTest>('xtest');
}

export function openScreenSaver(x: XConnection): Promise<ScreenSaver> {
  return x.extension<ScreenSaver>('screen-saver');
}
