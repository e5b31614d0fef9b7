/**
 * Colours as the command line and guid.conf write them, and the label that a
 * colour stands for: the pattern comes from the built-in label that looks like
 * it, so that frames can be told without colour vision.
 */
import { UserError } from '../base/errors.ts';
import { ciede2000, labOf } from '../trust/color-distance.ts';
import { BUILTIN_LABELS, colorText, type Label } from '../trust/label.ts';
import type { XConnection } from '../x11/connection.ts';

/** Colours nearer than this (CIEDE2000) are one to the eye: DESIGN 2. */
const SAME_LABEL = 15;

/**
 * 0xRRGGBB of `0xRRGGBB` or of a name in the X server's table. Rejects with
 * UserError COLOR_UNKNOWN.
 */
export async function readColor(x: XConnection, text: string): Promise<number> {
  const word = text.replace(/^[ \t]+/, '');
  if (/^0[xX]/.test(word)) {
    const digits = /^0[xX]([0-9A-Fa-f]+)$/.exec(word)?.[1];
    if (digits === undefined) throw unknown(text);
    return Number(BigInt(`0x${digits}`) & 0xffffffn);
  }
  // The request carries Latin-1; no colour has another name.
  if (!/^[\x20-\x7e]{1,64}$/.test(word)) throw unknown(text);
  const hash = /^#([0-9A-Fa-f]{6})$/.exec(word)?.[1];
  if (hash !== undefined) return Number.parseInt(hash, 16);
  try {
    const named = await x.request<{ exactRed: number; exactGreen: number; exactBlue: number }>(
      (done) => x.X.LookupColor(x.screen.colormap, word, done),
    );
    return ((named.exactRed >> 8) << 16) | ((named.exactGreen >> 8) << 8) | (named.exactBlue >> 8);
  } catch {
    throw unknown(text);
  }
}

/** @param index dom0's number of it */
export function labelOf(color: number, index: number): Label {
  const lab = labOf(color);
  let nearest: Label | undefined;
  let least = SAME_LABEL;
  for (const label of BUILTIN_LABELS) {
    const distance = ciede2000(lab, labOf(label.color));
    if (distance >= least) continue;
    nearest = label;
    least = distance;
  }
  return {
    name: nearest?.name ?? colorText(color),
    color,
    pattern: nearest?.pattern ?? 'plain',
    index,
  };
}

function unknown(text: string): UserError {
  return new UserError('COLOR_UNKNOWN', `no colour "${text}"`, {
    hint: 'write 0xRRGGBB, or a name that the X server knows',
  });
}
