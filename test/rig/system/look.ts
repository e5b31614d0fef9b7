import { join } from 'node:path';
import { intersect, type Rect } from '../../../src/base/geometry.ts';
import type { WindowListing } from '../../../src/control/messages.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';
import { frameColor, sidesOf } from '../../e2e/desktop/judge.ts';
import { pictureColor } from '../../e2e/desktop/scene.ts';
import type { Image } from '../image.ts';
import { writePng } from '../png.ts';
import type { Screen } from '../screen.ts';
import { BORDER } from './livery.ts';
import type { Pager } from './pager.ts';

const SECOND_LOOK_MS = 100;
let pictures = 0;
/** The least share of a side that is exactly the label's colour. */
const LABEL_SHARE = 0.65;

/** What one looks with: a system under test, wherever it runs. */
export interface Sight {
  readonly screen: Screen;
  readonly pager: Pager;
}

/** A side of a frame as it was seen. */
interface SideSeen {
  readonly side: string;
  /** Pixels on the screen; a side may lie outside. */
  readonly shown: number;
  readonly wrong: number;
  /** Share of the shown pixels in the label's colour. */
  readonly share: number;
}

export interface Seen {
  readonly frame: Rect;
  readonly content: Rect;
  readonly image: Image;
}

function labelOf(name: string): Label {
  const label = BUILTIN_LABELS.find((one) => one.name === name);
  if (!label) throw new Error(`no label ${name}`);
  return label;
}

/** The window and what the screen shows of it, in one moment. */
export async function see(livery: Sight, window: number): Promise<Seen> {
  const { screen, pager } = livery;
  const { width, height } = screen.x.screen;
  return screen.still(async () => {
    const frame = await pager.rect(window);
    const area = intersect(frame, { x: 0, y: 0, width, height });
    if (!area) throw new Error(`nothing of the window is on the screen: ${JSON.stringify(frame)}`);
    return { frame, content: contentOf(frame), image: await screen.grab(area) };
  });
}

function contentOf({ x, y, width, height }: Rect): Rect {
  const both = 2 * BORDER;
  return { x: x + BORDER, y: y + BORDER, width: width - both, height: height - both };
}

function sidesSeen({ frame, image }: Seen, label: Label): SideSeen[] {
  return Object.entries(sidesOf(frame, BORDER)).map(([side, whole]) => {
    const rect = intersect(whole, image);
    if (!rect) return { side, shown: 0, wrong: 0, share: 1 };
    const shown = rect.width * rect.height;
    const expected = (x: number, y: number): number =>
      frameColor(label, BORDER, frame, x - frame.x, y - frame.y);
    return {
      side,
      shown,
      wrong: image.differences(rect, expected),
      share: image.count(rect, (color) => color === label.color) / shown,
    };
  });
}

/** What is wrong with a frame; nothing when it is whole. `sides`: how many must be on the screen. */
function frameFaults(seen: Seen, label: Label, sides: number): string[] {
  const found = sidesSeen(seen, label);
  const faults = found
    // A tiny window has no room for the pattern to repeat in; its pixels are judged one by one.
    .filter(({ wrong, share, shown }) => wrong > 0 || (share < LABEL_SHARE && shown > 40 * BORDER))
    .map(
      ({ side, wrong, share }) => `${side}: ${wrong} wrong pixels, label share ${share.toFixed(2)}`,
    );
  const visible = found.filter(({ shown }) => shown > 0).length;
  if (visible < sides) faults.push(`only ${visible} sides are on the screen`);
  return faults.length === 0 ? [] : [...faults, JSON.stringify(seen.frame)];
}

function contentFaults({ content, image }: Seen, seed: number): string[] {
  const rect = intersect(content, image);
  if (!rect) return [];
  const wrong = image.differences(rect, (x, y) => pictureColor(seed, x - content.x, y - content.y));
  return wrong === 0 ? [] : [`content: ${wrong} wrong pixels of ${rect.width * rect.height}`];
}

export interface Wanted {
  readonly label: string;
  /** The picture that the content must show (pictureColor); left out: not judged. */
  readonly seed?: number;
  /** How many sides must be on the screen; default all. */
  readonly sides?: number;
}

function faultsOf(seen: Seen, { label, seed, sides = 4 }: Wanted): string[] {
  const faults = frameFaults(seen, labelOf(label), sides);
  return seed === undefined ? faults : [...faults, ...contentFaults(seen, seed)];
}

/** Faults of the window on the screen, looked at twice; none = as it must be. */
export async function windowFaults(
  livery: Sight,
  window: number,
  wanted: Wanted,
): Promise<string[]> {
  const first = faultsOf(await see(livery, window), wanted);
  if (first.length === 0) return [];
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  const second = await see(livery, window);
  const faults = faultsOf(second, wanted);
  return faults.length === 0 ? [] : [...faults, ...keptPicture(second.image)];
}

/** What was wrong, for a person to see; kept where $LIVERY_TEST_PICTURES says, if it does. */
function keptPicture(image: Image): string[] {
  const directory = process.env.LIVERY_TEST_PICTURES;
  if (directory === undefined) return [];
  const path = join(directory, `fault-${process.pid}-${++pictures}.png`);
  writePng(path, image, 2);
  return [path];
}

/** The same for a window as the daemon lists it; also that the daemon told the truth. */
export async function listingFaults(
  livery: Sight,
  listing: WindowListing,
  wanted: Omit<Wanted, 'label'> = {},
): Promise<string[]> {
  const faults = await windowFaults(livery, listing.window, { ...wanted, label: listing.label });
  const { frame, content } = await see(livery, listing.window);
  const told = JSON.stringify([listing.frame, listing.content]);
  if (told !== JSON.stringify([frame, content])) faults.push(`the daemon says ${told}`);
  return faults;
}
