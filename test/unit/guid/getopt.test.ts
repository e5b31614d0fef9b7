import { describe, expect, it } from 'vitest';
import { scanOptions } from '../../../src/guid/getopt.ts';
import { GUID_OPTIONS } from '../../../src/guid/options.ts';

const scan = (...words: string[]) => {
  const { given, faults, rest, dashes } = scanOptions(GUID_OPTIONS, words);
  return { given: given.map(({ row, value }) => [row.long, value]), faults, rest, dashes };
};

describe('scanOptions', () => {
  it('takes letters together, and values in the same word or the next', () => {
    expect(scan('-vvd5', '-N', 'work', '-fqc', '0x3465a4').given).toEqual([
      ['verbose', ''],
      ['verbose', ''],
      ['domid', '5'],
      ['name', 'work'],
      ['foreground', ''],
      ['quiet', ''],
      ['color', '0x3465a4'],
    ]);
  });

  it('takes long names, whole or cut short, with `=` or the next word', () => {
    expect(scan('--domid=5', '--name', 'work', '--fore', '--max=300', '--no').given).toEqual([
      ['domid', '5'],
      ['name', 'work'],
      ['foreground', ''],
      ['max-clipboard-size', '300'],
    ]);
    expect(scan('--no').faults).toEqual(["unrecognized option '--no'"]);
  });

  it('knows `--p`, `--d` and `--n` as qubes-guid does, whatever Livery has besides', () => {
    expect(scan('--p', 'A=s:b', '--d=7', '--n', 'work').given).toEqual([
      ['prop', 'A=s:b'],
      ['domid', '7'],
      ['name', 'work'],
    ]);
    expect(scan('--pool-dir=/p', '--pool-d=/p').faults).toEqual(["unrecognized option '--pool-d'"]);
  });

  it('says what is not clear', () => {
    expect(scan('--t=1').faults).toEqual([
      "option '--t' is ambiguous; possibilities: '--target-domid' '--title-name' '--trayicon-mode'",
    ]);
  });

  it.each([
    [['-x'], "invalid option -- 'x'"],
    [['-a'], "invalid option -- 'a'"],
    [['-d'], "option requires an argument -- 'd'"],
    [['--domid'], "option '--domid' requires an argument"],
    [['--quiet=1'], "option '--quiet' doesn't allow an argument"],
  ])('%j: %s', (words, fault) => {
    expect(scan(...words).faults).toEqual([fault]);
  });

  it('takes a value that looks like an option', () => {
    expect(scan('-N', '-f').given).toEqual([['name', '-f']]);
    expect(scan('-d', '--', '-v').given).toEqual([
      ['domid', '--'],
      ['verbose', ''],
    ]);
  });

  it('stops at the first word that is none, and at two dashes', () => {
    expect(scan('-v', 'word', '-q')).toMatchObject({ rest: ['word', '-q'], dashes: false });
    expect(scan('-v', '-')).toMatchObject({ rest: ['-'], dashes: false });
    expect(scan('-v', '--', '-q')).toMatchObject({ rest: ['-q'], dashes: true });
  });
});
