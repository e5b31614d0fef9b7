/**
 * Reading and writing window properties. What is read was written by any
 * client of that server: sizes are bounded, formats are checked, text comes
 * back as bytes or numbers and is parsed by whoever asked.
 */

import type { XConnection } from './connection.ts';
import type { PropertyReply } from './package-records.ts';
import { X_ERROR, XError } from './x-error.ts';

/** Predefined atoms (X11/Xatom.h). */
export const ATOM = {
  PRIMARY: 1,
  ATOM: 4,
  CARDINAL: 6,
  PIXMAP: 20,
  STRING: 31,
  WINDOW: 33,
  WM_COMMAND: 34,
  WM_HINTS: 35,
  WM_CLIENT_MACHINE: 36,
  WM_ICON_NAME: 37,
  WM_NAME: 39,
  WM_NORMAL_HINTS: 40,
  WM_SIZE_HINTS: 41,
  WM_CLASS: 67,
  WM_TRANSIENT_FOR: 68,
} as const;

export interface Property {
  readonly type: number;
  readonly format: 8 | 16 | 32;
  readonly data: Buffer;
}

const ANY_TYPE = 0;

/**
 * The property's first `maxBytes` bytes, or undefined when the window, the
 * property, or a value of that type is not there. type 0 = any.
 */
export async function getProperty(
  x: XConnection,
  window: number,
  property: number,
  type: number = ANY_TYPE,
  maxBytes = 4096,
): Promise<Property | undefined> {
  let reply: PropertyReply;
  try {
    reply = await x.request<PropertyReply>((done) =>
      x.X.GetProperty(0, window, property, type, 0, Math.ceil(maxBytes / 4), done),
    );
  } catch (error) {
    if (error instanceof XError && error.code === X_ERROR.window) return undefined;
    throw error;
  }
  const { format } = reply;
  if (reply.type === 0 || (type !== ANY_TYPE && reply.type !== type)) return undefined;
  if (format !== 8 && format !== 16 && format !== 32) return undefined;
  return { type: reply.type, format, data: reply.data.subarray(0, maxBytes) };
}

/** A property of 32-bit values as numbers (u32); empty when absent or of another format. */
export async function getCardinals(
  x: XConnection,
  window: number,
  property: number,
  type: number = ANY_TYPE,
  maxCount = 256,
): Promise<number[]> {
  const value = await getProperty(x, window, property, type, maxCount * 4);
  return value ? cardinalsOf(value) : [];
}

export function cardinalsOf(value: Property): number[] {
  if (value.format !== 32) return [];
  const numbers: number[] = [];
  for (let at = 0; at + 4 <= value.data.length; at += 4) numbers.push(value.data.readUInt32LE(at));
  return numbers;
}

/** Replaces a property by 32-bit values (negative ones as two's complement). */
export function setCardinals(
  x: XConnection,
  window: number,
  property: number,
  values: readonly number[],
  type: number = ATOM.CARDINAL,
): void {
  x.X.ChangeProperty(0, window, property, type, 32, values);
}

export function setAtoms(
  x: XConnection,
  window: number,
  property: number,
  atoms: readonly number[],
): void {
  setCardinals(x, window, property, atoms, ATOM.ATOM);
}

export function setWindows(
  x: XConnection,
  window: number,
  property: number,
  windows: readonly number[],
): void {
  setCardinals(x, window, property, windows, ATOM.WINDOW);
}

/** Replaces a property by bytes; `type` is STRING unless said otherwise. */
export function setBytes(
  x: XConnection,
  window: number,
  property: number,
  bytes: Buffer,
  type: number = ATOM.STRING,
): void {
  x.X.ChangeProperty(0, window, property, type, 8, bytes);
}

/** Replaces a property by UTF-8 text; `utf8String` is the atom UTF8_STRING. */
export function setText(
  x: XConnection,
  window: number,
  property: number,
  text: string,
  utf8String: number,
): void {
  setBytes(x, window, property, Buffer.from(text, 'utf8'), utf8String);
}
