/**
 * Icons in the label's hue: whatever a qube sends, its icon looks like one of
 * its own label and like none of another's. Pure. The numbers are those of the
 * reference (gui-daemon 6.2): of every pixel three quarters of the gray part
 * stay, and the rest becomes the label's pure hue, a quarter of the range being
 * the label's colour always. Gray and black labels have no hue: gray icons. The
 * reference takes the gray label (#555753) for a green one, because its parts
 * differ by four.
 */
import type { Icon } from './icon.ts';

/** Labels whose parts lie closer together look gray, and so do their icons. */
export const GRAY_RANGE = 24;

/** `icon` in the hue of `color` (0xRRGGBB); alpha as it was. */
export function tinted(icon: Icon, color: number): Icon {
  const [red, green, blue, divisor] = pureHue(color);
  const { width, height, pixels } = icon;
  const out = new Uint8Array(width * height * 4);
  for (let at = 0; at < out.length; at += 4) {
    const r = pixels[at] as number;
    const g = pixels[at + 1] as number;
    const b = pixels[at + 2] as number;
    const gray = Math.min(r, g, b);
    // In quarters, so that all numbers are whole until the one division.
    const colored = 255 + 3 * (Math.max(r, g, b) - gray);
    const base = 3 * gray * divisor;
    const whole = 4 * divisor;
    out[at] = (base + red * colored) / whole;
    out[at + 1] = (base + green * colored) / whole;
    out[at + 2] = (base + blue * colored) / whole;
    out[at + 3] = pixels[at + 3] as number;
  }
  return { width, height, pixels: out };
}

/** The colour without its gray part, as three numbers over the fourth; of a gray one half each. */
function pureHue(color: number): readonly [number, number, number, number] {
  const red = (color >> 16) & 255;
  const green = (color >> 8) & 255;
  const blue = color & 255;
  const least = Math.min(red, green, blue);
  const range = Math.max(red, green, blue) - least;
  if (range < GRAY_RANGE) return [1, 1, 1, 2];
  return [red - least, green - least, blue - least, range];
}
