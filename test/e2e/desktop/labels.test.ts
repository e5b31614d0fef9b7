/**
 * Labels at a glance (DESIGN 2), on real pixels: every frame of the built-in
 * labels is drawn by an X server, and from any 40 px of any of its sides it is
 * told from every other one, by colour or by pattern, by people who see all
 * colours, who see little red, green or blue, and who see none.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import { FrameMaker } from '../../../src/desktop/frame.ts';
import { ciede2000, type Lab, labOf, VISIONS } from '../../../src/trust/color-distance.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';
import { MIN_LABEL_DISTANCE } from '../../../src/trust/label-rules.ts';
import type { Image } from '../../rig/image.ts';
import { type Screen, startScreen } from '../../rig/screen.ts';
import { sidesOf } from './judge.ts';

const SIGHTS = [...VISIONS, 'gray'] as const;
type Sight = (typeof SIGHTS)[number];
const BORDER = 6;
const PIECE = 40;
const CONTENT = { width: 188, height: 188 } as const;
/** Of the pixels of a piece, that differ in pattern however one is laid on the other. */
const MIN_PATTERN_SHARE = 0.05;

/** A piece of a side: along the side first, from outside to inside second. */
interface Piece {
  readonly ground: number;
  /** One letter per pixel: is it the ground or not? */
  readonly mask: string;
}

let screen: Screen;
let image: Image;
const frames = new Map<Label, Rect>();

beforeAll(async () => {
  screen = await startScreen({ wm: 'none', width: 1000, height: 600 });
  const { x } = screen;
  for (const [at, label] of BUILTIN_LABELS.entries()) {
    const place = { x: 20 + (at % 4) * 230, y: 20 + Math.floor(at / 4) * 230 };
    const maker = new FrameMaker(x, label, BORDER, 0xd9d9d9);
    const content = { x: place.x + BORDER, y: place.y + BORDER, ...CONTENT };
    const { frame } = maker.make(content, true, false);
    x.X.MapWindow(frame);
    const both = 2 * BORDER;
    frames.set(label, { ...place, width: CONTENT.width + both, height: CONTENT.height + both });
  }
  await x.sync();
  image = await screen.grab();
});
afterAll(() => screen?.[Symbol.asyncDispose]());

function seen(color: number, sight: Sight): Lab {
  if (sight !== 'gray') return labOf(color, sight);
  return { ...labOf(color), a: 0, b: 0 };
}

/** Every piece of a side as the screen shows it, each once. */
function piecesOf(label: Label, side: string): Piece[] {
  const rect = sidesOf(frames.get(label) as Rect, BORDER)[side] as Rect;
  const across = rect.height === BORDER;
  const length = across ? rect.width : rect.height;
  const flipped = side === 'bottom' || side === 'right';
  const pixel = (along: number, from: number): number => {
    const depth = flipped ? BORDER - 1 - from : from;
    const [dx, dy] = across ? [along, depth] : [depth, along];
    return image.pixel(rect.x + dx, rect.y + dy) as number;
  };
  const found = new Map<string, Piece>();
  for (let start = 0; start + PIECE <= length; start++) {
    const colors: number[] = [];
    for (let along = start; along < start + PIECE; along++) {
      for (let from = 0; from < BORDER; from++) colors.push(pixel(along, from));
    }
    const counts = new Map<number, number>();
    for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
    const [ground = 0] = [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? [];
    const mask = colors.map((color) => (color === ground ? '.' : '#')).join('');
    found.set(mask, { ground, mask });
  }
  return [...found.values()];
}

function differing(one: string, two: string): number {
  let count = 0;
  for (let at = 0; at < one.length; at++) if (one[at] !== two[at]) count++;
  return count / one.length;
}

const pairs = BUILTIN_LABELS.flatMap((one, at) =>
  BUILTIN_LABELS.slice(at + 1).map((two) => [one.name, two.name, one, two] as const),
);

describe('from any 40 px of a frame', () => {
  it('the colour of the label is what is seen most', () => {
    for (const label of BUILTIN_LABELS) {
      for (const side of ['top', 'bottom', 'left', 'right']) {
        const pieces = piecesOf(label, side);
        expect(pieces.length, `${label.name} ${side}`).toBeGreaterThan(1);
        expect(new Set(pieces.map(({ ground }) => ground))).toEqual(new Set([label.color]));
      }
    }
  });

  it.each(pairs)('%s and %s are told apart in every kind of sight', (_one, _two, one, two) => {
    const alike = SIGHTS.filter(
      (sight) => ciede2000(seen(one.color, sight), seen(two.color, sight)) < MIN_LABEL_DISTANCE,
    );
    // Who sees all colours needs no pattern.
    expect(alike).not.toContain('normal');
    for (const side of ['top', 'bottom', 'left', 'right']) {
      const others = piecesOf(two, side);
      const least = Math.min(
        ...piecesOf(one, side).flatMap(({ mask }) =>
          others.map((other) => differing(mask, other.mask)),
        ),
      );
      expect(least, `${side}: ${alike.join()}`).toBeGreaterThan(MIN_PATTERN_SHARE);
    }
  });

  it('a mark is seen against its ground in every kind of sight', () => {
    for (const label of BUILTIN_LABELS) {
      const rect = frames.get(label) as Rect;
      const outline = image.pixel(rect.x, rect.y) as number;
      expect(outline).not.toBe(label.color);
      for (const sight of SIGHTS) {
        const distance = ciede2000(seen(outline, sight), seen(label.color, sight));
        expect(distance, `${label.name} ${sight}`).toBeGreaterThan(MIN_LABEL_DISTANCE);
      }
    }
  });
});
