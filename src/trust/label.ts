/**
 * Labels: the trust colour, pattern and name that dom0 gives to a qube. A
 * qube's word about its own label is worth nothing; labels come from dom0's
 * configuration only (DESIGN 2).
 */

/** How a frame is drawn besides its colour, so that it can be told without colour vision. */
export const PATTERNS = [
  'plain',
  'dashes',
  'dots',
  'diagonal',
  'wide-dashes',
  'double-line',
  'cross-hatch',
  'rule',
] as const;

export type Pattern = (typeof PATTERNS)[number];

export interface Label {
  readonly name: string;
  /** 0xRRGGBB. */
  readonly color: number;
  readonly pattern: Pattern;
  /** The number that dom0 has for it; default: its place among the built-in ones, counted from 1. */
  readonly index?: number;
}

/** The labels that exist without any configuration (DESIGN 2). */
export const BUILTIN_LABELS: readonly Label[] = [
  { name: 'red', color: 0xcc0000, pattern: 'plain' },
  { name: 'orange', color: 0xf57900, pattern: 'dashes' },
  { name: 'yellow', color: 0xedd400, pattern: 'dots' },
  { name: 'green', color: 0x73d216, pattern: 'diagonal' },
  { name: 'gray', color: 0x555753, pattern: 'wide-dashes' },
  { name: 'blue', color: 0x3465a4, pattern: 'double-line' },
  { name: 'purple', color: 0x75507b, pattern: 'cross-hatch' },
  { name: 'black', color: 0x000000, pattern: 'rule' },
];

/** `#rrggbb`. */
export function colorText(color: number): string {
  return `#${color.toString(16).padStart(6, '0')}`;
}
