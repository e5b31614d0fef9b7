/** dom0's own windows on a real screen: the pixels that were drawn are the pixels that are seen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Notice } from '../../../src/clipboard/notice.ts';
import { native } from '../../../src/native/addon.ts';
import type { Drawing, NoticeDrawing } from '../../../src/surface/drawing.ts';
import { noticePicture } from '../../../src/surface/notice-picture.ts';
import { PictureStore } from '../../../src/surface/picture-store.ts';
import { promptPicture } from '../../../src/surface/prompt-picture.ts';
import { INK } from '../../../src/surface/style.ts';
import { SurfaceWindow } from '../../../src/surface/surface-window.ts';
import { LANGUAGES } from '../../../src/surface/words.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import { Shm } from '../../../src/x11/shm.ts';
import type { Image } from '../../rig/image.ts';
import { type Screen, startScreen } from '../../rig/screen.ts';
import { COPIED, PASTED, PROMPT, VAULT, WORK } from '../../unit/surface/pictures.ts';
import { startRenderer, type TestRenderer } from './renderer-rig.ts';

const AT = { x: 37, y: 23 };
const REFUSED: Notice = {
  kind: 'refused',
  reason: 'policy',
  source: VAULT,
  target: WORK,
  size: 64,
};
const GROUNDS = { light: 0xffffff, dark: 0x101010 } as const;

let screen: Screen;
let renderer: TestRenderer;
let store: PictureStore;

beforeAll(async () => {
  screen = await startScreen({ wm: 'none', width: 1280, height: 800 });
  renderer = await startRenderer();
  store = new PictureStore(screen.x, await Shm.open(screen.x), renderer.client);
});

afterAll(async () => {
  store[Symbol.dispose]();
  await renderer[Symbol.asyncDispose]();
  await screen[Symbol.asyncDispose]();
});

/** The pixels of a drawing as the renderer gives them. */
async function pixelsOf(drawing: Drawing): Promise<(x: number, y: number) => number> {
  using picture = await renderer.client.render(drawing);
  const bytes = Buffer.alloc(picture.stride * picture.height);
  native().readAt(picture.fd, bytes, 0);
  return (x, y) => bytes.readUIntLE(y * picture.stride + x * 4, 3);
}

function ground(color: number): void {
  const { x } = screen;
  x.X.ChangeWindowAttributes(x.root, { backgroundPixel: color });
  x.X.ClearArea(x.root, 0, 0, 0, 0, 0);
}

async function differing(drawing: NoticeDrawing, image: Image): Promise<number> {
  const expected = await pixelsOf(drawing);
  return image.differences({ ...AT, width: drawing.width, height: drawing.height }, (x, y) =>
    expected(x - AT.x, y - AT.y),
  );
}

describe.each(LANGUAGES)('in %s', (language) => {
  it.each([1, 1.5, 2])('notices are on the screen as they were drawn at %fx', async (scale) => {
    for (const color of Object.values(GROUNDS)) {
      ground(color);
      using window = new SurfaceWindow(screen.x, { title: 'livery notice' });
      for (const notice of [COPIED, PASTED, REFUSED]) {
        const drawing = noticePicture(notice, { scale, language, nowMs: 0 });
        window.show(await store.picture(drawing), AT);
        await screen.x.sync();
        const image = await screen.grab();
        expect(await differing(drawing, image)).toBe(0);
        // The edge stands out from the ground, by the outline or by the paper.
        const { width, height } = drawing;
        const corner = { x: AT.x + width - 1, y: AT.y + height - 1 };
        expect(image.pixel(corner.x, corner.y)).toBe(INK.outline);
        expect(image.pixel(corner.x + 1, corner.y + 1)).toBe(color);
      }
    }
  });
});

describe('a surface', () => {
  const options = { scale: 1, language: 'en', nowMs: 0 } as const;
  const drawing = noticePicture(COPIED, options);

  it('is painted by the server alone when something was in front of it', async () => {
    using window = new SurfaceWindow(screen.x, { title: 'livery notice' });
    window.show(await store.picture(drawing), AT);
    const { x } = screen;
    const cover = x.allocWindowId();
    x.X.CreateWindow(cover, x.root, 0, 0, 600, 300, 0, 0, 1, 0, {
      overrideRedirect: 1,
      backgroundPixel: 0xff0000,
    });
    x.X.MapWindow(cover);
    await x.sync();
    expect((await screen.grab()).pixel(AT.x + 5, AT.y + 5)).toBe(0xff0000);
    x.X.DestroyWindow(cover);
    await x.sync();
    expect(await differing(drawing, await screen.grab())).toBe(0);
  });

  it('moves, hides, comes back and goes', async () => {
    ground(GROUNDS.dark);
    const window = new SurfaceWindow(screen.x, { title: 'livery notice' });
    const picture = await store.picture(drawing);
    window.show(picture, { x: 700, y: 500 });
    window.move(AT);
    await screen.x.sync();
    expect(await differing(drawing, await screen.grab())).toBe(0);
    window.hide();
    await screen.x.sync();
    expect((await screen.grab()).pixel(AT.x + 5, AT.y + 5)).toBe(GROUNDS.dark);
    window.show(picture, AT);
    await screen.x.sync();
    expect(await differing(drawing, await screen.grab())).toBe(0);
    window[Symbol.dispose]();
    await screen.x.sync();
    expect((await screen.grab()).pixel(AT.x + 5, AT.y + 5)).toBe(GROUNDS.dark);
    // What is gone can be told so again.
    window.show(picture, AT);
    window.hide();
    window[Symbol.dispose]();
    await screen.x.sync();
  });

  it('takes another picture of another size without another window', async () => {
    using window = new SurfaceWindow(screen.x, { title: 'livery notice' });
    for (const notice of [REFUSED, COPIED, PASTED]) {
      const next = noticePicture(notice, options);
      window.show(await store.picture(next), AT);
      await screen.x.sync();
      expect(await differing(next, await screen.grab())).toBe(0);
    }
  });

  it('shows how much of the time is left', async () => {
    renderer.client.arm();
    const keys = { paste: 'Ctrl+Enter', cancel: 'Esc' };
    const preview = Buffer.from('correct horse battery staple');
    const asked = promptPicture(PROMPT, { ...options, keys, preview });
    using window = new SurfaceWindow(screen.x, {
      title: 'livery prompt',
      eventMask: EVENT_MASK.exposure,
    });
    using picture = await store.secretPicture(asked);
    renderer.client.disarm();
    expect(asked.svg.every((byte) => byte === 0)).toBe(true);
    window.show(picture, AT);
    window.drawBar(asked.bar, 0.25);
    await screen.x.sync();
    const image = await screen.grab();
    const { x, y, width } = asked.bar;
    expect(image.pixel(AT.x + x + Math.floor(width * 0.2), AT.y + y)).toBe(INK.bar);
    expect(image.pixel(AT.x + x + Math.floor(width * 0.3), AT.y + y)).toBe(INK.barEmpty);
    const { cancel } = asked;
    expect(image.pixel(AT.x + cancel.x + 6, AT.y + cancel.y + 6)).toBe(INK.symbol);
  });
});

describe('the pictures that are kept', () => {
  const options = { scale: 1, language: 'en', nowMs: 0 } as const;

  it('are drawn once, also when asked for twice at a time', async () => {
    const drawing = noticePicture({ ...REFUSED, reason: 'busy' }, options);
    const both = await Promise.all([store.picture(drawing), store.picture(drawing)]);
    expect(both[0]).toBe(both[1]);
    expect(await store.picture(drawing)).toBe(both[0]);
  });

  it('are a bounded number, and the others are freed in the server', async () => {
    const first = noticePicture({ ...COPIED, size: 1 } as Notice, options);
    const kept = await store.picture(first);
    for (let size = 2; size < 40; size++) {
      await store.picture(noticePicture({ ...COPIED, size } as Notice, options));
    }
    const { x } = screen;
    const geometry = x.request((done) => x.X.GetGeometry(kept.pixmap, done));
    await expect(geometry).rejects.toThrow();
    expect((await store.picture(first)).pixmap).not.toBe(kept.pixmap);
  });

  it('leave no descriptor open', async () => {
    await screen.x.sync();
    const before = native().openHandleCount();
    for (let size = 100; size < 120; size++) {
      await store.picture(noticePicture({ ...COPIED, size } as Notice, options));
    }
    await screen.x.sync();
    expect(native().openHandleCount()).toBe(before);
  });
});

it('a notice is on the screen at once', async () => {
  const options = { scale: 1, language: 'en', nowMs: 0 } as const;
  const times = { fresh: [] as number[], kept: [] as number[] };
  for (let size = 200; size < 230; size++) {
    for (const kind of ['fresh', 'kept'] as const) {
      using window = new SurfaceWindow(screen.x, { title: 'livery notice' });
      const started = performance.now();
      const drawing = noticePicture({ ...COPIED, size } as Notice, options);
      window.show(await store.picture(drawing), AT);
      await screen.x.sync();
      times[kind].push(performance.now() - started);
      expect((await screen.grab({ ...AT, width: 1, height: 1 })).pixel(AT.x, AT.y)).toBe(
        INK.outline,
      );
    }
  }
  const median = (values: number[]): string =>
    (values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number).toFixed(1);
  process.stdout.write(
    `notice on the screen: drawn anew ${median(times.fresh)} ms, kept ${median(times.kept)} ms (median of 30)\n`,
  );
});

it('all windows of dom0 can be told by their names', async () => {
  using window = new SurfaceWindow(screen.x, { title: 'livery notice' });
  const { x } = screen;
  const reply = await x.request<{ data: Buffer }>((done) =>
    x.X.GetProperty(0, window.id, 39, 31, 0, 64, done),
  );
  expect(reply.data.toString('latin1')).toBe('livery notice');
});
