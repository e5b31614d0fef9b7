/**
 * The package's extensions that we use, typed, each with its version
 * handshake done: Composite, DAMAGE, XFixes, XTEST, MIT-SCREEN-SAVER, XKEYBOARD. Their events
 * come through `XConnection.on` (events.ts). Rejects when the server lacks the extension.
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

export interface Xkb {
  /** Bits of affectWhich and selectAll: 1 another keyboard, 2 another map, 4 the state. */
  SelectEvents(
    device: number,
    affectWhich: number,
    clear: number,
    selectAll: number,
    affectMap: number,
    map: number,
    details: { readonly stateNotify: readonly [affect: number, details: number] },
  ): void;
}

const XKB_CORE_KEYBOARD = 0x100;
const XKB_NEW_KEYBOARD = 1;
const XKB_MAP = 2;
const XKB_ALL_PARTS_OF_MAP = 0xff;
const XKB_STATE = 4;
const XKB_MODIFIERS = 1;

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

/**
 * From now on XkbStateNotify tells when the effective modifiers have changed, and
 * XkbEvent of other maps (a client of XKB may get no MappingNotify for them). False
 * when the server has no XKB.
 */
export async function watchKeyboard(x: XConnection): Promise<boolean> {
  let xkb: Xkb;
  try {
    xkb = await x.extension<Xkb>('xkb');
  } catch {
    return false;
  }
  const which = XKB_NEW_KEYBOARD | XKB_MAP | XKB_STATE;
  const [all, parts] = [XKB_NEW_KEYBOARD | XKB_MAP, XKB_ALL_PARTS_OF_MAP];
  xkb.SelectEvents(XKB_CORE_KEYBOARD, which, 0, all, parts, parts, {
    stateNotify: [XKB_MODIFIERS, XKB_MODIFIERS],
  });
  return true;
}
