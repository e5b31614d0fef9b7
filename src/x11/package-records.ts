/**
 * The records that the npm package `x11` takes and gives: replies, value
 * lists, screens. Field names are the package's.
 */
/** What the package throws into callbacks and its 'error' event. */
export interface PackageError extends Error {
  readonly error?: number;
  readonly seq?: number;
  readonly badParam?: number;
  readonly majorOpcode?: number;
  readonly minorOpcode?: number;
}

/** `reply` is undefined when `error` is set. */
export type Callback<T> = (error: PackageError | null | undefined, reply: T) => boolean | void;

export interface ScreenFace {
  readonly root: number;
  readonly default_colormap: number;
  readonly white_pixel: number;
  readonly black_pixel: number;
  readonly pixel_width: number;
  readonly pixel_height: number;
  readonly mm_width: number;
  readonly mm_height: number;
  readonly root_visual: number;
  readonly root_depth: number;
  readonly depths: Readonly<Record<number, Readonly<Record<number, VisualFace>>>>;
}

export interface VisualFace {
  readonly vid: number;
  /** 4 = TrueColor. */
  readonly class: number;
  readonly bits_per_rgb: number;
  readonly red_mask: number;
  readonly green_mask: number;
  readonly blue_mask: number;
}

export interface DisplayFace {
  readonly client: import('./package.ts').PackageClient;
  readonly screen: readonly ScreenFace[];
  readonly vendor: string;
  readonly resource_base: number;
  readonly resource_mask: number;
  readonly min_keycode: number;
  readonly max_keycode: number;
  /** In 4-byte units. */
  readonly max_request_length: number;
}

export interface WindowValues {
  backgroundPixmap?: number;
  backgroundPixel?: number;
  borderPixmap?: number;
  borderPixel?: number;
  bitGravity?: number;
  winGravity?: number;
  backingStore?: number;
  overrideRedirect?: 0 | 1;
  saveUnder?: 0 | 1;
  eventMask?: number;
  doNotPropagateMask?: number;
  colormap?: number;
  cursor?: number;
}

export interface ConfigureValues {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  borderWidth?: number;
  sibling?: number;
  /** 0 Above, 1 Below, 2 TopIf, 3 BottomIf, 4 Opposite. */
  stackMode?: number;
}

export interface GcValues {
  function?: number;
  foreground?: number;
  background?: number;
  fillStyle?: number;
  tile?: number;
  /** 0 ClipByChildren, 1 IncludeInferiors. */
  subwindowMode?: 0 | 1;
  graphicsExposures?: 0 | 1;
}

export interface WindowAttributes {
  readonly visual: number;
  /** 1 InputOutput, 2 InputOnly. */
  readonly klass: number;
  readonly bitGravity: number;
  readonly winGravity: number;
  /** 0 unmapped, 1 unviewable, 2 viewable. */
  readonly mapState: number;
  readonly overrideRedirect: number;
  readonly allEventMasks: number;
  readonly myEventMasks: number;
}

export interface Geometry {
  readonly depth: number;
  /** The root window. */
  readonly windowid: number;
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly borderWidth: number;
}

export interface PropertyReply {
  /** Atom, 0 = there is no such property. */
  readonly type: number;
  /** 0, 8, 16 or 32. */
  readonly format: number;
  readonly bytesAfter: number;
  /** A view of the reply, not copied. */
  readonly data: Buffer;
}

export interface PointerReply {
  readonly sameScreen: number;
  readonly root: number;
  readonly child: number;
  readonly rootX: number;
  readonly rootY: number;
  readonly childX: number;
  readonly childY: number;
  readonly keyMask: number;
}

export interface ImageReply {
  readonly depth: number;
  readonly visualId: number;
  /** ZPixmap rows, 4 bytes a pixel at depth 24 and 32. */
  readonly data: Buffer;
}

export interface Rgb16 {
  readonly R: number;
  readonly G: number;
  readonly B: number;
}

/** What the server's table says of a colour's name; 16 bits a channel. */
export interface NamedColor {
  readonly exactRed: number;
  readonly exactGreen: number;
  readonly exactBlue: number;
}

/** An event for SendEvent: `name` or `type` chooses the layout, missing fields are 0. */
export type EventToSend = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Event masks of the core protocol (X11/X.h). */
export const EVENT_MASK = {
  keyPress: 1 << 0,
  keyRelease: 1 << 1,
  buttonPress: 1 << 2,
  buttonRelease: 1 << 3,
  enterWindow: 1 << 4,
  leaveWindow: 1 << 5,
  pointerMotion: 1 << 6,
  keymapState: 1 << 14,
  exposure: 1 << 15,
  visibilityChange: 1 << 16,
  structureNotify: 1 << 17,
  substructureNotify: 1 << 19,
  substructureRedirect: 1 << 20,
  focusChange: 1 << 21,
  propertyChange: 1 << 22,
} as const;
