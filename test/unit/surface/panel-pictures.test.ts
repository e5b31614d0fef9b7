/** The strip, the list of the overlay and the names on windows, drawn as the renderer draws them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { intersect } from '../../../src/base/geometry.ts';
import type { QubeName } from '../../../src/base/ids.ts';
import { draw, warmUp } from '../../../src/renderer/draw.ts';
import { chipPictures, dom0Picture } from '../../../src/surface/chip-picture.ts';
import type { Drawing } from '../../../src/surface/drawing.ts';
import { type OverlayRow, overlayPicture } from '../../../src/surface/overlay-picture.ts';
import { type PanelFacts, panelHeight, panelPicture } from '../../../src/surface/panel-picture.ts';
import { QUBE_NOTES, type QubeGlance } from '../../../src/surface/qube-glance.ts';
import { INK } from '../../../src/surface/style.ts';
import { LANGUAGES, wordsOf } from '../../../src/surface/words.ts';
import { VAULT, WORK } from './pictures.ts';

const SCALES = [1, 1.5, 2] as const;
const WIDEST = { ...WORK, qube: 'W'.repeat(31) as QubeName };
const glance = (named: typeof WORK, more: Partial<QubeGlance> = {}): QubeGlance => ({
  ...{ ...named, note: undefined, own: true },
  ...more,
});
const kept = { kind: 'kept', source: VAULT, size: 64, wipeAtMs: 45_000 } as const;
const FACTS: readonly PanelFacts[] = [
  { focused: undefined, clipboard: { kind: 'empty' }, qubes: [] },
  { focused: WORK, clipboard: { kind: 'empty' }, qubes: [glance(WORK)] },
  { focused: VAULT, clipboard: { kind: 'empty' }, qubes: [] },
  { focused: WORK, clipboard: { kind: 'waiting', source: VAULT }, qubes: [] },
  { focused: WORK, clipboard: kept, qubes: [] },
  { focused: WORK, clipboard: { ...kept, wipeAtMs: undefined }, qubes: [] },
  ...QUBE_NOTES.map(
    (note): PanelFacts => ({
      ...{ focused: WORK, clipboard: { kind: 'empty' } },
      qubes: [glance(WORK), glance(VAULT, { note })],
    }),
  ),
];
const FULL: PanelFacts = {
  focused: WIDEST,
  clipboard: { ...kept, source: WIDEST, size: 256_000 },
  qubes: Array.from({ length: 40 }, (_, at) =>
    glance({ ...WORK, qube: `qube-${at}` as QubeName }, { note: 'throttled' }),
  ),
};

async function pixelsOf({
  svg,
  width,
  height,
}: Drawing): Promise<(x: number, y: number) => number> {
  const pixels = await draw(Buffer.from(svg), width, height);
  return (x, y) => pixels.readUIntLE((y * width + x) * 4, 3);
}

function count(drawing: Drawing, pixel: (x: number, y: number) => number, color: number): number {
  let found = 0;
  for (let y = 0; y < drawing.height; y++) {
    for (let x = 0; x < drawing.width; x++) if (pixel(x, y) === color) found++;
  }
  return found;
}

beforeAll(() => warmUp());

describe.each(LANGUAGES)('the strip in %s', (language) => {
  it.each(SCALES)('fits in its place at %fx, however much there is to say', async (scale) => {
    for (const width of [640, 1920]) {
      for (const facts of [...FACTS, FULL]) {
        const options = { scale, language, nowMs: 0, width, edge: 'top' } as const;
        const drawing = panelPicture(facts, options);
        expect([drawing.width, drawing.height]).toEqual([width, Math.round(38 * scale)]);
        const pixel = await pixelsOf(drawing);
        const rule = Math.round(scale);
        // A rim of paper: nothing is cut at its end or at an edge.
        const wrong: string[] = [];
        const look = (x: number, y: number, color: number): void => {
          if (pixel(x, y) !== color) wrong.push(`${x}, ${y}`);
        };
        for (let y = 0; y < drawing.height - rule; y++) {
          for (let x = width - Math.floor(4 * scale); x < width; x++) look(x, y, INK.paper);
        }
        for (let x = 0; x < width; x++) {
          look(x, 0, INK.paper);
          look(x, drawing.height - 1, INK.outline);
        }
        expect(wrong).toEqual([]);
      }
    }
  });

  it('says each thing in words or shapes, not only in colour', () => {
    const options = { scale: 1, language, nowMs: 0, width: 1024, edge: 'top' } as const;
    const texts = FACTS.map((facts) =>
      panelPicture(facts, options).svg.replaceAll(/fill="[^"]*"/g, ''),
    );
    expect(new Set(texts).size).toBe(FACTS.length);
  });

  it('has the colour of the qube with the keyboard, and says when it changes', async () => {
    const options = { scale: 1, language, nowMs: 0, width: 1024, edge: 'bottom' } as const;
    const drawing = panelPicture(FACTS[4] as PanelFacts, options);
    const pixel = await pixelsOf(drawing);
    expect(count(drawing, pixel, WORK.label.color)).toBeGreaterThan(200);
    expect(drawing.changesAtMs).toBe(1000);
    expect(pixel(0, 0)).toBe(INK.outline);
    expect(panelPicture(FACTS[5] as PanelFacts, options).changesAtMs).toBeUndefined();
  });

  it('names how many more there are', () => {
    const options = { scale: 1, language, nowMs: 0, width: 1920, edge: 'top' } as const;
    const { svg } = panelPicture(FULL, options);
    const shown = (svg.match(/>qube-\d+</g) ?? []).length;
    expect(svg).toContain(`>+${40 - shown}<`);
  });
});

describe.each(LANGUAGES)('the list of the overlay in %s', (language) => {
  const rows: OverlayRow[] = [
    { ...glance(WORK), windows: 3 },
    { ...glance(VAULT, { note: 'paused' }), windows: 1 },
    { ...glance(WIDEST, { own: false, note: 'throttled' }), windows: 0 },
  ];

  it.each(SCALES)('has everything in its place at %fx', async (scale) => {
    const options = { scale, language, nowMs: 0, maxHeight: 2000 };
    const drawing = overlayPicture({ rows, chosen: 0, armed: 0 }, options);
    const { buttons, width, height } = drawing;
    expect(buttons.map(({ row, action }) => `${row} ${action}`)).toEqual([
      ...['0 pause', '0 stop', '1 pause', '1 stop'],
    ]);
    const whole = { x: 0, y: 0, width, height };
    for (const [at, { rect }] of buttons.entries()) {
      expect(intersect(rect, whole)).toEqual(rect);
      for (const other of buttons.slice(at + 1)) {
        expect(intersect(rect, other.rect)).toBeUndefined();
      }
    }
    const pixel = await pixelsOf(drawing);
    const inside = Math.floor(8 * scale);
    for (let y = 0; y < height; y++) {
      for (const x of [0, width - 1]) expect(pixel(x, y)).toBe(INK.outline);
      for (const x of [inside, width - 1 - inside]) {
        if (y >= Math.round(scale) && y < height - Math.round(scale)) {
          expect(pixel(x, y)).toBe(INK.paper);
        }
      }
    }
    // The button that ends something is dark after the first press, and says another thing.
    const calm = overlayPicture({ rows, chosen: 0, armed: undefined }, options);
    expect(drawing.svg).toContain(wordsOf(language).overlay.reallyStop);
    expect(calm.svg).not.toContain(wordsOf(language).overlay.reallyStop);
  });

  it('shows the chosen row also where not all have room', () => {
    const many = Array.from({ length: 60 }, (_, at) => ({
      ...glance({ ...WORK, qube: `qube-${at}` as QubeName }),
      windows: 1,
    }));
    for (const chosen of [0, 30, 59]) {
      const options = { scale: 1, language, nowMs: 0, maxHeight: 480 };
      const { svg, height, buttons } = overlayPicture(
        { rows: many, chosen, armed: undefined },
        options,
      );
      expect(height).toBeLessThanOrEqual(480);
      expect(svg).toContain(`>qube-${chosen}<`);
      expect(buttons.some(({ row }) => row === chosen)).toBe(true);
    }
  });

  it('says so when no qube runs', () => {
    const options = { scale: 1, language, nowMs: 0, maxHeight: 480 };
    const { svg } = overlayPicture({ rows: [], chosen: 0, armed: undefined }, options);
    expect(svg).toContain(wordsOf(language).overlay.nobody);
  });
});

describe('the name on a window', () => {
  it.each(SCALES)('is whole at %fx, in one line and as a block', async (scale) => {
    const [line, block] = chipPictures(WIDEST, scale);
    if (!line || !block) throw new Error('there is no block');
    expect(block.width).toBeLessThan(line.width / 2);
    for (const { svg } of [line, block]) {
      const letters = [...svg.matchAll(/>(W+)</g)].map(([, text]) => text).join('');
      expect(letters).toBe(WIDEST.qube);
    }
    expect(chipPictures(WORK, scale)).toHaveLength(1);
    expect(panelHeight(scale)).toBeGreaterThan(chipPictures(WORK, scale)[0]?.height ?? 0);
  });

  it('of dom0 has no label`s colour', async () => {
    const drawing = dom0Picture(1);
    const pixel = await pixelsOf(drawing);
    expect(pixel(0, 0)).toBe(INK.outline);
    expect(count(drawing, pixel, INK.paper)).toBeGreaterThan(200);
  });
});
