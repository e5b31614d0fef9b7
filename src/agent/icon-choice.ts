/**
 * Which of the pictures in a window's _NET_WM_ICON dom0 is sent. The property
 * is any program's to write: every size in it is checked against what is there.
 * Pure.
 */
import { SERVICE_LIMITS } from '../protocol/limits.ts';

/** What task bars show, and dom0 keeps. */
const WANTED_SIDE = 128;
const MAX_SIDE = SERVICE_LIMITS.iconSide.value;
/** Larger than any icon that is meant; bounds the loops below. */
const MAX_SOURCE_SIDE = 1024;

export interface ChosenIcon {
  readonly width: number;
  readonly height: number;
  /** R, G, B, A by row. */
  readonly pixels: Uint8Array;
}

interface Candidate {
  readonly width: number;
  readonly height: number;
  /** Where its ARGB words begin, in bytes. */
  readonly at: number;
}

/**
 * The smallest picture of at least 128 pixels a side, else the largest; thinned
 * out when it is above what an ICON_RECORD holds. Undefined when there is none.
 * @param value the property: width, height, width * height ARGB words, again and again
 */
export function chooseIcon(value: Uint8Array): ChosenIcon | undefined {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  let best: Candidate | undefined;
  for (const candidate of candidates(view)) {
    if (best === undefined || isBetter(candidate, best)) best = candidate;
  }
  return best && picture(view, best);
}

function candidates(view: DataView): Candidate[] {
  const list: Candidate[] = [];
  let at = 0;
  while (at + 8 <= view.byteLength) {
    const width = view.getUint32(at, true);
    const height = view.getUint32(at + 4, true);
    at += 8;
    // What follows cannot be found: it is nobody's icon any more.
    if (width < 1 || height < 1 || width > MAX_SOURCE_SIDE || height > MAX_SOURCE_SIDE) break;
    const bytes = width * height * 4;
    if (at + bytes > view.byteLength) break;
    list.push({ width, height, at });
    at += bytes;
  }
  return list;
}

function isBetter(one: Candidate, other: Candidate): boolean {
  const side = (candidate: Candidate): number => Math.max(candidate.width, candidate.height);
  const [a, b] = [side(one), side(other)];
  if (a >= WANTED_SIDE && b >= WANTED_SIDE) return a < b;
  return a > b;
}

function picture(view: DataView, { width, height, at }: Candidate): ChosenIcon {
  const step = Math.ceil(Math.max(width, height) / MAX_SIDE);
  const columns = Math.ceil(width / step);
  const rows = Math.ceil(height / step);
  const pixels = new Uint8Array(columns * rows * 4);
  let to = 0;
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) {
      const word = view.getUint32(at + (y * width + x) * 4, true);
      pixels[to++] = (word >>> 16) & 255;
      pixels[to++] = (word >>> 8) & 255;
      pixels[to++] = word & 255;
      pixels[to++] = word >>> 24;
    }
  }
  return { width: columns, height: rows, pixels };
}
