/**
 * The typed face of the npm package `x11` (4.2): only what this program uses,
 * with the package's own signatures. A trailing callback returning true says
 * "this error is handled"; `XConnection.request` does that. Positions outside
 * int16 and sizes outside uint16 make the encoders throw RangeError: clamp
 * before calling.
 */
import type { EventEmitter } from 'node:events';
import type { Fd } from '../native/addon.ts';
import type {
  Callback,
  ConfigureValues,
  DisplayFace,
  EventToSend,
  GcValues,
  Geometry,
  ImageReply,
  NamedColor,
  PointerReply,
  PropertyReply,
  Rgb16,
  WindowAttributes,
  WindowValues,
} from './package-records.ts';

/** Output side of the package, for requests that we encode ourselves. */
export interface PackStream {
  put(bytes: Buffer): void;
  /** The descriptors are handed to the stream's `sendFds`, in order with everything else. */
  putWithFds(bytes: Buffer, fds: readonly Fd[]): void;
  submit(expectsReply?: boolean): boolean;
}

export interface PackageClient extends EventEmitter {
  readonly display: DisplayFace;
  readonly pack_stream: PackStream;
  /** Full-width number of the last request. */
  seq_num: number;
  /** Replies by sequence number: [parser, callback]. */
  readonly replies: Record<
    number,
    [((body: Buffer, detail: number) => unknown) | null, Callback<never>]
  >;
  readonly eventParsers: Record<number, unknown>;
  /** Settles requests without a reply up to a number. */
  _sweepVoid: (sequence: number) => void;

  flush(done: () => void): void;
  terminate(): void;
  require(name: string, done: (error: Error | null, extension: unknown) => void): void;

  CreateWindow(
    id: number,
    parent: number,
    x: number,
    y: number,
    width: number,
    height: number,
    borderWidth: number,
    depth: number,
    windowClass: number,
    visual: number,
    values: WindowValues,
  ): void;
  ChangeWindowAttributes(id: number, values: WindowValues): void;
  GetWindowAttributes(id: number, done: Callback<WindowAttributes>): void;
  DestroyWindow(id: number): void;
  DestroySubwindows(id: number): void;
  ReparentWindow(id: number, parent: number, x: number, y: number): void;
  MapWindow(id: number): void;
  MapSubwindows(id: number): void;
  UnmapWindow(id: number): void;
  ConfigureWindow(id: number, values: ConfigureValues): void;
  GetGeometry(drawable: number, done: Callback<Geometry>): void;
  QueryTree(
    id: number,
    done: Callback<{ root: number; parent: number; children: readonly number[] }>,
  ): void;
  /** BadName when the server does not know the colour. */
  LookupColor(colormap: number, name: string, done: Callback<NamedColor>): void;
  /** mode: 0 replace, 1 prepend, 2 append. */
  ChangeProperty(
    mode: 0 | 1 | 2,
    id: number,
    property: number,
    type: number,
    format: 8 | 16 | 32,
    data: Buffer | readonly number[],
  ): void;
  DeleteProperty(id: number, property: number): void;
  /** Offset and length in 4-byte units; type 0 = any. */
  GetProperty(
    remove: 0 | 1,
    id: number,
    property: number,
    type: number,
    offset: number,
    length: number,
    done: Callback<PropertyReply>,
  ): void;
  ListProperties(id: number, done: Callback<readonly number[]>): void;
  /** owner 0 = nobody. */
  SetSelectionOwner(owner: number, selection: number, time: number): void;
  GetSelectionOwner(selection: number, done: Callback<number>): void;
  ConvertSelection(
    requestor: number,
    selection: number,
    target: number,
    property: number,
    time: number,
  ): void;
  SendEvent(
    destination: number,
    propagate: 0 | 1,
    eventMask: number,
    event: EventToSend | Buffer,
  ): void;
  /** Reply: 0 success, 1 AlreadyGrabbed, 2 InvalidTime, 3 NotViewable, 4 Frozen. */
  GrabPointer(
    id: number,
    ownerEvents: 0 | 1,
    mask: number,
    pointerMode: 0 | 1,
    keyboardMode: 0 | 1,
    confineTo: number,
    cursor: number,
    time: number,
    done: Callback<number>,
  ): void;
  UngrabPointer(time: number): void;
  GrabButton(
    id: number,
    ownerEvents: 0 | 1,
    mask: number,
    pointerMode: 0 | 1,
    keyboardMode: 0 | 1,
    confineTo: number,
    cursor: number,
    button: number,
    modifiers: number,
  ): void;
  UngrabButton(id: number, button: number, modifiers: number): void;
  GrabKeyboard(
    id: number,
    ownerEvents: 0 | 1,
    time: number,
    pointerMode: 0 | 1,
    keyboardMode: 0 | 1,
    done: Callback<number>,
  ): void;
  UngrabKeyboard(time: number): void;
  GrabKey(
    id: number,
    ownerEvents: 0 | 1,
    modifiers: number,
    keycode: number,
    pointerMode: 0 | 1,
    keyboardMode: 0 | 1,
  ): void;
  UngrabKey(id: number, keycode: number, modifiers: number): void;
  /** mode: 0 AsyncPointer, 1 SyncPointer, 2 ReplayPointer, 3..5 the same for the keyboard, 6, 7 both. */
  AllowEvents(mode: number, time: number): void;
  GrabServer(): void;
  UngrabServer(): void;
  QueryPointer(id: number, done: Callback<PointerReply>): void;
  TranslateCoordinates(
    from: number,
    to: number,
    x: number,
    y: number,
    done: Callback<{ sameScreen: number; child: number; destX: number; destY: number }>,
  ): void;
  WarpPointer(
    from: number,
    to: number,
    fromX: number,
    fromY: number,
    fromWidth: number,
    fromHeight: number,
    x: number,
    y: number,
  ): void;
  /** revertTo: 0 None, 1 PointerRoot, 2 Parent; the time is always CurrentTime. */
  SetInputFocus(id: number, revertTo: 0 | 1 | 2): void;
  GetInputFocus(done: Callback<{ revertTo: number; focus: number }>): void;
  /** 32 bytes, bit k%8 of byte k>>3. */
  QueryKeymap(done: Callback<Buffer>): void;
  OpenFont(id: number, name: string): void;
  CloseFont(id: number): void;
  CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void;
  FreePixmap(id: number): void;
  CreateCursor(
    id: number,
    source: number,
    mask: number,
    fore: Rgb16,
    back: Rgb16,
    x: number,
    y: number,
  ): void;
  CreateGlyphCursor(
    id: number,
    sourceFont: number,
    maskFont: number,
    sourceChar: number,
    maskChar: number,
    fore: Rgb16,
    back: Rgb16,
  ): void;
  FreeCursor(id: number): void;
  CreateGC(id: number, drawable: number, values: GcValues): void;
  ChangeGC(id: number, values: GcValues): void;
  FreeGC(id: number): void;
  ClearArea(
    id: number,
    x: number,
    y: number,
    width: number,
    height: number,
    exposures: 0 | 1,
  ): void;
  CopyArea(
    from: number,
    to: number,
    gc: number,
    fromX: number,
    fromY: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void;
  /** rectangles: x, y, width, height, x, y, … */
  PolyFillRectangle(drawable: number, gc: number, rectangles: readonly number[]): void;
  /** format 2 = ZPixmap. */
  PutImage(
    format: 0 | 1 | 2,
    drawable: number,
    gc: number,
    width: number,
    height: number,
    x: number,
    y: number,
    leftPad: number,
    depth: number,
    data: Buffer,
  ): void;
  GetImage(
    format: 1 | 2,
    drawable: number,
    x: number,
    y: number,
    width: number,
    height: number,
    planeMask: number,
    done: Callback<ImageReply>,
  ): void;
  /** alloc: 0 none, 1 all. */
  CreateColormap(id: number, window: number, visual: number, alloc: 0 | 1): void;
  FreeColormap(id: number): void;
  /** One row of keysyms per keycode. */
  GetKeyboardMapping(
    first: number,
    count: number,
    done: Callback<readonly (readonly number[])[]>,
  ): void;
  ChangeKeyboardControl(values: { autoRepeatMode?: 0 | 1 | 2; key?: number }): void;
  GetKeyboardControl(done: Callback<{ globalAutoRepeat: number; ledMask: number }>): void;
  /** 8 rows (Shift, Lock, Control, Mod1..Mod5) of keycodes, 0 = none. */
  GetModifierMapping(done: Callback<readonly (readonly number[])[]>): void;
  KillClient(resource: number): void;
  Bell(percent: number): void;
}
