/**
 * What the page and the view say to each other over the WebSocket. From the
 * page: one JSON object per message, checked here. To the page: JSON, and
 * pictures as binary messages with a header of 16 bytes.
 */
import * as v from 'valibot';
import type { Rect, Size } from '../base/geometry.ts';
import type {
  ClipboardEventListing,
  ClipboardListing,
  LogListing,
  QubeListing,
  WindowListing,
} from '../control/messages.ts';

/** The subprotocol that both sides speak; the key follows as a second one, after `key.`. */
export const SUBPROTOCOL = 'livery.view.1';
export const KEY_PREFIX = 'key.';
/** Of a message from the page, in bytes. */
export const MAX_MESSAGE_BYTES = 512;

export const CONTROLS = ['none', 'limited', 'all'] as const;
/** `limited`: no secure chord, and nothing while a question is open. */
export type Control = (typeof CONTROLS)[number];

const pixel = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32_767));
const word = v.pipe(v.string(), v.maxLength(32));

const schema = v.variant('kind', [
  /** The last picture of the screen was drawn: another one may come. */
  v.strictObject({ kind: v.literal('drawn') }),
  v.strictObject({ kind: v.literal('motion'), x: pixel, y: pixel }),
  v.strictObject({
    kind: v.literal('button'),
    /** As X numbers them: 1 left, 2 middle, 3 right, 4 to 7 the wheel. */
    button: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7)),
    down: v.boolean(),
  }),
  /** `KeyboardEvent.key` and `.code`. */
  v.strictObject({ kind: v.literal('key'), key: word, code: word, down: v.boolean() }),
  /** The page lost the focus: nothing is held any more. */
  v.strictObject({ kind: v.literal('release') }),
]);

export type PageMessage = v.InferOutput<typeof schema>;

/** Undefined when it is none. */
export function parsePageMessage(text: string): PageMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}

export interface QubeState extends QubeListing {
  /** Messages handled in the last second, GUI and service together; null = not known yet. */
  readonly perSecond: number | null;
}

export type ViewMessage =
  | { readonly kind: 'screen'; readonly size: Size; readonly control: Control }
  | {
      readonly kind: 'state';
      readonly qubes: readonly QubeState[];
      readonly windows: readonly WindowListing[];
      /** Null: nothing is copied between qubes. */
      readonly clipboard: ClipboardListing | null;
      /** New ones only. */
      readonly events: readonly ClipboardEventListing[];
      readonly log: readonly LogListing[];
    }
  /** Why there is nothing new to tell: dom0's words. */
  | { readonly kind: 'away'; readonly reason: string }
  /** An input was not passed on. */
  | { readonly kind: 'refused'; readonly why: 'chord' | 'prompt' | 'daemon' };

export const PICTURE = { screen: 1, thumbnail: 2 } as const;
const HEADER_BYTES = 16;

/**
 * A picture with its header: u8 kind, u8 0, u16 x, y, width, height, u16 0, u32 window; all
 * little-endian. x, y, width and height say which part of the screen it is.
 */
export function pictureMessage(
  kind: (typeof PICTURE)[keyof typeof PICTURE],
  { x, y, width, height }: Rect,
  window: number,
  jpeg: Buffer,
): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + jpeg.length);
  message.writeUInt16LE(kind, 0);
  message.writeUInt16LE(Math.max(0, x), 2);
  message.writeUInt16LE(Math.max(0, y), 4);
  message.writeUInt16LE(width, 6);
  message.writeUInt16LE(height, 8);
  message.writeUInt16LE(0, 10);
  message.writeUInt32LE(window, 12);
  jpeg.copy(message, HEADER_BYTES);
  return message;
}
