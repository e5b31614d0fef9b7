import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/cli/log.ts';

function lines(
  pretty: boolean,
  debug = false,
): { log: ReturnType<typeof createLog>; said: string[] } {
  const said: string[] = [];
  const log = createLog({ name: 'daemon', pretty, debug, write: (line) => said.push(line) });
  return { log, said };
}

/** What a qube would like to see in a log: escape sequences, forged lines, bidi, and much of it. */
const HOSTILE = `\u001b[2J\u202e\nlevel=error "forged" \u0000${'x'.repeat(10_000)}`;

describe('createLog', () => {
  it('writes one JSON object per record', () => {
    const { log, said } = lines(false);
    log.child({ qube: 'work' }).warn({ windows: 3, ok: false, nothing: undefined }, 'hello');
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0] ?? '')).toMatchObject({
      level: 'warn',
      process: 'daemon',
      qube: 'work',
      windows: 3,
      ok: false,
      msg: 'hello',
    });
  });

  it('writes one short line per record for a person', () => {
    const { log, said } = lines(true);
    log.child({ qube: 'work' }).info({ reason: 'two words' }, 'hello');
    expect(said).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{3} info {2}daemon: hello {2}qube=work {2}reason="two words"\n$/,
      ),
    ]);
  });

  it.each([true, false])('escapes and caps every text, pretty %s', (pretty) => {
    const { log, said } = lines(pretty);
    log.error({ title: HOSTILE }, 'hello');
    log.child({ title: HOSTILE }).error({}, 'hello');
    log.error({}, HOSTILE);
    for (const line of said) {
      expect(line).toMatch(/^[ -~…]*\n$/);
      expect(line.length).toBeLessThan(1000);
    }
    expect(said).toHaveLength(3);
  });

  it('says debug records only when asked to', () => {
    const quiet = lines(false);
    quiet.log.debug({}, 'x');
    expect(quiet.said).toEqual([]);
    const loud = lines(false, true);
    loud.log.debug({}, 'x');
    expect(loud.said).toHaveLength(1);
  });
});
