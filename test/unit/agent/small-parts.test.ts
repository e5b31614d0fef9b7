import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../src/agent/cursor.ts';
import { FONT_CURSORS, glyphOfName } from '../../../src/agent/cursor-names.ts';
import { lineLog } from '../../../src/agent/log.ts';
import { isDown, type KeyboardMaps, modifierStrokes } from '../../../src/agent/modifiers.ts';
import { BURST_COPIES, FLOOD_MS, Pace } from '../../../src/agent/pace.ts';
import { boundedSize, screenOf } from '../../../src/agent/screen-size.ts';
import { StepQueue } from '../../../src/agent/step-queue.ts';
import { Surface } from '../../../src/agent/surface.ts';
import { sizeHintsOf } from '../../../src/agent/window-properties.ts';
import type { CursorImage } from '../../../src/x11/extensions.ts';

describe('modifierStrokes', () => {
  const maps: KeyboardMaps = {
    rows: [[50, 62], [66], [37, 105], [64], [77], [], [133], [92]],
    keysym: (keycode) => ({ 66: 0xffe5, 77: 0xff7f, 50: 0xffe1 })[keycode] ?? 0,
  };
  const down = (...keys: number[]) => {
    const bitmap = new Uint8Array(32);
    for (const key of keys) bitmap[key >> 3] = (bitmap[key >> 3] as number) | (1 << (key & 7));
    return bitmap;
  };
  const text = (have: number, want: number, ...keys: number[]) =>
    modifierStrokes(maps, have, want, down(...keys))
      .map(({ keycode, pressed }) => `${pressed ? '+' : '-'}${keycode}`)
      .join(' ');

  it('does nothing when all is in line', () => {
    for (let state = 0; state < 256; state++) expect(text(state, state)).toBe('');
  });

  it('holds and lets go ordinary modifiers', () => {
    expect(text(0, 1)).toBe('+50');
    expect(text(1, 0, 62)).toBe('-62');
    expect(text(5, 8, 50, 62, 105)).toBe('-50 -62 -105 +64');
  });

  it('strikes lock keys, unless the user is striking them', () => {
    expect(text(0, 2)).toBe('+66 -66');
    expect(text(2, 0)).toBe('+66 -66');
    expect(text(0, 16)).toBe('+77 -77');
    expect(text(0, 2, 66)).toBe('');
  });

  it('leaves a modifier without a key alone', () => {
    expect(text(0, 32)).toBe('');
  });

  it('reads key bitmaps', () => {
    expect(isDown(down(9, 255), 255)).toBe(true);
    expect(isDown(down(9, 255), 254)).toBe(false);
  });
});

describe('Surface', () => {
  const surface = () =>
    new Surface({
      ...{ id: 1, named: 2, pixmap: 3, gc: 4, start: 5, count: 6 },
      ...{ width: 100, height: 50, pixelSerial: 1 },
    });

  it('merges damage, clips it, and hands it over once', () => {
    const one = surface();
    expect(one.dirty).toBe(false);
    one.add(10, 10, 5, 5);
    one.add(-20, 40, 30, 30);
    expect(one.dirty).toBe(true);
    one.take();
    expect(one.flight).toEqual({ x: 0, y: 10, width: 15, height: 40 });
    expect(one.dirty).toBe(false);
    one.add(100, 0, 10, 10);
    one.add(0, 0, 0, 10);
    expect(one.dirty).toBe(false);
    one.addAll();
    one.take();
    expect(one.flight).toEqual({ x: 0, y: 0, width: 100, height: 50 });
  });
});

describe('Pace', () => {
  /** How many of the updates at these moments (ms) are copied. */
  const copied = (pace: Pace, moments: readonly number[]) =>
    moments.filter((atMs) => pace.take(atMs)).length;
  const each = (stepMs: number, count: number, fromMs = 1000) =>
    Array.from({ length: count }, (_, i) => fromMs + i * stepMs);

  it('lets a burst go at once, and what comes after a pause', () => {
    const pace = new Pace();
    expect(copied(pace, each(0, BURST_COPIES))).toBe(BURST_COPIES);
    expect(pace.take(1000)).toBe(false);
    expect(pace.take(1000 + FLOOD_MS)).toBe(true);
    expect(pace.take(1000 + FLOOD_MS)).toBe(false);
    expect(copied(pace, each(0, BURST_COPIES + 5, 5000))).toBe(BURST_COPIES);
  });

  it('counts copies that it only let pass', () => {
    const pace = new Pace();
    expect(pace.room(1000)).toBe(BURST_COPIES);
    pace.spend(BURST_COPIES - 2);
    expect(pace.room(1000)).toBe(2);
    expect(pace.room(1000 + 1.5 * FLOOD_MS)).toBe(3);
    expect(copied(pace, each(0, 5, 1000 + 1.5 * FLOOD_MS))).toBe(3);
  });

  it('lets pictures through at any rate that a screen has', () => {
    expect(copied(new Pace(), each(1000 / 900, 3600))).toBe(3600);
  });

  it('makes one copy per millisecond of a flood', () => {
    const count = copied(new Pace(), each(0.02, 50_000));
    expect(count).toBeGreaterThanOrEqual(999);
    expect(count).toBeLessThanOrEqual(1000 + BURST_COPIES);
  });
});

describe('StepQueue', () => {
  it('keeps the order, runs at once what can, and survives failures', async () => {
    const seen: string[] = [];
    const failures: string[] = [];
    const queue = new StepQueue((reason) => failures.push(reason));
    queue.run(() => void seen.push('a'));
    expect(seen).toEqual(['a']);
    queue.run(async () => {
      await Promise.resolve();
      seen.push('b');
      throw new Error('late');
    });
    queue.run(() => {
      seen.push('c');
      throw new Error('now');
    });
    queue.run(async () => {
      await Promise.resolve();
      seen.push('d');
    });
    expect(seen).toEqual(['a']);
    await new Promise<void>((resolve) => queue.run(() => resolve()));
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(failures).toEqual(['late', 'now']);
    expect(queue.length).toBe(0);
  });
});

describe('cursors', () => {
  it('knows the font and its other names', () => {
    expect(FONT_CURSORS).toBe(77);
    expect(glyphOfName('X_cursor')).toBe(0);
    expect(glyphOfName('xterm')).toBe(152);
    expect(glyphOfName('text')).toBe(152);
    expect(glyphOfName('pointer')).toBe(60);
    expect(glyphOfName('nesw-resize')).toBe(glyphOfName('top_right_corner'));
    for (const name of ['', 'no such', 'constructor', '__proto__']) {
      expect(glyphOfName(name)).toBeUndefined();
    }
  });

  it('tells shapes by pattern, not by colours', () => {
    const image = (pixels: number[]): CursorImage => {
      const cursorImage = Buffer.alloc(16);
      pixels.forEach((pixel, at) => {
        cursorImage.writeUInt32LE(pixel, at * 4);
      });
      return {
        ...{ x: 0, y: 0, width: 2, height: 2, xhot: 1, yhot: 0 },
        ...{ cursorSerial: 1, cursorAtom: 0, cursorName: '', cursorImage },
      };
    };
    const black = shapeOf(image([0, 0xff000000, 0xffffffff, 0]));
    expect(shapeOf(image([0, 0xffff0000, 0xff00ff00, 0x00123456]))).toBe(black);
    expect(shapeOf(image([0, 0xff000000, 0xff000000, 0]))).not.toBe(black);
  });
});

describe('size hints', () => {
  const hints = (...words: number[]) => {
    const data = Buffer.alloc(words.length * 4);
    words.forEach((word, at) => {
      data.writeUInt32LE(word >>> 0, at * 4);
    });
    return sizeHintsOf({ type: 41, format: 32, data });
  };

  it('gives only what is flagged', () => {
    expect(hints(0x20 | 0x200, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)).toEqual({
      ...{ flags: 0x20, minWidth: 0, minHeight: 0, maxWidth: 7, maxHeight: 8 },
      ...{ widthInc: 0, heightInc: 0, baseWidth: 0, baseHeight: 0 },
    });
  });

  it('takes the old short form, without base size, and nothing shorter', () => {
    expect(hints(0x110, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0)).toMatchObject({
      flags: 0x10,
      minWidth: 5,
    });
    expect(hints(0x10, 1, 2, 3)).toBeUndefined();
  });
});

describe('the screen', () => {
  it('is bounded, and ours when the daemon names none', () => {
    expect(screenOf({ width: 0, height: 0 })).toEqual({ width: 1920, height: 1080 });
    expect(boundedSize({ width: 1, height: 99_999, dpi: 1 })).toEqual({
      width: 64,
      height: 16_384,
      dpi: 48,
    });
  });
});

describe('the log', () => {
  it('escapes what programs of the qube may have chosen', () => {
    const lines: string[] = [];
    const log = lineLog((line) => lines.push(line), { who: 'x' });
    log.warn({ reason: 'a\nb\u001b[31m', none: undefined }, 'it failed');
    expect(lines).toEqual(['livery agent: warning: it failed who=x reason=a\\u{a}b\\u{1b}[31m\n']);
  });
});
