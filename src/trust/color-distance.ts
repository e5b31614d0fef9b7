/**
 * How far apart two colours look: CIEDE2000 over CIE L*a*b* (D65), and how
 * they look to people with a colour vision deficiency. Pure arithmetic.
 */

export interface Lab {
  readonly l: number;
  readonly a: number;
  readonly b: number;
}

export const VISIONS = ['normal', 'protan', 'deutan', 'tritan'] as const;
export type Vision = (typeof VISIONS)[number];

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/**
 * Complete loss of one cone type: severity 1.0 of Machado, Oliveira and
 * Fernandes, "A Physiologically-based Model for Simulation of Color Vision
 * Deficiency", IEEE TVCG 15(6), 2009; applied to linear RGB.
 */
const SIMULATION: Record<Exclude<Vision, 'normal'>, Matrix> = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Linear sRGB to XYZ, D65 (IEC 61966-2-1). */
const TO_XYZ: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const WHITE_D65: Triple = [0.95047, 1, 1.08883];

function times(m: Matrix, v: Triple): Triple {
  const row = (r: Triple): number => r[0] * v[0] + r[1] * v[1] + r[2] * v[2];
  return [row(m[0]), row(m[1]), row(m[2])];
}

/** The sRGB transfer function undone, 0..255 to 0..1. */
function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

/** @param color 0xRRGGBB, as somebody with this vision sees it */
export function labOf(color: number, vision: Vision = 'normal'): Lab {
  let rgb: Triple = [
    linear((color >> 16) & 0xff),
    linear((color >> 8) & 0xff),
    linear(color & 0xff),
  ];
  if (vision !== 'normal') {
    const [r, g, b] = times(SIMULATION[vision], rgb);
    const unit = (value: number): number => Math.min(1, Math.max(0, value));
    rgb = [unit(r), unit(g), unit(b)];
  }
  const xyz = times(TO_XYZ, rgb);
  const f = (i: 0 | 1 | 2): number => {
    const t = xyz[i] / WHITE_D65[i];
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  };
  return { l: 116 * f(1) - 16, a: 500 * (f(0) - f(1)), b: 200 * (f(1) - f(2)) };
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Hue angle in degrees, 0..360; 0 for no chroma. */
function hue(a: number, b: number): number {
  if (a === 0 && b === 0) return 0;
  const degrees = (Math.atan2(b, a) * 180) / Math.PI;
  return degrees < 0 ? degrees + 360 : degrees;
}

/**
 * CIEDE2000 with unit weights, after Sharma, Wu and Dalal, "The CIEDE2000
 * Color-Difference Formula", Color Research and Application 30(1), 2005.
 * 1 is about the smallest difference that an attentive eye sees.
 */
export function ciede2000(one: Lab, two: Lab): number {
  const meanChroma = (Math.hypot(one.a, one.b) + Math.hypot(two.a, two.b)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanChroma ** 7 / (meanChroma ** 7 + 25 ** 7)));
  const a1 = (1 + g) * one.a;
  const a2 = (1 + g) * two.a;
  const c1 = Math.hypot(a1, one.b);
  const c2 = Math.hypot(a2, two.b);
  const h1 = hue(a1, one.b);
  const h2 = hue(a2, two.b);
  const gray = c1 * c2 === 0;

  let turn = 0;
  if (!gray) {
    turn = h2 - h1;
    if (turn > 180) turn -= 360;
    else if (turn < -180) turn += 360;
  }
  const dL = two.l - one.l;
  const dC = c2 - c1;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2));

  const l = (one.l + two.l) / 2;
  const c = (c1 + c2) / 2;
  let h = h1 + h2;
  if (!gray) {
    if (Math.abs(h1 - h2) > 180) h += h < 360 ? 360 : -360;
    h /= 2;
  }
  const t =
    1 -
    0.17 * Math.cos(radians(h - 30)) +
    0.24 * Math.cos(radians(2 * h)) +
    0.32 * Math.cos(radians(3 * h + 6)) -
    0.2 * Math.cos(radians(4 * h - 63));
  const sL = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const sC = 1 + 0.045 * c;
  const sH = 1 + 0.015 * c * t;
  const rotation =
    -2 *
    Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) *
    Math.sin(radians(60 * Math.exp(-(((h - 275) / 25) ** 2))));
  return Math.sqrt(
    (dL / sL) ** 2 + (dC / sC) ** 2 + (dH / sH) ** 2 + rotation * (dC / sC) * (dH / sH),
  );
}
