/**
 * Judges a whole screen at one moment: whose pixel is each one by the order of
 * the windows, and is it what it must be? A frame that shows is whole in its
 * label's colours, the victim's content and what is dom0's are untouched.
 */
import { intersect, isEmpty, type Rect } from '../../src/base/geometry.ts';
import type { Label } from '../../src/trust/label.ts';
import { coveredArea } from '../../src/trust/override-redirect.ts';
import { frameLook } from '../../src/trust/pattern.ts';
import type { XConnection } from '../../src/x11/connection.ts';
import type { Geometry, WindowAttributes } from '../../src/x11/package-records.ts';
import { ATOM, getProperty } from '../../src/x11/properties.ts';
import { monitors } from '../../src/x11/randr.ts';
import { frameColor } from '../e2e/desktop/judge.ts';
import { grab, type Image } from '../rig/image.ts';

const VIEWABLE = 2;
const INPUT_OUTPUT = 1;
/** Windows in each other that are looked into: a manager's, another client's, and a frame. */
const MAX_DEPTH = 4;
const POPUPS_SHARE = 0.9;

/** A viewable window, in root coordinates. */
interface Seen {
  readonly window: number;
  readonly rect: Rect;
  /** What of it its parents let show. */
  readonly shown: Rect;
  /** The qube whose frame it is. */
  readonly qube: string | undefined;
  readonly overrideRedirect: boolean;
  readonly topLevel: boolean;
}

export interface Expectation {
  readonly labels: ReadonlyMap<string, Label>;
  readonly border: number;
  /** The pixel of the content of a frame of `qube`, relative to it; undefined = anything. */
  content(qube: string, x: number, y: number): number | undefined;
  /** Surfaces of dom0, which nothing of a qube may lie over, with what is in them, by their number. */
  readonly dom0: ReadonlyMap<number, (x: number, y: number) => number>;
  readonly background: number;
  /** Frames that somebody but the qube moved or resized. */
  readonly moved: ReadonlySet<number>;
}

export interface Sight {
  /** One line for each thing that is not as it must be. */
  readonly faults: readonly string[];
  /** Frames of each qube that show. */
  readonly frames: ReadonlyMap<string, number>;
}

/** Nobody else may be served while this looks: call it within `Screen.still`. */
export async function judgeScreen(x: XConnection, expected: Expectation): Promise<Sight> {
  const root = await x.request<Geometry>((done) => x.X.GetGeometry(x.root, done));
  const whole = { x: 0, y: 0, width: root.width, height: root.height };
  const [windows, screens, image] = await Promise.all([
    viewable(x, whole),
    monitors(x),
    grab(x, whole),
  ]);
  const owner = new Int16Array(whole.width * whole.height).fill(-1);
  for (const [at, { shown }] of windows.entries()) fill(owner, whole.width, shown, at);
  const faults: string[] = [];
  const frames = new Map<string, number>();
  for (const [at, one] of windows.entries()) {
    const wrong = wrongPixels(one, at, owner, image, expected);
    if (wrong > 0) faults.push(`${wrong} wrong pixels of ${nameOf(one, expected)}`);
    if (one.qube) frames.set(one.qube, (frames.get(one.qube) ?? 0) + 1);
  }
  const bare = wrongBackground(owner, image, expected.background);
  if (bare > 0) faults.push(`${bare} wrong pixels of the background`);
  faults.push(...wrongOrder(windows, expected), ...wrongPopups(windows, screens, expected));
  return { faults, frames };
}

function nameOf({ qube, rect, window }: Seen, { dom0 }: Expectation): string {
  const whose = qube ?? (dom0.has(window) ? 'dom0' : 'nobody');
  return `${whose}'s 0x${window.toString(16)} at ${JSON.stringify(rect)}`;
}

/** Bottom to top; within a window its children after it. */
async function viewable(x: XConnection, whole: Rect): Promise<Seen[]> {
  const { _QUBES_VMNAME: nameAtom } = await x.intern(['_QUBES_VMNAME']);
  const visit = async (parent: number, inside: Rect, shownIn: Rect, depth: number) => {
    const tree = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(parent, done),
    );
    const each = await Promise.all(
      tree.children.map(async (window): Promise<Seen[]> => {
        const [attributes, size, name] = await Promise.all([
          x.request<WindowAttributes>((done) => x.X.GetWindowAttributes(window, done)),
          x.request<Geometry>((done) => x.X.GetGeometry(window, done)),
          getProperty(x, window, nameAtom as number, ATOM.STRING),
        ]);
        if (attributes.mapState !== VIEWABLE || attributes.klass !== INPUT_OUTPUT) return [];
        const edge = size.borderWidth;
        const rect = {
          ...{ x: inside.x + size.xPos + edge, y: inside.y + size.yPos + edge },
          ...{ width: size.width, height: size.height },
        };
        const outer = {
          ...{ x: rect.x - edge, y: rect.y - edge },
          ...{ width: rect.width + 2 * edge, height: rect.height + 2 * edge },
        };
        const shown = intersect(outer, shownIn) ?? { x: 0, y: 0, width: 0, height: 0 };
        const qube = name?.data.toString('latin1');
        const overrideRedirect = attributes.overrideRedirect !== 0;
        const seen = { window, rect, shown, qube, overrideRedirect, topLevel: depth === 0 };
        if (qube !== undefined || depth >= MAX_DEPTH) return [seen];
        const within = intersect(rect, shownIn) ?? { x: 0, y: 0, width: 0, height: 0 };
        return [seen, ...(await visit(window, rect, within, depth + 1))];
      }),
    );
    return each.flat();
  };
  return visit(x.root, whole, whole, 0);
}

function fill(owner: Int16Array, across: number, rect: Rect, value: number): void {
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    owner.fill(value, y * across + rect.x, y * across + rect.x + rect.width);
  }
}

function wrongPixels(
  one: Seen,
  at: number,
  owner: Int16Array,
  image: Image,
  expected: Expectation,
): number {
  const color = colorsOf(one, expected);
  if (!color) return 0;
  const { rect, shown } = one;
  let wrong = 0;
  for (let y = shown.y; y < shown.y + shown.height; y++) {
    for (let x = shown.x; x < shown.x + shown.width; x++) {
      if (owner[y * image.width + x] !== at) continue;
      if (!color(x - rect.x, y - rect.y, image.pixel(x, y) ?? -1)) wrong++;
    }
  }
  return wrong;
}

type Fits = (x: number, y: number, pixel: number) => boolean;

/** Undefined = a window manager's decoration or another program: nobody here answers for it. */
function colorsOf({ window, qube, rect }: Seen, expected: Expectation): Fits | undefined {
  const dom0 = expected.dom0.get(window);
  if (dom0) return (x, y, pixel) => dom0(x, y) === pixel;
  if (qube === undefined) return undefined;
  const label = expected.labels.get(qube);
  if (!label) return undefined;
  const { border } = expected;
  const { width, height } = rect;
  // Somebody made it smaller than its two sides: all of it is frame, whichever part.
  if (width < 2 * border || height < 2 * border) {
    const palette = colorsIn(label, border);
    return (_x, _y, pixel) => palette.has(pixel);
  }
  return (x, y, pixel) => {
    const inside = x >= border && y >= border && x < width - border && y < height - border;
    if (!inside) return frameColor(label, border, rect, x, y) === pixel;
    const wanted = expected.content(qube, x - border, y - border);
    return wanted === undefined || wanted === pixel;
  };
}

function colorsIn(label: Label, border: number): Set<number> {
  const { sides, corners } = frameLook(label, border);
  const colors = new Set([label.color]);
  for (const { pixels } of [...Object.values(sides), ...Object.values(corners)]) {
    for (let at = 0; at < pixels.length; at += 4) colors.add(pixels.readUInt32LE(at) & 0xffffff);
  }
  return colors;
}

function wrongBackground(owner: Int16Array, image: Image, color: number): number {
  let wrong = 0;
  for (let at = 0; at < owner.length; at++) {
    if (owner[at] === -1 && (image.data.readUInt32LE(at * 4) & 0xffffff) !== color) wrong++;
  }
  return wrong;
}

/** Qubes' windows over dom0's. */
function wrongOrder(windows: readonly Seen[], { dom0 }: Expectation): string[] {
  const faults: string[] = [];
  for (const [at, low] of windows.entries()) {
    if (!dom0.has(low.window)) continue;
    for (const high of windows.slice(at + 1)) {
      if (high.qube === undefined || !intersect(high.shown, low.shown)) continue;
      faults.push(`${high.qube} lies over dom0's surface`);
    }
  }
  return faults;
}

/** Popups that are not whole on one monitor, or too many of one qube. */
function wrongPopups(
  windows: readonly Seen[],
  screens: readonly Rect[],
  { moved }: Expectation,
): string[] {
  const faults: string[] = [];
  const popups = windows.filter(
    (one) => one.qube !== undefined && one.overrideRedirect && one.topLevel,
  );
  for (const { rect, window } of popups) {
    const whole = screens.some((screen) => {
      const part = intersect(rect, screen);
      return part && part.width === rect.width && part.height === rect.height;
    });
    if (!whole) faults.push(`popup 0x${window.toString(16)} is not whole: ${JSON.stringify(rect)}`);
  }
  if (popups.some(({ window }) => moved.has(window))) return faults;
  for (const screen of screens) {
    if (isEmpty(screen)) continue;
    const covered = coveredArea(
      popups.map(({ rect }) => rect),
      screen,
    );
    const share = covered / (screen.width * screen.height);
    if (share > POPUPS_SHARE) faults.push(`popups cover ${share.toFixed(3)} of a monitor`);
  }
  return faults;
}
