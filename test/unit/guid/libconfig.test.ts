import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseLibconfig, type Value } from '../../../src/guid/libconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'livery-libconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (text: string) => parseLibconfig(text, 'guid.conf', folder);

/** Values as plain data. */
function plain(value: Value): unknown {
  if (value.kind === 'group') {
    return Object.fromEntries([...value.settings].map(([name, one]) => [name, plain(one.value)]));
  }
  if ('items' in value) return value.items.map(plain);
  return value.kind === 'integer' ? Number(value.value) : value.value;
}
const read = (text: string) => plain({ kind: 'group', settings: parse(text) });

describe('parseLibconfig', () => {
  it('takes groups, with `=` or `:`, with and without semicolons', () => {
    expect(read('global: { a = 1; b : 2, c = { d = true }\n};')).toEqual({
      global: { a: 1, b: 2, c: { d: true } },
    });
    expect(read('a = 1 b = 2')).toEqual({ a: 1, b: 2 });
    expect(read('')).toEqual({});
  });

  it('takes numbers of all kinds', () => {
    const text = 'a=-5; b=+7; c=0x1F; d=12L; e=0xffL; f=1.5; g=-.5; h=2e3; i=3.; j=010; k=5LL;';
    expect(read(text)).toEqual({
      a: -5,
      b: 7,
      c: 31,
      d: 12,
      e: 255,
      f: 1.5,
      g: -0.5,
      h: 2000,
      i: 3,
      j: 10,
      k: 5,
    });
  });

  it('takes true and false however they are written', () => {
    expect(read('a = TRUE; b = False;')).toEqual({ a: true, b: false });
  });

  it('takes strings with escapes, and joins those that follow each other', () => {
    expect(read(String.raw`a = "x\"\\\n\t\x41" "b" /* and */ "c";`)).toEqual({
      a: 'x"\\\n\tAbc',
    });
    expect(read('a = "# // /* no comment */";')).toEqual({ a: '# // /* no comment */' });
  });

  it('takes arrays of one kind and lists of any', () => {
    expect(read('a = [1, 2, 3]; b = ( "x", 2, ( true ), { c = 1; } ); d = []; e = ();')).toEqual({
      a: [1, 2, 3],
      b: ['x', 2, [true], { c: 1 }],
      d: [],
      e: [],
    });
  });

  it('skips comments', () => {
    expect(read('# one\n// two\n/* three\n\n*/ a = 1; # four\nb = 2 // five')).toEqual({
      a: 1,
      b: 2,
    });
  });

  it('remembers the line of each setting', () => {
    expect(parse('/* one\n two */\n\na = "x\ny";\nb = 1;').get('b')?.line).toBe(6);
  });

  it.each([
    ['a = ;', "guid.conf:1: expected a value, found ';'"],
    ['\n\na 1;', "guid.conf:3: expected '=', found integer"],
    ['a = { b = 1;', 'guid.conf:1: expected the name of a setting, found the end'],
    ['a = 1; }', "guid.conf:1: expected the name of a setting, found '}'"],
    ['a = [1, "x"];', 'guid.conf:1: an array has values of one kind'],
    ['a = [{}];', 'guid.conf:1: an array has values of one kind'],
    ['a = (1 2);', "guid.conf:1: expected ',' or ')', found integer"],
    ['a = "x', 'guid.conf:1: unexpected "\\""'],
    ['a = 1; /* x', 'guid.conf:1: a comment without its end'],
    ['a = 1; a = 2;', "guid.conf:1: 'a' is set twice"],
    ['a = 99999999999999999999;', 'guid.conf:1: a number has at most 64 bits'],
    ['a = $;', 'guid.conf:1: unexpected "$"'],
    [`a = ${'('.repeat(70)}`, 'guid.conf:1: it is nested too deeply'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('includes files of its directory, and no others', () => {
    writeFileSync(join(folder, 'more.conf'), 'b = 2;\n@include "deep/third.conf"\n');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'third.conf'), 'c = 3;');
    expect(read('a = 1;\n@include "more.conf"\nd = 4;')).toEqual({ a: 1, b: 2, c: 3, d: 4 });
    expect(() => parse('\n@include "/etc/passwd"')).toThrow(/guid.conf:2: .*does not lie in/);
    symlinkSync('/etc/passwd', join(folder, 'link.conf'));
    expect(() => parse('@include "link.conf"')).toThrow(/does not lie in/);
    expect(() => parse('@include "absent.conf"')).toThrow(/guid.conf:1: cannot include/);
    writeFileSync(join(folder, 'bad.conf'), '\n\nx = ;');
    expect(() => parse('@include "bad.conf"')).toThrow(/bad\.conf:3: expected a value/);
    writeFileSync(join(folder, 'self.conf'), '@include "self.conf"');
    expect(() => parse('@include "self.conf"')).toThrow(/too deep/);
  });
});
