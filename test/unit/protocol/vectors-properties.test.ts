/**
 * Vectors A57 to A84 as far as they need no window state: texts, hints, flags,
 * cursors, clipboard sizes, unknown types, split input.
 */
import { describe, expect, it } from 'vitest';
import { fromVm, HINT } from '../../../src/protocol/from-vm.ts';
import { vectorBytes } from './golden.ts';
import { codeOf, concat, decodeAgent, pieces, readPlain, textOf, W } from './support.ts';

function only(id: string, minor = 8) {
  return decodeAgent(vectorBytes(id), minor).at(-1);
}

function titleOf(id: string, minor = 8): string | undefined {
  const message = only(id, minor);
  return message?.name === 'title' ? textOf(message.text) : undefined;
}

/** `bytes` with the u32 at `at` of the body set to `value`. */
function withField(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const out = bytes.slice();
  new DataView(out.buffer).setUint32(12 + at, value, true);
  return out;
}

describe('WMNAME', () => {
  it('A57 128 bytes without a NUL: 127 are used', () => {
    expect(titleOf('A57')).toBe('A'.repeat(127));
  });
  it('A58 is cut at the first NUL and not changed otherwise', () => {
    expect(titleOf('A58')).toBe('ab\x01\x7f\xff\xc3\xa9');
  });
  it('A59 keeps the bytes of an ellipsis', () => {
    expect(titleOf('A59')).toBe('long\xe2\x80\xa6');
  });
  it('A60 may be empty', () => {
    expect(titleOf('A60')).toBe('');
  });
  it('A61 127 bytes end the session at 1.8; at 1.5, 128 bytes are taken', () => {
    expect(codeOf(() => only('A61'))).toBe('GUI_LENGTH');
    const next = vectorBytes('A73');
    const messages = decodeAgent(concat([vectorBytes('A61'), Uint8Array.of(0x79), next]), 5);
    expect(messages.map((message) => message.name)).toEqual(['title', 'dock']);
  });
  it('cannot become text by accident', () => {
    const message = only('A57');
    if (message?.name !== 'title') throw new Error('not a title');
    expect(() => `${message.text}`).toThrow(TypeError);
    expect(JSON.stringify(message)).not.toContain('AAAA');
  });
});

describe('WMCLASS', () => {
  it('A62 has the class first, cut to 63 bytes, and then the name', () => {
    const message = only('A62');
    if (message?.name !== 'wmClass') throw new Error('not a class');
    expect(textOf(message.resClass)).toBe('C'.repeat(63));
    expect(textOf(message.resName).startsWith('n')).toBe(true);
  });
});

describe('WINDOW_HINTS', () => {
  const none = {
    name: 'hints',
    window: W,
    flags: 0,
    minWidth: 0,
    minHeight: 0,
    maxWidth: 0,
    maxHeight: 0,
    widthInc: 0,
    heightInc: 0,
    baseWidth: 0,
    baseHeight: 0,
  };
  it('A63 a maximum of 0x0 is dropped', () => {
    expect(only('A63')).toEqual(none);
  });
  it('A64 only the maximum is dropped; minimum, increment, base and positions stay', () => {
    expect(only('A64')).toEqual({
      ...none,
      flags:
        HINT.userPosition | HINT.programPosition | HINT.minSize | HINT.resizeInc | HINT.baseSize,
      minWidth: 49,
      minHeight: 44,
      widthInc: 8,
      heightInc: 17,
      baseWidth: 17,
      baseHeight: 27,
    });
  });
  it('numbers whose flag is clear become 0', () => {
    expect(decodeAgent(withField(vectorBytes('A64'), 0, 0))).toEqual([none]);
  });
  const a64 = vectorBytes('A64');
  for (const [what, at, value, flag] of [
    ['a minimum above the limit', 4, 16_385, HINT.minSize],
    ['a minimum above the limit', 8, 6_145, HINT.minSize],
    ['an increment of 0', 20, 0, HINT.resizeInc],
    ['an increment of 16384', 20, 16_384, HINT.resizeInc],
    ['an increment of 6144', 24, 6_144, HINT.resizeInc],
    ['a base of 2^32 - 1', 28, 0xffff_ffff, HINT.baseSize],
    ['a base above the limit', 32, 6_145, HINT.baseSize],
  ] as const) {
    it(`${what} (body ${at}) drops its pair alone`, () => {
      const whole = only('A64');
      const [message] = decodeAgent(withField(a64, at, value));
      if (message?.name !== 'hints' || whole?.name !== 'hints') throw new Error('not hints');
      expect(message.flags).toBe(whole.flags & ~flag);
    });
  }
  it('a maximum below the minimum is dropped, the minimum stays', () => {
    const ok = withField(withField(a64, 12, 49), 16, 44);
    expect(decodeAgent(ok)).toMatchObject([{ maxWidth: 49, maxHeight: 44, minWidth: 49 }]);
    for (const small of [withField(ok, 12, 48), withField(ok, 16, 43)]) {
      expect(decodeAgent(small)).toMatchObject([{ maxWidth: 0, maxHeight: 0, minWidth: 49 }]);
    }
  });
});

describe('WINDOW_FLAGS', () => {
  it('A65 nothing set, nothing unset', () => {
    expect(only('A65')).toEqual({ name: 'flags', window: W, set: 0, unset: 0 });
  });
  it('A66 the same bit in both is dropped', () => {
    expect(only('A66')).toEqual({ name: 'ignored', window: W, rule: 'GUI_FLAGS_OVERLAP' });
  });
  it('A66 overlap counts before masking: 8 in both is dropped', () => {
    const bytes = withField(withField(vectorBytes('A65'), 0, 8), 4, 8);
    expect(decodeAgent(bytes)).toMatchObject([{ rule: 'GUI_FLAGS_OVERLAP' }]);
  });
  it('A66 overlap in the highest bit counts too', () => {
    const bytes = withField(withField(vectorBytes('A65'), 0, 0x8000_0000), 4, 0x8000_0000);
    expect(decodeAgent(bytes)).toMatchObject([{ rule: 'GUI_FLAGS_OVERLAP' }]);
  });
  it('A67 unknown bits are ignored', () => {
    expect(only('A67')).toMatchObject({ name: 'flags', set: 0, unset: 0 });
  });
  it('A68 unsetting minimize is ignored', () => {
    expect(only('A68')).toMatchObject({ name: 'flags', set: 0, unset: 0 });
  });
});

describe('CURSOR', () => {
  it('A69 0x144 is glyph 68', () => {
    expect(only('A69')).toMatchObject({ name: 'cursor', glyph: 68 });
  });
  it('A69 an odd glyph is the default cursor', () => {
    expect(decodeAgent(withField(vectorBytes('A69'), 0, 0x145))).toMatchObject([
      { name: 'cursor', glyph: undefined },
    ]);
  });
  it('A69 the last glyph is 0x199, an odd one; 0x198 is the last that shows', () => {
    const last = (value: number) => decodeAgent(withField(vectorBytes('A69'), 0, value));
    expect(last(0x199)).toMatchObject([{ name: 'cursor', glyph: undefined }]);
    expect(last(0x198)).toMatchObject([{ name: 'cursor', glyph: 152 }]);
  });
  it('A70 0x19a is dropped', () => {
    expect(only('A70')).toEqual({ name: 'ignored', window: W, rule: 'GUI_CURSOR' });
  });
  it('A71 0x44 is dropped', () => {
    expect(only('A71')).toMatchObject({ name: 'ignored', rule: 'GUI_CURSOR' });
  });
  it('A71 0x200 and 0xffffff00 are dropped', () => {
    for (const value of [0x200, 0xffff_ff00]) {
      expect(decodeAgent(withField(vectorBytes('A69'), 0, value))).toMatchObject([
        { name: 'ignored', rule: 'GUI_CURSOR' },
      ]);
    }
  });
  it('A72 0 is the default cursor', () => {
    expect(only('A72')).toEqual({ name: 'cursor', window: W, glyph: undefined });
  });
});

describe('CLIPBOARD_DATA', () => {
  const sized = (id: string, length: number) =>
    concat([vectorBytes(id), new Uint8Array(length).fill(0x61)]);
  it('A75 has its bytes and any window', () => {
    const message = only('A75');
    if (message?.name !== 'clipboardData') throw new Error('not clipboard data');
    expect(Buffer.from(message.data).toString()).toBe('hello');
    expect(message.window).toBe(0x1234_5678);
  });
  it('A76 may be empty', () => {
    expect(only('A76')).toMatchObject({ name: 'clipboardData', data: new Uint8Array(0) });
  });
  it('A77 65001 bytes at 1.7 end the session before the body is read', () => {
    expect(codeOf(() => only('A77', 7))).toBe('GUI_CLIPBOARD_LENGTH');
  });
  it('A77 65000 bytes at 1.7 are read', () => {
    const bytes = sized('A77', 65_000);
    bytes.set([0xe8, 0xfd, 0, 0], 8);
    expect(decodeAgent(bytes, 7)).toMatchObject([{ name: 'clipboardData' }]);
  });
  it('A78 64001 bytes at 1.8 are read; the limit of a qube is not decided here', () => {
    expect(decodeAgent(sized('A78', 64_001))).toMatchObject([{ name: 'clipboardData' }]);
  });
  it('A79 256001 bytes at 1.8 are read', () => {
    const [message] = decodeAgent(sized('A79', 256_001));
    expect(message?.name === 'clipboardData' && message.data.length).toBe(256_001);
  });
  it('A80 256002 bytes end the session', () => {
    expect(codeOf(() => only('A80'))).toBe('GUI_CLIPBOARD_LENGTH');
  });
});

describe('types', () => {
  it('A81 every type that only a daemon sends ends the session', () => {
    for (const type of [124, 125, 126, 127, 128, 129, 137, 138, 139, 142, 149]) {
      const bytes = vectorBytes('A81');
      bytes[0] = type;
      expect(codeOf(() => decodeAgent(bytes.subarray(0, 12)))).toBe('GUI_TYPE');
    }
  });
  it('A82 0, 123, 150 and 0xffffffff end the session', () => {
    const bytes = vectorBytes('A82');
    for (const type of [0, 123, 150, 0xffff_ffff]) {
      new DataView(bytes.buffer).setUint32(0, type, true);
      expect(codeOf(() => decodeAgent(bytes))).toBe('GUI_TYPE');
    }
  });
});

describe('split input', () => {
  it('A83 a header in 5 + 7 bytes and a body of single bytes give the same message', () => {
    const bytes = vectorBytes('A1');
    const chunks = [bytes.subarray(0, 5), bytes.subarray(5, 12), ...pieces(bytes.subarray(12), 1)];
    expect(readPlain(fromVm, chunks).messages).toEqual(readPlain(fromVm, [bytes]).messages);
  });
  it('A84 the end in mid-header or mid-body leaves bytes pending and gives no message', () => {
    for (const length of [1, 11, 12, 35]) {
      const { messages, left } = readPlain(fromVm, [vectorBytes('A1').subarray(0, length)]);
      expect([messages.length, left]).toEqual([0, length]);
    }
  });
});
