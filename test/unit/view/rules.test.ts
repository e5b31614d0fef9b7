/** The pure parts of the view. */
import { describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import type { ChannelCounts } from '../../../src/control/messages.ts';
import { Changed } from '../../../src/view/changed.ts';
import { completesChord } from '../../../src/view/chord-guard.ts';
import { parsePageMessage, pictureMessage } from '../../../src/view/messages.ts';
import { hostAllowed, originAllowed } from '../../../src/view/origin.ts';
import { Rates } from '../../../src/view/rates.ts';
import { OneTimeToken } from '../../../src/view/token.ts';

const [SHIFT, LOCK, CONTROL, ALT] = [1, 2, 4, 8];
const C = 54;

describe('a secure chord', () => {
  const chords = [{ keycode: C, examined: SHIFT | CONTROL | ALT, held: SHIFT | CONTROL }];
  const up = new Set<number>();

  it('is completed by its key, with exactly its modifiers', () => {
    const press = (state: number) => completesChord(chords, C, 0, { state, down: up });
    expect(press(SHIFT | CONTROL)).toBe(true);
    expect(press(SHIFT | CONTROL | LOCK)).toBe(true);
    for (const state of [0, SHIFT, CONTROL, SHIFT | CONTROL | ALT])
      expect(press(state)).toBe(false);
    expect(completesChord(chords, C + 1, 0, { state: SHIFT | CONTROL, down: up })).toBe(false);
  });

  it('is completed by the last modifier while its key is down', () => {
    const press = (bits: number, state: number, down: Iterable<number>) =>
      completesChord(chords, 50, bits, { state, down: new Set(down) });
    expect(press(SHIFT, CONTROL, [C])).toBe(true);
    expect(press(SHIFT, CONTROL, [C + 1])).toBe(false);
    expect(press(SHIFT, CONTROL | ALT, [C])).toBe(false);
    expect(press(SHIFT, 0, [C])).toBe(false);
  });
});

describe('what has changed', () => {
  const rect = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

  it('is joined where that costs nothing, and stays apart where it is far', () => {
    const changed = new Changed();
    changed.add(rect(0, 0, 10, 10));
    changed.add(rect(10, 0, 10, 10));
    changed.add(rect(1000, 500, 10, 10));
    expect(changed.take()).toEqual([rect(0, 0, 20, 10), rect(1000, 500, 10, 10)]);
    expect(changed.empty).toBe(true);
  });

  it('stays small however much comes, and forgets nothing', () => {
    const changed = new Changed();
    const added = Array.from({ length: 200 }, (_, i) =>
      rect((i * 97) % 1900, (i * 61) % 1000, 5, 5),
    );
    for (const one of added) changed.add(one);
    const rects = changed.take();
    expect(rects.length).toBeLessThanOrEqual(4);
    for (const { x, y } of added) {
      const covered = rects.some(
        (one) =>
          one.x <= x && one.y <= y && one.x + one.width >= x + 5 && one.y + one.height >= y + 5,
      );
      expect(covered).toBe(true);
    }
  });
});

describe('who may ask', () => {
  it('comes by a name of this machine and the right port', () => {
    for (const host of ['127.0.0.1:8000', 'localhost:8000'])
      expect(hostAllowed(host, 8000)).toBe(true);
    for (const host of [
      undefined,
      '',
      '127.0.0.1',
      'localhost:8001',
      'evil.example:8000',
      '127.0.0.1.evil:8000',
      '127.0.0.2:8000',
      '[::1]:8000',
      'localhost:8000@evil',
    ]) {
      expect(hostAllowed(host, 8000), host).toBe(false);
    }
    expect(hostAllowed('localhost:1234', undefined)).toBe(true);
    expect(hostAllowed('evil.example', undefined)).toBe(false);
  });

  it('and from our own page', () => {
    const host = '127.0.0.1:8000';
    expect(originAllowed({ host, origin: `http://${host}` }, 8000)).toBe(true);
    for (const origin of [
      undefined,
      'null',
      'http://localhost:8000',
      `https://${host}`,
      'http://127.0.0.1:8001',
    ]) {
      expect(originAllowed({ host, origin }, 8000), origin).toBe(false);
    }
  });
});

describe('a token', () => {
  it('gives a key once, and no key is right before', () => {
    const token = new OneTimeToken();
    expect(token.text).toMatch(/^[\w-]{43}$/);
    expect(token.isKey('')).toBe(false);
    expect(token.exchange('')).toBeUndefined();
    expect(token.exchange(token.text.slice(1))).toBeUndefined();
    const key = token.exchange(token.text);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(key).not.toBe(token.text);
    expect(token.exchange(token.text)).toBeUndefined();
    expect(token.isKey(key ?? '')).toBe(true);
    expect(token.isKey(token.text)).toBe(false);
    expect(new OneTimeToken().text).not.toBe(token.text);
  });
});

describe('messages from the page', () => {
  it('are taken only in their exact shape', () => {
    expect(parsePageMessage('{"kind":"drawn"}')).toEqual({ kind: 'drawn' });
    expect(parsePageMessage('{"kind":"motion","x":0,"y":32767}')).toEqual({
      kind: 'motion',
      x: 0,
      y: 32767,
    });
    for (const text of [
      '',
      '[]',
      'null',
      '{"kind":"shut"}',
      '{"kind":"drawn","more":1}',
      '{"kind":"motion","x":-1,"y":0}',
      '{"kind":"motion","x":1.5,"y":0}',
      '{"kind":"motion","x":1}',
      '{"kind":"button","button":8,"down":true}',
      '{"kind":"button","button":1,"down":1}',
      `{"kind":"key","key":"${'x'.repeat(33)}","code":"KeyA","down":true}`,
    ]) {
      expect(parsePageMessage(text), text).toBeUndefined();
    }
  });

  it('pictures to it say where they belong', () => {
    const message = pictureMessage(
      2,
      { x: 3, y: 4, width: 5, height: 6 },
      0x400007,
      Buffer.from('jpeg'),
    );
    expect(message.toString('hex')).toBe(
      `${['0200', '0300', '0400', '0500', '0600', '0000', '07004000'].join('')}${Buffer.from('jpeg').toString('hex')}`,
    );
  });
});

describe('messages per second', () => {
  const counts = (messages: number): ChannelCounts => ({
    ...{ turns: 0, past: 0, lastTurn: 0, waited: 0, mostCost: 0, mostRequests: 0, pauses: 0 },
    ...{ turnMs: 0, mostTurnMs: 0 },
    messages,
  });
  const stats = (messages: number) => ({
    turns: 0,
    qubes: [
      {
        ...{ name: 'work' as QubeName, throttled: false, dropped: 0, xRequests: 0, xErrors: 0 },
        ...{ damage: { told: 0, merged: 0, put: 0, bytes: 0 }, queuedBytes: 0, lastInput: 0 },
        gui: counts(messages),
        service: counts(1),
      },
    ],
  });

  it('come from two looks, and begin anew when the counters do', () => {
    const rates = new Rates();
    expect(rates.next(stats(100), 1000).size).toBe(0);
    expect(rates.next(stats(160), 3000).get('work')).toBe(30);
    expect(rates.next(stats(5), 4000).size).toBe(0);
    expect(rates.next(stats(15), 5000).get('work')).toBe(10);
  });
});
