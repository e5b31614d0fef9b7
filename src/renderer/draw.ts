/**
 * SVG to pixels by sharp; the only file that loads it. It draws what it is
 * given: what may be drawn is decided where the SVG is made. Every loader but
 * the one for SVG in memory is switched off.
 */
import sharp from 'sharp';

/** Every face of the surfaces, and every letter that words and names have. */
const WARM_TEXT = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789 .,:;!?-_+/\\()[]{}#*%$@^~|`"=\'',
  'ÄÖÜäöüß · … – — → ← „ “ ” ‘ ’ × ✓',
].join(' ');
const FACES = [
  'font-family="DejaVu Sans"',
  'font-family="DejaVu Sans" font-weight="bold"',
  'font-family="DejaVu Sans Mono"',
];

/** Once, before anything is drawn: one thread, no caches, no other formats. */
function prepare(): void {
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.simd(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });
}

/**
 * Loads the libraries and opens the fonts, so that later no file has to be
 * opened. Rejects when they are not there, or no text is drawn with them.
 */
export async function warmUp(): Promise<void> {
  prepare();
  const lines = FACES.map(
    (face, at) =>
      `<text x="4" y="${20 + at * 20}" ${face} font-size="13">${escapeText(WARM_TEXT)}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="80"><rect width="800" height="80" fill="#ffffff"/>${lines.join('')}</svg>`;
  for (let time = 0; time < 2; time++) {
    const pixels = await draw(Buffer.from(svg), 800, 80);
    if (pixels.indexOf(0) < 0) throw new Error('no text is drawn: no font');
  }
}

/**
 * BGRX rows, but for the last byte of all, which nobody looks at. Rejects when
 * the SVG is not one, or of another size. The picture has to be opaque.
 */
export async function draw(svg: Uint8Array, width: number, height: number): Promise<Buffer> {
  const { data, info } = await sharp(svg, { limitInputPixels: width * height, density: 72 })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height || info.channels !== 4) {
    throw new Error(`the picture is ${info.width}x${info.height}, not ${width}x${height}`);
  }
  // RGBA becomes ABGR, which one byte further on is BGRA: no loop in JavaScript, which is not compiled here.
  return data.swap32().subarray(1);
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
