import { describe, expect, it } from 'vitest';
import { EXIT, UserError } from '../../../src/base/errors.ts';
import { report } from '../../../src/cli/report.ts';
import { table } from '../../../src/cli/table.ts';

const HOSTILE = 'a\u001b[2J\u009b1m\u202eb\nc\u2028\u{e0041}é漢';

describe('what is printed', () => {
  it('has nothing that acts on a terminal, in a table', () => {
    const text = table(
      ['NAME', 'TITLE'],
      [
        ['work', HOSTILE],
        ['x', ''],
      ],
    );
    expect(text).toBe(
      'NAME  TITLE\nwork  a\\u{1b}[2J\\u{9b}1m\\u{202e}b\\u{a}c\\u{2028}\\u{e0041}é漢\nx     \n',
    );
  });

  it('has nothing that acts on a terminal, in an error', () => {
    let err = '';
    const io = {
      out: () => {},
      err: (text: string) => {
        err += text;
      },
      outIsTty: false,
      errIsTty: false,
      env: {},
    };
    const status = report(new UserError('X', HOSTILE, { hint: HOSTILE }), io, false);
    expect(status).toBe(EXIT.failed);
    expect(err).toMatch(/^[\n -~é漢]*$/);
    expect(err.split('\n')).toHaveLength(4);
  });
});
