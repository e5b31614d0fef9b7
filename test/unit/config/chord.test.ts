import { describe, expect, it } from 'vitest';
import { chordText, parseChord, parseGuidSequence, sameChord } from '../../../src/config/chord.ts';
import { keysymOf, typesCharacter } from '../../../src/config/keysyms.ts';

const CTRL_SHIFT_C = { modifiers: 5, keysym: 'c' };

function chord(text: string) {
  const parsed = parseChord(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.chord;
}

function faultOf(text: string): string {
  const parsed = parseChord(text);
  return parsed.ok ? '' : parsed.fault;
}

describe('a chord of livery.toml', () => {
  it.each([
    ['Ctrl+Shift+C', CTRL_SHIFT_C],
    ['shift + CTRL + c', CTRL_SHIFT_C],
    ['Mod4+Alt+F12', { modifiers: 0x48, keysym: 'F12' }],
    ['Shift+Insert', { modifiers: 1, keysym: 'Insert' }],
    ['Ctrl+plus', { modifiers: 4, keysym: 'plus' }],
    ['Super+U20AC', { modifiers: 0x40, keysym: 'U20AC' }],
    ['Ctrl+0x1008ff57', { modifiers: 4, keysym: '0x1008ff57' }],
  ])('%s', (text, expected) => {
    expect(chord(text)).toEqual(expected);
  });

  it('can be switched off', () => {
    expect(parseChord('None')).toEqual({ ok: true, chord: undefined });
  });

  it.each([
    ['', 'expected a chord such as "Ctrl+Shift+C", or "none"'],
    ['Ctrl+', /^expected a chord/],
    ['Ctrl+Shift', /the key is missing$/],
    [
      'Ctlr+C',
      'no such modifier: "Ctlr" (did you mean "Ctrl"?); known here: Ctrl, Shift, Alt, Mod4',
    ],
    ['Mod2+C', /^no such modifier: "Mod2" \(did you mean "Mod4"\?\)/],
    ['Ctrl+Control+C', '"Control" is there twice'],
    ['Ctrl+Inssert', /^no such key: "Inssert" \(did you mean "Insert"\?\)/],
    ['C', /no modifier is held$/],
    ['F12', /no modifier is held$/],
    ['Shift+C', /Shift alone with this key types something$/],
    ['Shift+KP_5', /Shift alone/],
    ['Ctrl+0', ''],
    ['Ctrl+0x0', /^no such key/],
    ['Ctrl+0xffffffff', /^no such key/],
    ['Ctrl+U0007', /^no such key/],
  ])('%s is refused', (text, message) => {
    expect(faultOf(text)).toMatch(message === '' ? /^$/ : message);
  });

  it('is told as it is written', () => {
    for (const text of ['Ctrl+Shift+C', 'Alt+Mod4+F5', 'Ctrl+plus']) {
      expect(chordText(chord(text) as { modifiers: number; keysym: string })).toBe(text);
    }
  });

  it('is the same whatever its key is called', () => {
    expect(sameChord(chord('Ctrl+Prior'), chord('Ctrl+Page_Up'))).toBe(true);
    expect(sameChord(chord('Ctrl+a'), chord('Ctrl+U0061'))).toBe(true);
    expect(sameChord(chord('Ctrl+a'), chord('Alt+a'))).toBe(false);
    expect(sameChord(undefined, undefined)).toBe(false);
  });
});

describe('a sequence of guid.conf', () => {
  it.each([
    ['Ctrl-Shift-c', CTRL_SHIFT_C],
    ['SHIFT-ctrl-C', CTRL_SHIFT_C],
    ['Mod4-Alt-F1', { modifiers: 0x48, keysym: 'F1' }],
    ['Mod3-minus', { modifiers: 0x20, keysym: 'minus' }],
    ['F1', { modifiers: 0, keysym: 'F1' }],
    ['disable', undefined],
    ['NONE', undefined],
    // The reference's mask leaves Mod2 out, so such a sequence never matches.
    ['Mod2-c', undefined],
  ])('%s', (text, expected) => {
    expect(parseGuidSequence(text)).toEqual({ ok: true, chord: expected });
  });

  it.each(['', 'Ctrl-', 'Ctrl--', 'Ctrl+Shift+c', 'Ctrl-Nokey', 'Super-c'])(
    '%s ends the program',
    (text) => {
      expect(parseGuidSequence(text)).toMatchObject({ ok: false });
    },
  );
});

describe('a keysym', () => {
  it('is that of X', () => {
    expect(keysymOf('C')).toBe(0x63);
    expect(keysymOf('F35')).toBe(0xffe0);
    expect(keysymOf('U20AC')).toBe(0x010020ac);
    expect(keysymOf('U00E4')).toBe(keysymOf('adiaeresis'));
    expect(keysymOf('XK_c')).toBeUndefined();
  });

  it('types a character or does not', () => {
    for (const name of ['c', 'space', 'adiaeresis', 'KP_0', 'KP_Add', 'U20AC']) {
      expect(typesCharacter(keysymOf(name) as number), name).toBe(true);
    }
    for (const name of ['F1', 'Insert', 'Return', 'KP_Enter', 'XF86Copy']) {
      expect(typesCharacter(keysymOf(name) as number), name).toBe(false);
    }
  });
});
