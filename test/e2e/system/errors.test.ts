/**
 * Errors before anything runs: each says in words what is wrong and what to do,
 * ends with the status that goes with it, and leaves nothing behind.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startScreen } from '../../rig/rig.ts';
import { expectComplaint, expectStack } from '../../rig/system/complaint.ts';
import { type Ended, livery } from '../../rig/system/livery-process.ts';

/** Programs that a keeper needs, and where they are on every Debian. */
const TOOLS = ['bwrap', 'flock', 'mount', 'prlimit', 'setpriv', 'sh', 'unshare'];

let directory: string;
let config: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-errors-'));
  config = write('livery.toml', '[qube.work]\nlabel = "blue"\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

interface Circumstances {
  readonly env?: NodeJS.ProcessEnv;
  readonly launcher?: readonly string[];
}

function run(args: readonly string[], { env, launcher = [] }: Circumstances = {}): Promise<Ended> {
  const base = {
    PATH: process.env.PATH,
    HOME: directory,
    LIVERY_RUNTIME_DIR: join(directory, 'run'),
    LANG: 'C.UTF-8',
  };
  return livery(args, { env: { ...base, ...env }, launcher });
}

const daemon = (env: NodeJS.ProcessEnv = {}) => run(['daemon', '--config', config], { env });

describe('the display', () => {
  test('is missing', async () => {
    expectComplaint(await daemon(), {
      status: 3,
      says: 'there is no X display: DISPLAY is not set',
      hint: /inside an X session/,
    });
  });

  test.each(['localhost:10.0', '192.0.2.7:0', 'tcp/elsewhere:1'])(
    'is remote: %s',
    async (DISPLAY) => {
      expectComplaint(await daemon({ DISPLAY }), {
        status: 3,
        says: `DISPLAY is "${DISPLAY}", which is not a local X server`,
        hint: /trusted only on a local display/,
      });
    },
  );

  test('is no display at all', async () => {
    expectComplaint(await daemon({ DISPLAY: 'screen' }), {
      status: 3,
      says: 'DISPLAY is "screen", expected something like :0',
      hint: /DISPLAY=:0/,
    });
  });

  test('has no server; the keeper that was started for it ends again', async () => {
    expectComplaint(await daemon({ DISPLAY: ':64999' }), {
      status: 3,
      says: /^cannot open the X display :64999: .*ENOENT/,
      hint: 'check that the X server runs and that DISPLAY names it',
    });
    const sockets = readdirSync(join(directory, 'run'), { recursive: true });
    expect(sockets.filter((name) => String(name).endsWith('.sock'))).toEqual([]);
  });

  test('wants another cookie, or any', async () => {
    await using screen = await startScreen({ wm: 'none', width: 320, height: 200 });
    await using other = await startScreen({ wm: 'none', width: 320, height: 200 });
    const { DISPLAY } = screen.env;
    const complaint = {
      status: 3,
      says: new RegExp(`^cannot open the X display ${DISPLAY}: .*(uthori|cookie|protocol|key)`),
      hint: /^the server asks for a cookie: set XAUTHORITY to the file that has it/,
    };
    const { XAUTHORITY } = other.env;
    expectComplaint(await daemon({ DISPLAY, XAUTHORITY }), complaint);
    expectComplaint(await daemon({ DISPLAY, XAUTHORITY: '/nonexistent' }), complaint);
  });

  test('an error is told with its stack only when asked for', async () => {
    expectStack(await run(['daemon', '--debug', '--config', config]));
  });
});

describe('the configuration', () => {
  const read = (file: string) => run(['daemon', '--config', file], { env: { DISPLAY: ':0' } });

  test('is not there', async () => {
    const file = join(directory, 'none.toml');
    const says = `cannot read the configuration ${file}: it does not exist`;
    const { err, status } = await read(file);
    expect(err).toContain(`livery: ${says}\n`);
    expect(status).toBe(2);
  });

  test('is no TOML: file, line and column', async () => {
    const file = write('broken.toml', '[qube.work]\nlabel = "blue\n');
    expectComplaint(await read(file), {
      status: 2,
      says: new RegExp(`^${file}:2: not valid TOML at column \\d+`),
    });
  });

  test('has mistakes: all of them, each with its line and what was expected', async () => {
    const text = [
      '[frame]',
      'thickness = 99',
      '[qube.work]',
      'label = "blau"',
      'autostrat = true',
      '[qube.vault]',
      'label = "black"',
      'pool_mib = "large"',
    ];
    const file = write('mistakes.toml', text.join('\n'));
    const { err, status, signal } = await read(file);
    expect({ status, signal }).toEqual({ status: 2, signal: null });
    expect(err).toMatch(new RegExp(`${file}:2: .*expected pixels at 96 dpi: .*2 to 32`));
    expect(err).toMatch(new RegExp(`${file}:4: .*no such label: "blau".*expected one of red,`));
    expect(err).toMatch(new RegExp(`${file}:5: .*autostrat.*autostart`));
    expect(err).toMatch(new RegExp(`${file}:8: .*expected .*MiB`));
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('the host', () => {
  const keeper = (circumstances: Circumstances) =>
    run(['keeper', '--config', config], circumstances);

  test('forbids user namespaces', async () => {
    // A user namespace of its own, in which no further one may be made.
    const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
    const launcher = ['unshare', '--user', '--map-root-user', 'sh', '-c', forbid, 'sh'];
    expectComplaint(await keeper({ launcher }), {
      status: 3,
      says: 'sandboxes need unprivileged user namespaces, and user.max_user_namespaces is 0',
      hint: /^as root: sysctl -w user\.max_user_namespaces=\d+$/,
    });
  });

  test('lacks a package', async () => {
    const PATH = join(directory, 'bin');
    mkdirSync(PATH);
    for (const tool of TOOLS.slice(1)) symlinkSync(`/usr/bin/${tool}`, join(PATH, tool));
    expectComplaint(await keeper({ env: { PATH } }), {
      status: 3,
      says: 'the program bwrap is not installed',
      hint: 'apt-get install bubblewrap',
    });
  });
});

describe('nothing runs', () => {
  test.each([
    ['windows', ['windows']],
    ['run', ['run', 'work', '--', 'xterm']],
    ['qube list', ['qube', 'list']],
    ['qube start', ['qube', 'start', 'work']],
  ])('%s: says what to start', async (_name, args) => {
    expectComplaint(await run(args), {
      status: 4,
      says: /^no daemon is running \(.*control\.sock: .*ENOENT/,
      hint: 'start it with: livery daemon',
    });
  });

  test.each([
    ['an unknown command', ['windoes'], /^there is no command 'windoes'.*windows/],
    ['an unknown option', ['windows', '--jsno'], /there is no option '--jsno'.*--json/],
    ['a forgotten --', ['run', 'work', 'xterm'], /expected '--' before the program/],
  ])('%s: says what was meant', async (_name, args, says) => {
    const { status, err } = await run(args);
    expect(err.split('\n')[0]?.replace(/^livery: /, '')).toMatch(says);
    expect(status).toBe(2);
  });
});
