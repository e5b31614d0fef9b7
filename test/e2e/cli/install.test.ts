/**
 * `livery install --user` into an empty home, and what a service manager is told:
 * the real program, the real systemd looking at the units, a real datagram socket.
 */
import { execFile, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOG_FILES, LogFile } from '../../../src/cli/log-file.ts';
import { startScreen } from '../../rig/rig.ts';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { LiveryProcess, livery } from '../../rig/system/livery-process.ts';
import { waitUntil } from '../../rig/wait.ts';

const execute = promisify(execFile);
let home: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'livery-home-'));
  env = {
    PATH: process.env.PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    LIVERY_RUNTIME_DIR: join(home, 'run'),
  };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const files = (): string[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name))
    .sort();

async function steps(verb: 'install' | 'uninstall'): Promise<Map<string, string>> {
  const { status, out, err } = await livery([verb, '--user', '--json'], { env });
  expect([status, err]).toEqual([0, '']);
  const { files: done } = JSON.parse(out) as { files: { path: string; done: string }[] };
  return new Map(done.map((one) => [one.path, one.done]));
}

describe('installing for a user', () => {
  test('puts everything in place, once; takes it away again, but for the configuration', async () => {
    const config = join(home, '.config/livery/livery.toml');
    const first = await steps('install');
    expect([...first.keys()].sort()).toEqual(files());
    expect(new Set(first.values())).toEqual(new Set(['written']));
    expect(readFileSync(config, 'utf8')).toBe(readFileSync('docs/examples/livery.toml', 'utf8'));
    expect(new Set((await steps('install')).values())).toEqual(new Set(['there already']));
    const gone = await steps('uninstall');
    expect(new Set(gone.values())).toEqual(new Set(['removed']));
    expect(files()).toEqual([config]);
    expect((await steps('uninstall')).size).toBe(0);
  });

  test('leaves alone what somebody has changed, and renews what is of another version', async () => {
    await steps('install');
    const config = join(home, '.config/livery/livery.toml');
    const unit = join(home, '.config/systemd/user/livery.service');
    const page = join(home, '.local/share/man/man1/livery.1');
    writeFileSync(config, '[qube.mine]\nlabel = "red"\n');
    writeFileSync(unit, readFileSync(unit, 'utf8').replace('RestartSec=1', 'RestartSec=9'));
    // One that an older version made and signed.
    writeFileSync(page, signedPage());
    const again = await steps('install');
    expect(again.get(config)).toBe('there already');
    expect(again.get(unit)).toBe('changed by somebody, left as it is');
    expect(again.get(page)).toBe('renewed');
    await steps('uninstall');
    expect(files()).toEqual([config, unit].sort());
    expect(readFileSync(config, 'utf8')).toContain('qube.mine');
  });

  test('takes the links with it by which systemd starts the units, and no others', async () => {
    await steps('install');
    const folder = join(home, '.config/systemd/user');
    const wants = join(folder, 'graphical-session.target.wants');
    mkdirSync(wants);
    symlinkSync(join(folder, 'livery.service'), join(wants, 'livery.service'));
    symlinkSync('/elsewhere/other.service', join(wants, 'other.service'));
    await steps('uninstall');
    expect(readdirSync(wants)).toEqual(['other.service']);
  });

  test('wants to be told for whom', async () => {
    expectComplaint(await livery(['install'], { env }), {
      status: 2,
      says: 'install: expected --user',
      hint: /^livery install --user; /,
    });
  });
});

/** sha256 of "old\n". */
function signedPage(): string {
  return 'old\n.\\" made by livery install, 01d09d19c2139a46aebfb577780d123d7396e97201bc7ead210a2ebff8239dee\n';
}

/** A datagram socket as a service manager has it; Node.js has none. */
const RECEIVER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind(chr(0) + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    print(repr(s.recv(4096).decode()), flush=True)
`;

describe('a service manager', () => {
  test.each(['path', 'abstract'])('is told of a keeper and a daemon: %s', async (kind) => {
    const address = kind === 'path' ? join(home, 'notify') : `@livery-test-${process.pid}`;
    const receiver = spawn('python3', ['-c', RECEIVER, address], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = '';
    receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    try {
      await waitUntil(() => heard.includes('bound'), 'it listens', { limitMs: 30_000 });
      const config = join(home, 'livery.toml');
      writeFileSync(config, '[qube.work]\nlabel = "blue"\n');
      await using screen = await startScreen({ wm: 'none', width: 320, height: 200 });
      const told = { ...env, ...screen.env, NOTIFY_SOCKET: address };
      await using keeper = new LiveryProcess(['keeper', '--config', config], {
        env: told,
        lifeline: true,
      });
      await waitUntil(() => heard.includes('READY=1\\nSTATUS=1 qubes'), 'the keeper is ready', {
        limitMs: 30_000,
      });
      expect(heard).toContain(`MAINPID=${keeper.pid}`);
      {
        await using daemon = new LiveryProcess(['daemon', '--config', config], {
          env: told,
          lifeline: true,
        });
        await waitUntil(() => heard.includes('STATUS=shows qubes'), 'the daemon is ready', {
          limitMs: 40_000,
        });
        // It has given up its rights by then.
        expect(heard).toContain(`MAINPID=${daemon.pid}`);
        expect(heard).not.toContain('STOPPING=1');
      }
      await waitUntil(() => heard.includes('STOPPING=1'), 'the daemon says that it ends');
    } finally {
      receiver.kill();
    }
  });

  test('finds nothing wrong in the units', async () => {
    await livery(['install', '--user'], { env });
    const folder = join(home, '.config/systemd/user');
    const units = ['livery-keeper.service', 'livery.service'].map((name) => join(folder, name));
    const args = ['verify', '--user', '--man=no', ...units];
    const { stderr } = await execute('systemd-analyze', args, {
      env: { ...env, XDG_RUNTIME_DIR: home },
    });
    expect(stderr.split('\n').filter((line) => line.includes('livery'))).toEqual([]);
  });
});

test('a log file is cut, and the oldest goes', () => {
  const path = join(home, 'daemon.log');
  const log = new LogFile(path, 100);
  for (let i = 0; i < 40; i++) log.write(`${String(i).padStart(49, '.')}\n`);
  const found = readdirSync(home).sort();
  expect(found).toEqual([
    'daemon.log',
    ...Array.from({ length: LOG_FILES - 1 }, (_, i) => `daemon.log.${i + 1}`),
  ]);
  const last = found.map((name) => readFileSync(join(home, name), 'utf8'));
  expect(last.every((text) => text.length === 100)).toBe(true);
  expect(last[0]).toContain('39\n');
});
