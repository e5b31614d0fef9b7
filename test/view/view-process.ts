/**
 * The real `livery view` as a process, for the screen and the daemon of a test.
 */
import type { Page } from 'playwright-core';
import type { Image, Screen } from '../rig/rig.ts';
import { LiveryProcess } from '../rig/system/livery-process.ts';
import { waitUntil } from '../rig/wait.ts';

export interface RunningView extends AsyncDisposable {
  readonly process: LiveryProcess;
  /** With the token. */
  readonly address: string;
  /** Without it: `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly token: string;
}

/** Livery, or the same with qubes that are played. */
export interface Around {
  readonly env: NodeJS.ProcessEnv;
  readonly screen: Screen;
}

export async function startView({ env }: Around, ...args: string[]): Promise<RunningView> {
  const process = new LiveryProcess(['view', ...args], { env });
  const address = await waitUntil(
    () => /^(?:http:\/)?\/\S+#\S+$/m.exec(process.out)?.[0],
    'the view says its address',
    { until: process.ended, limitMs: 30_000 },
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; it said: ${process.err}`);
  });
  const [place = '', token = ''] = address.split('#');
  return {
    process,
    address,
    // Of a unix socket: none, but for asking.
    origin: place.startsWith('http:') ? new URL(place).origin : 'http://127.0.0.1:1',
    token,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** The page is live: it has the screen. */
export async function openPage(page: Page, { address }: RunningView): Promise<void> {
  await page.goto(address);
  await page.locator('#status').getByText('live', { exact: true }).waitFor();
}

/** 0xRRGGBB of the page's canvas at a point of the screen. */
export function canvasPixel(page: Page, x: number, y: number): Promise<number> {
  return page.evaluate(
    `(() => {
      const canvas = document.getElementById('screen');
      const [r, g, b] = canvas.getContext('2d').getImageData(${x}, ${y}, 1, 1).data;
      return (r << 16) | (g << 8) | b;
    })()`,
  );
}

/** How far the page is from the screen: the mean difference per channel, of 255, over a grid of points. */
export async function distance(page: Page, image: Image, step = 8): Promise<number> {
  const pixels = await page.evaluate<number[]>(
    `(() => {
      const canvas = document.getElementById('screen');
      const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const found = [];
      for (let y = 0; y < height; y += ${step}) {
        for (let x = 0; x < width; x += ${step}) {
          const at = (y * width + x) * 4;
          found.push((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
        }
      }
      return found;
    })()`,
  );
  let sum = 0;
  let count = 0;
  for (let y = 0; y < image.height; y += step) {
    for (let x = 0; x < image.width; x += step) {
      const [shown, real] = [pixels[count] ?? -1, image.pixel(x, y) ?? 0];
      for (const shift of [16, 8, 0]) {
        sum += Math.abs(((shown >> shift) & 255) - ((real >> shift) & 255));
      }
      count++;
    }
  }
  return sum / (3 * count);
}

/** A point of the screen, in the page's own pixels. */
export async function onPage(
  page: Page,
  { screen }: Around,
  x: number,
  y: number,
): Promise<{ x: number; y: number }> {
  const box = await page.locator('#screen').boundingBox();
  if (!box) throw new Error('the page shows no screen');
  const { width, height } = screen.x.screen;
  return {
    x: box.x + ((x + 0.5) * box.width) / width,
    y: box.y + ((y + 0.5) * box.height) / height,
  };
}
