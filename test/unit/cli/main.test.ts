import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/base/errors.ts';
import { parseFor } from '../../../src/cli/arguments.ts';
import type { Io } from '../../../src/cli/io.ts';
import { main } from '../../../src/cli/main.ts';
import { VERBS } from '../../../src/cli/verbs.ts';

async function livery(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTty: false,
    errIsTty: false,
    env: { LIVERY_RUNTIME_DIR: '/nonexistent', ...env },
  };
  const status = await main(args, io);
  return { status, out, err };
}

const shown = VERBS.filter(({ internal }) => !internal);

describe('help', () => {
  it('lists every command, with the exit codes', async () => {
    const { status, out } = await livery(['help']);
    expect(status).toBe(EXIT.ok);
    for (const { name } of shown) expect(out).toContain(`livery ${name} `);
    expect(out).not.toContain('livery stage');
    expect(out).toContain('Exit status:');
  });

  it('goes to standard error, with status 2, when nothing was said', async () => {
    const { status, out, err } = await livery([]);
    expect([status, out]).toEqual([EXIT.usage, '']);
    expect(err).toContain('livery demo');
  });

  it.each(shown.map(({ name }) => name))('has usage and an example for %s', async (name) => {
    const { status, out } = await livery([...name.split(' '), '--help']);
    expect(status).toBe(EXIT.ok);
    expect(out).toContain(`Usage: livery ${name}`);
    expect(out).toMatch(new RegExp(`^Example: livery ${name}`, 'm'));
    expect((await livery(['help', ...name.split(' ')])).out).toBe(out);
  });

  it('knows its version', async () => {
    expect((await livery(['--version'])).out).toMatch(/^livery \d+\.\d+\.\d+ \([0-9a-f]{12}\)\n$/);
  });
});

describe('what is typed wrongly', () => {
  it.each([
    [['windwos'], `there is no command 'windwos' (did you mean "windows"?)`],
    [['frobnicate'], "there is no command 'frobnicate'"],
    [['qube'], 'livery qube what?'],
    [['qube', 'lsit'], `there is no command 'qube lsit' (did you mean "list"?)`],
    [['windows', '--jsno'], `windows: there is no option '--jsno' (did you mean "--json"?)`],
    [['windows', '-x'], "windows: there is no option '-x'"],
    [['windows', 'extra'], "windows: unexpected 'extra'"],
    [['windows', '--json=yes'], '--json takes no value'],
    [['qube', 'start'], 'qube start: something is missing'],
    [['qube', 'start', 'a', 'b'], "qube start: unexpected 'b'"],
    [['doctor', '--config'], '--config needs a value: --config FILE'],
    [['doctor', '--config', '--json'], '--config needs a value: --config FILE'],
    [['run', 'work'], "run: expected a program after '--'"],
    [['run', 'work', '--'], "run: expected a program after '--'"],
    [['run', '--', 'xterm'], 'run: something is missing'],
    [['run', 'work', 'xterm'], "run: expected '--' before the program"],
    [['windows', '\u001b[2J'], "windows: unexpected '\\u{1b}[2J'"],
  ])('%j', async (args, message) => {
    const { status, out, err } = await livery(args);
    expect(status).toBe(EXIT.usage);
    expect(out).toBe('');
    const [first, hint, end, ...rest] = err.split('\n');
    expect(first).toBe(`livery: ${message}`);
    expect(hint).toMatch(/^ {2}livery /);
    expect([end, ...rest]).toEqual(['']);
  });

  it("says where '--' belongs when a program's option came too early", async () => {
    const { err } = await livery(['run', 'work', 'xterm', '-geometry', '80x24']);
    expect(err).toContain("put '--' before the program");
  });
});

describe('what is said rightly', () => {
  const verb = (name: string) => VERBS.find((one) => one.name === name) ?? expect.fail(name);

  it('leaves everything after -- to the program', () => {
    const parsed = parseFor(verb('run'), ['--wait', 'work', '--', 'sh', '-c', 'x', '--', '--help']);
    expect(parsed).toEqual({
      operands: ['work'],
      program: ['sh', '-c', 'x', '--', '--help'],
      values: { wait: true },
    });
  });

  it('takes values in both ways', () => {
    expect(parseFor(verb('doctor'), ['--config', '-x', '--json']).values).toEqual({
      config: '-x',
      json: true,
    });
    expect(parseFor(verb('doctor'), ['--config=--x']).values).toEqual({ config: '--x' });
  });
});

describe('what cannot be done', () => {
  it('is told in two lines, without a stack', async () => {
    for (const args of [['windows'], ['qube', 'list'], ['run', 'work', '--', 'xterm']]) {
      const { status, err } = await livery(args);
      expect(status).toBe(EXIT.notFound);
      expect(err).toMatch(
        /^livery: no daemon is running \(.*\)\n {2}start it with: livery daemon\n$/,
      );
    }
  });

  it('is told with a stack when asked to', async () => {
    expect((await livery(['windows', '--debug'])).err).toMatch(/\n {4}at /);
    expect((await livery(['run', 'work', '--', 'xterm', '--debug'])).err).not.toMatch(/\n {4}at /);
  });

  it('names file and line of a wrong configuration, and needs a local display', async () => {
    const missing = await livery(['daemon', '--config', '/nonexistent.toml']);
    expect([missing.status, missing.err]).toEqual([
      EXIT.usage,
      'livery: cannot read the configuration /nonexistent.toml: it does not exist\n',
    ]);
    const demo = new URL('../../../docs/examples/demo.toml', import.meta.url).pathname;
    const none = await livery(['daemon', '--config', demo]);
    expect(none.status).toBe(EXIT.unavailable);
    expect(none.err).toContain('DISPLAY is not set');
    for (const command of [['daemon', '--config', demo], ['demo']]) {
      const remote = await livery(command, { DISPLAY: 'localhost:10.0' });
      expect(remote.status).toBe(EXIT.unavailable);
      expect(remote.err).toContain('DISPLAY is "localhost:10.0", which is not a local X server');
    }
  });
});
