import { describe, expect, test } from 'vitest';
import { placeChord } from '../../../src/desktop/clipboard/chords.ts';
import { KeyFilter, TakenKeys } from '../../../src/desktop/clipboard/key-filter.ts';
import { KEY, keyboard } from './keyboards.ts';

const CTRL_SHIFT = 5;
const map = keyboard(['us']);

/** A qube that remembers what it is told, as QubeInput tells it. */
class Qube {
  readonly filter: KeyFilter;
  readonly told: string[] = [];
  readonly acts: string[] = [];
  readonly down = new Set<number>();
  time = 1000;

  constructor(taken = new TakenKeys()) {
    const source = {
      map,
      copy: placeChord(map, { modifiers: 5, keysym: 'c' }),
      paste: placeChord(map, { modifiers: 5, keysym: 'v' }),
    };
    this.filter = new KeyFilter(() => source, taken);
  }

  press(keycode: number, state = 0, time = ++this.time): void {
    const verdict = this.filter.press(keycode, state, time, [...this.down]);
    if (verdict.kind === 'drop') return;
    if (verdict.kind === 'act') {
      for (const key of verdict.release) this.#tell(key, false);
      this.acts.push(verdict.chord);
      return;
    }
    for (const key of verdict.pressFirst) this.#tell(key, true);
    this.#tell(keycode, true);
  }

  release(keycode: number, time = ++this.time): void {
    this.filter.release(keycode, time);
    if (this.down.has(keycode)) this.#tell(keycode, false);
  }

  repeat(keycode: number, state = 0): void {
    this.time++;
    this.release(keycode, this.time);
    this.press(keycode, state, this.time);
  }

  /** Ctrl and Shift down, and the chord's key. */
  chord(keycode: number): void {
    this.press(KEY.control);
    this.press(KEY.shift, 4);
    this.told.length = 0;
    this.press(keycode, CTRL_SHIFT);
  }

  #tell(keycode: number, pressed: boolean): void {
    this.told.push(`${pressed ? '+' : '-'}${keycode}`);
    if (pressed) this.down.add(keycode);
    else this.down.delete(keycode);
  }
}

describe('a chord', () => {
  test('acts, and the qube sees its modifiers let go and nothing else', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    expect(qube.acts).toEqual(['copy']);
    expect(qube.told).toEqual(['-37', '-50']);
    qube.release(KEY.c);
    qube.release(KEY.shift);
    qube.release(KEY.control);
    expect(qube.told).toEqual(['-37', '-50']);
  });

  test('its release never comes, though the modifiers went first', () => {
    const qube = new Qube();
    qube.chord(KEY.v);
    qube.release(KEY.control);
    qube.release(KEY.shift);
    qube.release(KEY.v);
    expect(qube.acts).toEqual(['paste']);
    expect(qube.told).toEqual(['-37', '-50']);
  });

  test('acts once, however long it is held, with the modifiers or without', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    for (let i = 0; i < 5; i++) qube.repeat(KEY.c, CTRL_SHIFT);
    qube.release(KEY.control);
    qube.release(KEY.shift);
    for (let i = 0; i < 5; i++) qube.repeat(KEY.c);
    qube.release(KEY.c);
    expect(qube.acts).toEqual(['copy']);
    expect(qube.told).toEqual(['-37', '-50']);
  });

  test('pressed twice it acts twice', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.release(KEY.c);
    qube.press(KEY.c, CTRL_SHIFT);
    expect(qube.acts).toEqual(['copy', 'copy']);
  });

  test('a letter that is held and then becomes the chord does not act by its repeat', () => {
    const qube = new Qube();
    qube.press(KEY.c);
    qube.press(KEY.control);
    qube.press(KEY.shift, 4);
    qube.told.length = 0;
    qube.repeat(KEY.c, CTRL_SHIFT);
    qube.repeat(KEY.c, CTRL_SHIFT);
    expect(qube.acts).toEqual([]);
    expect(qube.told).toEqual([`-${KEY.c}`]);
  });

  test('what is held over a change of the focus repeats into no other qube', () => {
    const taken = new TakenKeys();
    const one = new Qube(taken);
    const other = new Qube(taken);
    one.chord(KEY.c);
    one.filter.left();
    other.time = one.time;
    other.repeat(KEY.c, CTRL_SHIFT);
    other.repeat(KEY.c);
    expect([other.acts, other.told]).toEqual([[], []]);
    other.release(KEY.c);
    other.press(KEY.c);
    expect(other.told).toEqual([`+${KEY.c}`]);
  });

  test('a letter pressed anew is the qube’s, also when its release went elsewhere', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.filter.left();
    qube.press(KEY.c);
    expect(qube.told.at(-1)).toBe(`+${KEY.c}`);
  });
});

describe('modifiers held over a chord', () => {
  test('are pressed again before the next ordinary key', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.release(KEY.c);
    qube.told.length = 0;
    qube.press(KEY.x, CTRL_SHIFT);
    expect(qube.told).toEqual(['+37', '+50', '+53']);
    qube.release(KEY.x);
    qube.release(KEY.control);
    qube.release(KEY.shift);
    expect(qube.down.size).toBe(0);
  });

  test('only those that are still held', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.release(KEY.c);
    qube.release(KEY.shift);
    qube.told.length = 0;
    qube.press(KEY.x, 4);
    expect(qube.told).toEqual(['+37', '+53']);
  });

  test('another modifier brings none of them back, and the state word does not tell', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.told.length = 0;
    qube.press(KEY.alt, CTRL_SHIFT);
    expect(qube.told).toEqual([`+${KEY.alt}`]);
    expect(qube.filter.visible(CTRL_SHIFT | 8 | 2, (key) => qube.down.has(key))).toBe(8 | 2);
  });

  test('the other Shift key, pressed meanwhile, shows', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.press(KEY.shiftRight, CTRL_SHIFT);
    expect(qube.filter.visible(CTRL_SHIFT, (key) => qube.down.has(key))).toBe(1);
  });

  test('are forgotten when the keyboard goes elsewhere', () => {
    const qube = new Qube();
    qube.chord(KEY.c);
    qube.filter.left();
    qube.told.length = 0;
    qube.press(KEY.x);
    expect(qube.told).toEqual(['+53']);
  });

  test('server time may wrap between release and press', () => {
    const qube = new Qube();
    qube.time = 0xfffffff0;
    qube.chord(KEY.c);
    qube.release(KEY.c, 0xffffffff);
    qube.press(KEY.c, CTRL_SHIFT, 0xffffffff);
    expect(qube.acts).toEqual(['copy']);
    qube.release(KEY.c, 0xffffffff);
    qube.press(KEY.c, CTRL_SHIFT, 3);
    expect(qube.acts).toEqual(['copy', 'copy']);
  });
});
