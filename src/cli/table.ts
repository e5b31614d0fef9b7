/**
 * Rows as aligned text. Widths count code points: good enough for titles, and
 * nothing here decides anything.
 */
import { plain } from './plain.ts';

/** Columns two blanks apart, the last one unpadded; ends with a newline. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map((cell) => plain(cell)));
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => [...(row[column] ?? '')].length)),
  );
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        const blanks = (widths[column] ?? 0) - [...cell].length;
        return column === row.length - 1 ? cell : cell + ' '.repeat(blanks);
      });
      return `${cells.join('  ')}\n`;
    })
    .join('');
}
