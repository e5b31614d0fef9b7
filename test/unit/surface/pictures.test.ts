/** Every surface, drawn as the renderer draws it and looked at: the ink stays inside of the margins. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Notice } from '../../../src/clipboard/notice.ts';
import { draw, warmUp } from '../../../src/renderer/draw.ts';
import { noticePicture } from '../../../src/surface/notice-picture.ts';
import { promptPicture } from '../../../src/surface/prompt-picture.ts';
import { INK } from '../../../src/surface/style.ts';
import { LANGUAGES } from '../../../src/surface/words.ts';
import { frameLook } from '../../../src/trust/pattern.ts';
import { COPIED, NOTICES, PASTED, PROMPT, VAULT, WORK, WORST_PROMPT } from './pictures.ts';

const SCALES = [1, 1.5, 2] as const;
const KEYS = { paste: 'Ctrl+Enter', cancel: 'Esc' };

interface Drawn {
  readonly width: number;
  readonly height: number;
  pixel(x: number, y: number): number;
}

async function drawn(svg: Uint8Array, width: number, height: number): Promise<Drawn> {
  const pixels = await draw(svg, width, height);
  return {
    width,
    height,
    pixel: (x, y) => pixels.readUIntLE((y * width + x) * 4, 3),
  };
}

/** Pixels of the border, from outside: the outline, and then nothing but paper. */
function margin(image: Drawn, scale: number, columns: number): string[] {
  const { width, height, pixel } = image;
  const line = Math.round(scale);
  const wrong: string[] = [];
  const expectAt = (x: number, y: number, color: number): void => {
    const seen = pixel(x, y);
    if (seen !== color) wrong.push(`${x},${y} is ${seen.toString(16)}`);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = Math.min(x, y, width - 1 - x, height - 1 - y);
      if (inside < line) expectAt(x, y, INK.outline);
      else if (inside < columns) expectAt(x, y, INK.paper);
    }
  }
  return wrong.slice(0, 3);
}

beforeAll(() => warmUp());

describe.each(LANGUAGES)('notices in %s', (language) => {
  it.each(SCALES)('keep their margins at %fx', async (scale) => {
    const options = { scale, language, nowMs: 0, pasteChord: 'Ctrl+Shift+Insert' };
    const seen = new Set<string>();
    for (const notice of NOTICES) {
      const { svg, width, height } = noticePicture(notice, options);
      expect(width).toBeLessThanOrEqual(600 * scale);
      const image = await drawn(Buffer.from(svg), width, height);
      // The symbol may stand a little higher than the text.
      expect([JSON.stringify(notice), ...margin(image, scale, Math.floor(12 * scale))]).toEqual([
        JSON.stringify(notice),
      ]);
      seen.add(svg);
    }
    // No two say the same.
    expect(seen.size).toBe(NOTICES.length);
  });

  it.each(SCALES)('ask at %fx with everything in its place', async (scale) => {
    const options = { scale, language, nowMs: 0, keys: KEYS };
    for (const facts of [PROMPT, WORST_PROMPT]) {
      for (const length of [0, 12, 483]) {
        const preview = new Uint8Array(length).fill('W'.charCodeAt(0));
        const { svg, width, height, ...places } = promptPicture(facts, { ...options, preview });
        const image = await drawn(svg, width, height);
        expect(margin(image, scale, Math.floor(16 * scale))).toEqual([]);
        const { paste, cancel, bar } = places;
        // "Cancel" is filled, "Paste" is not.
        const at = (rect: typeof paste): number => image.pixel(rect.x + 6, rect.y + 6);
        expect(at(cancel)).toBe(INK.symbol);
        expect(at(paste)).toBe(INK.paper);
        expect(paste.x + paste.width).toBeLessThan(cancel.x);
        expect(image.pixel(bar.x, bar.y)).toBe(INK.bar);
        expect(image.pixel(bar.x + bar.width - 1, bar.y + bar.height - 1)).toBe(INK.bar);
      }
    }
  });
});

describe('a notice', () => {
  const options = { scale: 1, language: 'en', nowMs: 0 } as const;

  it('shows a name in the very frame of its windows', async () => {
    const { svg, width, height } = noticePicture({ ...COPIED, source: WORK } as Notice, options);
    const image = await drawn(Buffer.from(svg), width, height);
    const look = frameLook(WORK.label, 6);
    const tile = look.sides.top;
    const expected = (x: number, y: number): number =>
      tile.pixels.readUInt32LE((y * tile.width + (x % tile.width)) * 4);
    // Wherever the row of the frame begins: one period of it must be found as it is.
    const found: number[] = [];
    for (let y = 0; y < height - 6; y++) {
      for (let x = 0; x < width - tile.width; x++) {
        let same = true;
        for (let at = 0; same && at < tile.width * 6; at++) {
          const row = Math.floor(at / tile.width);
          same = image.pixel(x + (at % tile.width), y + row) === expected(at % tile.width, row);
        }
        if (same) found.push(y);
      }
    }
    expect(found.length).toBeGreaterThan(0);
  });

  it('says how long the text is kept, and when that changes', () => {
    const at = (nowMs: number) => noticePicture(COPIED, { ...options, nowMs });
    expect(at(0).svg).toContain('64 bytes · emptied in 60 s');
    expect(at(0).changesAtMs).toBe(1000);
    expect(at(58_500).svg).toContain('emptied in 2 s');
    expect(at(58_500).changesAtMs).toBe(59_000);
    expect(at(60_000).changesAtMs).toBeUndefined();
    const kept = noticePicture({ ...COPIED, wipeAtMs: undefined } as Notice, options);
    expect(kept.svg).not.toContain('emptied');
    expect(kept.changesAtMs).toBeUndefined();
  });

  it('says what to do next', () => {
    const chord = { ...options, pasteChord: 'Ctrl+Shift+V' };
    expect(noticePicture(COPIED, chord).svg).toContain('Paste into a qube: Ctrl+Shift+V');
    expect(noticePicture(PASTED, options).svg).toContain('Now insert it in work: Ctrl+V');
    const german = noticePicture(PASTED, { ...options, language: 'de' }).svg;
    expect(german).toContain('Jetzt in work einfügen: Strg+V');
  });

  it('names no qube that it does not know', () => {
    const refused = { kind: 'refused', reason: 'nothing-copied', size: undefined } as const;
    const { svg } = noticePicture({ ...refused, source: undefined, target: WORK }, options);
    expect(svg).toContain('>work<');
    expect(svg).not.toContain(`>${VAULT.qube}<`);
  });
});

it('a prompt forgets its preview', () => {
  const options = { scale: 1, language: 'en', nowMs: 0, keys: KEYS } as const;
  const drawing = promptPicture(PROMPT, { ...options, preview: Buffer.from('secret words') });
  expect(Buffer.from(drawing.svg).includes('secret')).toBe(true);
  drawing.wipe();
  expect(drawing.svg.every((byte) => byte === 0)).toBe(true);
  // Nor is it in the rest of the memory that was taken for it.
  expect(new Uint8Array(drawing.svg.buffer).every((byte) => byte === 0)).toBe(true);
});
