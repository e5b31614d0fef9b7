/**
 * How wide a text is, without a font: the advances of the faces that surfaces
 * are written in (DejaVu Sans, 2048 units to the size), for the letters that
 * words and names have. Kerning makes lines shorter, never longer; a test holds
 * the numbers against what is drawn.
 */

export type Face = 'regular' | 'bold' | 'mono';

const UNITS = 2048;
/** Wider than any letter of the tables. */
const UNKNOWN = 2400;
const MONO = 1233;
const FIRST = 0x20;

/** From U+0020 to U+007E. */
const ASCII: Readonly<Record<'regular' | 'bold', readonly number[]>> = {
  regular: [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048,
    1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235,
    1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024,
    1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253, 1300,
    1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
  ],
  bold: [
    713, 934, 1067, 1716, 1425, 2052, 1786, 627, 936, 936, 1071, 1716, 778, 850, 778, 748, 1425,
    1425, 1425, 1425, 1425, 1425, 1425, 1425, 1425, 1425, 819, 819, 1716, 1716, 1716, 1188, 2048,
    1585, 1561, 1503, 1700, 1399, 1399, 1681, 1714, 762, 762, 1587, 1305, 2038, 1714, 1741, 1501,
    1741, 1577, 1475, 1397, 1663, 1585, 2259, 1579, 1483, 1485, 936, 748, 936, 1716, 1024, 1024,
    1382, 1466, 1214, 1466, 1389, 891, 1466, 1458, 702, 702, 1362, 702, 2134, 1458, 1407, 1466,
    1466, 1010, 1219, 979, 1458, 1335, 1892, 1321, 1335, 1192, 1458, 748, 1458, 1716,
  ],
};

const OTHER: Readonly<Record<string, readonly [regular: number, bold: number]>> = {
  Ä: [1401, 1585],
  Ö: [1612, 1741],
  Ü: [1499, 1663],
  ä: [1255, 1382],
  ö: [1253, 1407],
  ü: [1298, 1458],
  ß: [1290, 1473],
  '·': [651, 778],
  '…': [2048, 2048],
  '–': [1024, 1024],
  '—': [2048, 2048],
  '→': [1716, 1716],
  '„': [1061, 1346],
  '“': [1061, 1346],
  '”': [1061, 1346],
  '×': [1716, 1716],
};

/** Pixels, not rounded. */
export function textWidth(text: string, face: Face, size: number): number {
  let units = 0;
  for (const letter of text) units += advance(letter, face);
  return (units * size) / UNITS;
}

function advance(letter: string, face: Face): number {
  if (face === 'mono') return MONO;
  const code = letter.codePointAt(0) as number;
  return ASCII[face][code - FIRST] ?? OTHER[letter]?.[face === 'bold' ? 1 : 0] ?? UNKNOWN;
}

/** The text in lines of at most `width` pixels; a word that is longer is cut. At least one line. */
export function wrapText(text: string, face: Face, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer, face, size) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (textWidth(line, face, size) > width) {
      const fits = fitting(line, face, size, width);
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  lines.push(line);
  return lines;
}

/** How many UTF-16 units of `word` fit, at least one letter. */
function fitting(word: string, face: Face, size: number, width: number): number {
  let units = 0;
  let taken = 0;
  for (const letter of word) {
    units += advance(letter, face);
    if (taken > 0 && (units * size) / UNITS > width) break;
    taken += letter.length;
  }
  return taken;
}
