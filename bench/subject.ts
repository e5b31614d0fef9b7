/**
 * One way for a program's pixels to get to dom0's screen, up and idle: Livery,
 * the screen itself, or another program of the same kind. All are measured by
 * the same probe and drawn in by the same client.
 */
import type { Rect, Size } from '../src/base/geometry.ts';
import { Scope } from '../src/base/scope.ts';
import { type Screen, startScreen } from '../test/rig/rig.ts';
import { waitUntil } from '../test/rig/wait.ts';
import type { Drawer } from './drawer.ts';
import { Probe } from './probe.ts';

/** Room for a full-HD window with its frame and title bar. */
const DOM0_SIZE: Size = { width: 2048, height: 1280 };
/** First pixels that take longer are not waited for. */
const FIRST_MS = 3000;
const AT = { x: 40, y: 80 } as const;
/** No program draws this by chance; each window gets the next one. */
let colour = 0xb1_7e_01;

/** A process that takes part, in the order of the path. */
export interface Part {
  readonly role: string;
  readonly pid: number;
}

export interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly probe: Probe;
  readonly drawer: Drawer;
  readonly parts: readonly Part[];
  /** It cannot show whole pictures of a program by shared memory. */
  readonly noPhoto?: boolean;
}

/** dom0's screen with a window manager and the probe; all of it belongs to `scope`. */
export interface Dom0 {
  readonly screen: Screen;
  readonly probe: Probe;
  readonly env: NodeJS.ProcessEnv;
  readonly part: Part;
}

export async function startDom0(scope: Scope, wm: 'openbox' | 'none' = 'openbox'): Promise<Dom0> {
  const screen = scope.own(await startScreen({ wm, ...DOM0_SIZE }));
  const env = { PATH: process.env.PATH, HOME: screen.directory, ...screen.env };
  const part = { role: 'dom0 X', pid: screen.server.pid };
  return { screen, probe: scope.own(new Probe(env)), env, part };
}

/** Closes everything when `open` fails. */
export async function opened<T>(open: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await open(scope);
  } catch (error) {
    await scope[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

export interface Shown {
  /** Where its pixels are on dom0's screen. */
  readonly place: Rect;
  /** From the program's request to map it to its first pixels there, in ms; NaN = not seen. */
  readonly firstPixelsMs: number;
  /** What it shows until something is drawn. */
  readonly colour: number;
}

/** A new window of the drawing client, at rest on dom0's screen, with the focus. */
export async function showWindow({ drawer, probe }: Subject, size: Size): Promise<Shown> {
  const mine = colour++;
  const { shown } = await probe.await(mine, FIRST_MS);
  const { asked } = await drawer.window(size, AT.x, AT.y, mine);
  // Where large areas change at once no single change tells it; the window is found all the same.
  const at = await shown.catch(() => Number.NaN);
  const place = await waitUntil(async () => {
    const now = await probe.find(mine);
    return now.width === size.width && now.height === size.height ? now : undefined;
  }, `a window of ${size.width}x${size.height} shows whole`);
  await probe.click(place.x + place.width / 2, place.y + place.height / 2);
  return { place, firstPixelsMs: (at - asked) / 1e6, colour: mine };
}
