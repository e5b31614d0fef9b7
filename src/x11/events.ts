/**
 * The events of an X connection as the npm package `x11` delivers them, as one
 * union told apart by `name`. Field names are the package's. `synthetic` is
 * added by our connection (bit 0x80 of the first byte: somebody used
 * SendEvent), and XFixes' SelectionNotify, which the package gives the core
 * event's name, is renamed. Values come from the server: numbers in wire range.
 */
interface EventBase {
  /** 1..127, without the synthetic bit. */
  readonly type: number;
  /** Full-width sequence number of the last request the server had handled. */
  readonly seq: number;
  readonly synthetic: boolean;
  /** The 32 wire bytes (more for GenericEvent). */
  readonly rawData: Buffer;
}

interface PointerFields extends EventBase {
  /** Server time in ms, u32. */
  readonly time: number;
  readonly root: number;
  /** The window the event was selected on. */
  readonly wid: number;
  readonly child: number;
  readonly rootx: number;
  readonly rooty: number;
  readonly x: number;
  readonly y: number;
  /** Modifier and button state before the event. */
  readonly buttons: number;
}

export interface KeyEvent extends PointerFields {
  readonly name: 'KeyPress' | 'KeyRelease';
  readonly keycode: number;
  readonly sameScreen: number;
}

export interface ButtonEvent extends PointerFields {
  readonly name: 'ButtonPress' | 'ButtonRelease';
  /** The button's number, 1..255. */
  readonly keycode: number;
  readonly sameScreen: number;
}

export interface MotionEvent extends PointerFields {
  readonly name: 'MotionNotify';
  /** 1 = hint. */
  readonly keycode: number;
  readonly sameScreen: number;
}

export interface CrossingEvent extends PointerFields {
  readonly name: 'EnterNotify' | 'LeaveNotify';
  readonly detail: number;
  readonly mode: number;
  /** Bit 0: the window (or an inferior) has the focus; bit 1: same screen. */
  readonly sameScreenFocus: number;
}

export interface FocusEvent extends EventBase {
  readonly name: 'FocusIn' | 'FocusOut';
  readonly wid: number;
  readonly detail: number;
  readonly mode: number;
}

export interface KeymapEvent extends EventBase {
  readonly name: 'KeymapNotify';
  /** 31 bytes: keys 8..255 (the byte for keys 0..7 is not sent). */
  readonly keys: Buffer;
}

export interface ExposeEvent extends EventBase {
  readonly name: 'Expose';
  readonly wid: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

export interface VisibilityEvent extends EventBase {
  readonly name: 'VisibilityNotify';
  readonly wid: number;
  /** 0 unobscured, 1 partially, 2 fully obscured. */
  readonly state: number;
}

export interface CreateEvent extends EventBase {
  readonly name: 'CreateNotify';
  readonly parent: number;
  readonly wid: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly borderWidth: number;
  readonly overrideRedirect: boolean;
}

export interface DestroyEvent extends EventBase {
  readonly name: 'DestroyNotify';
  /** The window on which the event was selected. */
  readonly event: number;
  readonly wid: number;
}

export interface UnmapEvent extends EventBase {
  readonly name: 'UnmapNotify';
  readonly event: number;
  readonly wid: number;
  readonly fromConfigure: boolean;
}

export interface MapEvent extends EventBase {
  readonly name: 'MapNotify';
  readonly event: number;
  readonly wid: number;
  readonly overrideRedirect: boolean;
}

export interface MapRequestEvent extends EventBase {
  readonly name: 'MapRequest';
  readonly parent: number;
  readonly wid: number;
}

export interface ReparentEvent extends EventBase {
  readonly name: 'ReparentNotify';
  readonly event: number;
  readonly wid: number;
  readonly parent: number;
  readonly x: number;
  readonly y: number;
  readonly overrideRedirect: boolean;
}

export interface ConfigureEvent extends EventBase {
  readonly name: 'ConfigureNotify';
  /** The window on which the event was selected. */
  readonly wid: number;
  /** The window that was configured. */
  readonly wid1: number;
  readonly aboveSibling: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly borderWidth: number;
  readonly overrideRedirect: number;
}

export interface ConfigureRequestEvent extends EventBase {
  readonly name: 'ConfigureRequest';
  readonly stackMode: number;
  readonly parent: number;
  readonly wid: number;
  readonly sibling: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly borderWidth: number;
  /** Which of the fields were asked for (ConfigureWindow's value mask). */
  readonly mask: number;
}

export interface GravityEvent extends EventBase {
  readonly name: 'GravityNotify';
  readonly event: number;
  readonly wid: number;
  readonly x: number;
  readonly y: number;
}

export interface CirculateEvent extends EventBase {
  readonly name: 'CirculateNotify' | 'CirculateRequest';
  readonly event: number;
  readonly wid: number;
  readonly place: number;
}

export interface PropertyEvent extends EventBase {
  readonly name: 'PropertyNotify';
  readonly wid: number;
  readonly atom: number;
  readonly time: number;
  /** 0 new value, 1 deleted. */
  readonly state: number;
}

export interface SelectionClearEvent extends EventBase {
  readonly name: 'SelectionClear';
  readonly time: number;
  readonly owner: number;
  readonly selection: number;
}

export interface SelectionRequestEvent extends EventBase {
  readonly name: 'SelectionRequest';
  readonly time: number;
  readonly owner: number;
  readonly requestor: number;
  readonly selection: number;
  readonly target: number;
  readonly property: number;
}

export interface SelectionEvent extends EventBase {
  readonly name: 'SelectionNotify';
  readonly time: number;
  readonly requestor: number;
  readonly selection: number;
  readonly target: number;
  /** 0 = refused. */
  readonly property: number;
}

export interface ClientMessageEvent extends EventBase {
  readonly name: 'ClientMessage';
  /** 8, 16 or 32; `data` holds 20, 10 or 5 unsigned values. */
  readonly format: number;
  readonly wid: number;
  readonly message_type: number;
  readonly data: readonly number[];
}

export interface MappingEvent extends EventBase {
  readonly name: 'MappingNotify';
  /** 0 modifiers, 1 keyboard, 2 pointer. */
  readonly request: number;
  readonly firstKeyCode: number;
  readonly count: number;
}

export interface DamageEvent extends EventBase {
  readonly name: 'DamageNotify';
  readonly drawable: number;
  readonly damage: number;
  readonly area: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export interface CursorEvent extends EventBase {
  readonly name: 'CursorNotify';
  readonly window: number;
  readonly cursorSerial: number;
  /** Atom of the cursor's name, 0 when it has none. */
  readonly cursorName: number;
}

export interface FixesSelectionEvent extends EventBase {
  readonly name: 'XFixesSelectionNotify';
  readonly subtype: number;
  readonly owner: number;
  readonly selection: number;
  readonly selectionTimestamp: number;
}

export interface ScreenChangeEvent extends EventBase {
  readonly name: 'RRScreenChangeNotify';
  readonly root: number;
  readonly width: number;
  readonly height: number;
  readonly physWidth: number;
  readonly physHeight: number;
}

export interface ShapeEvent extends EventBase {
  readonly name: 'ShapeNotify';
  readonly window: number;
  readonly kind: number;
}

export interface ScreenSaverEvent extends EventBase {
  readonly name: 'ScreenSaverNotify';
  /** 0 off, 1 on, 2 cycle, 3 disabled. */
  readonly state: number;
  readonly root: number;
  readonly saverWindow: number;
}

export interface XkbStateEvent extends EventBase {
  readonly name: 'XkbStateNotify';
  /** Effective modifiers, 0..255. */
  readonly mods: number;
}

/** Another keyboard, or another map of keys (`openXkb`). */
export interface XkbEvent extends EventBase {
  readonly name: 'XkbEvent';
  /** 0 another keyboard, 1 another map. */
  readonly xkbType: number;
}

/** Anything that we have no use for. */
export interface OtherEvent extends EventBase {
  readonly name:
    | 'GraphicsExposure'
    | 'NoExposure'
    | 'ResizeRequest'
    | 'ColormapNotify'
    | 'ShmCompletion';
}

export type XEvent =
  | KeyEvent
  | ButtonEvent
  | MotionEvent
  | CrossingEvent
  | FocusEvent
  | KeymapEvent
  | ExposeEvent
  | VisibilityEvent
  | CreateEvent
  | DestroyEvent
  | UnmapEvent
  | MapEvent
  | MapRequestEvent
  | ReparentEvent
  | ConfigureEvent
  | ConfigureRequestEvent
  | GravityEvent
  | CirculateEvent
  | PropertyEvent
  | SelectionClearEvent
  | SelectionRequestEvent
  | SelectionEvent
  | ClientMessageEvent
  | MappingEvent
  | DamageEvent
  | CursorEvent
  | FixesSelectionEvent
  | ScreenChangeEvent
  | ShapeEvent
  | ScreenSaverEvent
  | XkbStateEvent
  | XkbEvent
  | OtherEvent;
