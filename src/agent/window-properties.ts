/**
 * What programs wrote on their windows, turned into what the wire carries. Any
 * program of the qube may have written anything: sizes are bounded, text is
 * made whole UTF-8, numbers are taken as they are (the daemon judges them).
 */
import type { VmWindowId } from '../base/ids.ts';
import { HINT, type SizeHints } from '../protocol/from-vm.ts';
import type { XConnection } from '../x11/connection.ts';
import { ATOM, cardinalsOf, getCardinals, getProperty, type Property } from '../x11/properties.ts';
import type { WmClass } from './window.ts';
import type { Atoms } from './x-screen.ts';

/** Far more than the 127 bytes that are sent, so that the cut is the codec's. */
const MAX_TITLE_BYTES = 1024;
const MAX_CLASS_BYTES = 512;
/** _NET_WM_STATE and WM_PROTOCOLS have a handful of atoms. */
const MAX_ATOMS = 32;

const HINT_FLAGS =
  HINT.userPosition |
  HINT.programPosition |
  HINT.minSize |
  HINT.maxSize |
  HINT.resizeInc |
  HINT.baseSize;

const utf8 = new TextDecoder('utf-8');
const latin1 = new TextDecoder('latin1');

/** The title as UTF-8 without NUL; undefined when the window has none. */
export async function readTitle(
  x: XConnection,
  atoms: Atoms,
  window: number,
): Promise<Uint8Array | undefined> {
  const [modern, old] = await Promise.all([
    getProperty(x, window, atoms._NET_WM_NAME, atoms.UTF8_STRING, MAX_TITLE_BYTES),
    getProperty(x, window, ATOM.WM_NAME, 0, MAX_TITLE_BYTES),
  ]);
  if (modern?.format === 8) return wholeText(modern.data, utf8);
  if (old?.format !== 8) return undefined;
  // COMPOUND_TEXT is read as Latin-1, which it is but for its escapes.
  return wholeText(old.data, old.type === atoms.UTF8_STRING ? utf8 : latin1);
}

/** WM_CLASS as the two names; undefined when absent. */
export async function readClass(x: XConnection, window: number): Promise<WmClass | undefined> {
  const value = await getProperty(x, window, ATOM.WM_CLASS, ATOM.STRING, MAX_CLASS_BYTES);
  if (value?.format !== 8) return undefined;
  const [instance = new Uint8Array(0), name = new Uint8Array(0)] = split(value.data);
  return { resClass: Uint8Array.from(name), resName: Uint8Array.from(instance) };
}

/** WM_NORMAL_HINTS as WINDOW_HINTS has them; undefined when absent. */
export async function readSizeHints(
  x: XConnection,
  window: number,
): Promise<SizeHints | undefined> {
  const value = await getProperty(x, window, ATOM.WM_NORMAL_HINTS, ATOM.WM_SIZE_HINTS, 18 * 4);
  return value && sizeHintsOf(value);
}

/** Groups that are not flagged are 0. */
export function sizeHintsOf(value: Property): SizeHints | undefined {
  const words = cardinalsOf(value);
  // The first 15 words are as old as ICCCM; base size and gravity came later.
  if (words.length < 15) return undefined;
  const flags = (words[0] as number) & HINT_FLAGS & (words.length < 17 ? ~HINT.baseSize : ~0);
  const pair = (flag: number, at: number): [number, number] =>
    flags & flag ? [words[at] as number, words[at + 1] as number] : [0, 0];
  let [minWidth, minHeight] = pair(HINT.minSize, 5);
  const [maxWidth, maxHeight] = pair(HINT.maxSize, 7);
  const [widthInc, heightInc] = pair(HINT.resizeInc, 9);
  const [baseWidth, baseHeight] = pair(HINT.baseSize, 15);
  const stepped = HINT.minSize | HINT.resizeInc | HINT.baseSize;
  if ((flags & stepped) === stepped) {
    minWidth = onGrid(minWidth, baseWidth, widthInc);
    minHeight = onGrid(minHeight, baseHeight, heightInc);
  }
  return {
    ...{ flags, minWidth, minHeight, maxWidth, maxHeight },
    ...{ widthInc, heightInc, baseWidth, baseHeight },
  };
}

/** A minimum off the increments' grid makes window managers refuse the size that it names. */
function onGrid(min: number, base: number, step: number): number {
  if (step <= 1 || min < base) return min;
  return Math.trunc((min - base + 1) / step) * step + base;
}

export async function readTransientFor(
  x: XConnection,
  window: number,
): Promise<VmWindowId | undefined> {
  const [parent] = await getCardinals(x, window, ATOM.WM_TRANSIENT_FOR, ATOM.WINDOW, 1);
  return parent === undefined || parent === 0 ? undefined : (parent as VmWindowId);
}

export function readAtoms(x: XConnection, window: number, property: number): Promise<number[]> {
  return getCardinals(x, window, property, ATOM.ATOM, MAX_ATOMS);
}

export interface WmHints {
  readonly acceptsInput: boolean;
  readonly startsIconic: boolean;
  readonly urgent: boolean;
}

export async function readWmHints(x: XConnection, window: number): Promise<WmHints> {
  const words = await getCardinals(x, window, ATOM.WM_HINTS, ATOM.WM_HINTS, 9);
  const [flags = 0, input = 1, initialState = 1] = words;
  return {
    acceptsInput: (flags & 1) === 0 || input !== 0,
    startsIconic: (flags & 2) !== 0 && initialState === 3,
    urgent: (flags & 256) !== 0,
  };
}

function wholeText(bytes: Uint8Array, decoder: typeof utf8): Uint8Array {
  const end = bytes.indexOf(0);
  const text = decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  return new TextEncoder().encode(text);
}

function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = bytes.indexOf(0, from);
    if (end < 0) {
      parts.push(bytes.subarray(from));
      break;
    }
    parts.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return parts;
}
