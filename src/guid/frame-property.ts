/**
 * The value of -p: `NAME=TYPE:VALUE`, a property for every window. Pure.
 */
import type { FrameProperty } from '../config/config.ts';

/** The property, or what is wrong. TYPE: s text, a the name of an atom, c numbers with commas. */
export function parseFrameProperty(text: string): FrameProperty | string {
  const match = /^([^=]+)=([sac]):([\s\S]*)$/.exec(text);
  const [, name, type, value] = match ?? [];
  if (name === undefined || value === undefined) {
    return `expected NAME=TYPE:VALUE with TYPE s, a or c, found "${text}"`;
  }
  // Sent to the X server byte by byte.
  if (!/^[\x21-\x7e]{1,255}$/.test(name)) return `"${name}" is no name of a property`;
  if (type === 's') return { name, type: 'string', value };
  if (type === 'a') {
    if (!/^[\x21-\x7e]{1,255}$/.test(value)) return `"${value}" is no name of an atom`;
    return { name, type: 'atom', value };
  }
  const numbers = value.split(',').map(parseBase0);
  if (numbers.some((one) => one === undefined || one < 0 || one > 0xffffffff)) {
    return `expected numbers with commas between them, found "${value}"`;
  }
  return { name, type: 'cardinals', value: numbers as number[] };
}

/** A whole number as C reads it with base 0: decimal, 0x…, 0…; undefined when it is none. */
export function parseBase0(text: string): number | undefined {
  const match = /^\s*([-+]?)(0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  const digits = match?.[2];
  if (digits === undefined) return undefined;
  const octal = /^0[0-7]+$/.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  return match?.[1] === '-' ? -value : value;
}
