/**
 * What a person gets told when the keeper cannot work, and what a stranger on
 * its socket gets.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { native } from '../../../src/native/addon.ts';
import { descriptorsOf, KeeperProcess } from './keeper-process.ts';
import { programPath } from './program-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'lk-errors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startFailure(keeper: KeeperProcess, name = 'work'): Promise<UserError> {
  const client = await keeper.connect();
  const error = await client.start(name).catch((reason: unknown) => reason);
  if (error instanceof UserError) return error;
  throw new Error(`it started: ${JSON.stringify(error)}`);
}

describe('the keeper', () => {
  it('works with the programs that it names, found on its path alone', async () => {
    using programs = programPath();
    await using keeper = await KeeperProcess.start({ env: { PATH: programs.path } });
    expect((await (await keeper.connect()).start('work')).state).toBe('running');
  });

  it.each([
    ['bwrap', 'bubblewrap'],
    ['setpriv', 'util-linux'],
  ])('names the package when %s is missing', async (program, packageName) => {
    using programs = programPath(program);
    expect(await KeeperProcess.fail({ env: { PATH: programs.path } })).toEqual({
      code: 'MISSING_PACKAGE',
      message: `the program ${program} is not installed`,
      hint: `apt-get install ${packageName}`,
      exitCode: 3,
    });
  });

  it('names the setting when there are no user namespaces', async () => {
    // In a user namespace of its own, whose limit is its own too.
    const off = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"';
    const around = ['unshare', '--user', '--map-root-user', '/bin/sh', '-c', off, 'sh'];
    expect(await KeeperProcess.fail({ around })).toEqual({
      code: 'NO_USER_NAMESPACES',
      message: 'sandboxes need unprivileged user namespaces, and user.max_user_namespaces is 0',
      hint: 'as root: sysctl -w user.max_user_namespaces=10000',
      exitCode: 3,
    });
  });

  it('works for root of a small container, who has no other users to give', async () => {
    await using keeper = await KeeperProcess.start({
      around: ['unshare', '--user', '--map-root-user'],
    });
    expect((await (await keeper.connect()).start('work')).state).toBe('running');
  });

  it('says what it heard when bubblewrap is older than it should be', async () => {
    const bwrap = 'echo "bwrap: Unknown option --disable-userns" >&2; exit 1';
    using programs = programPath('', { bwrap });
    const failure = await KeeperProcess.fail({ env: { PATH: programs.path } });
    expect(failure).toMatchObject({ code: 'BWRAP_TOO_OLD', exitCode: 3 });
    expect(failure.message).toContain('Unknown option --disable-userns');
  });

  it('refuses to be the second of one directory', async () => {
    await using first = await KeeperProcess.start();
    const failure = await KeeperProcess.fail({ runtimeDir: first.runtimeDir });
    expect(failure).toMatchObject({ code: 'KEEPER_RUNNING', exitCode: 1 });
    expect(first.files()).toEqual(['keeper.sock', 'qubes']);
    expect((await (await first.connect()).start('work')).state).toBe('running');
  });

  it('refuses a directory that is none, or too long for a socket', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect((await KeeperProcess.fail({ runtimeDir: file })).message).toContain(file);
    const long = join(folder, 'x'.repeat(90));
    const failure = await KeeperProcess.fail({ runtimeDir: long });
    expect(failure.code).toBe('RUNTIME_DIR');
    expect(failure.message).toContain('107 bytes');
  });

  it('says what to do when there is no room for a pool', async () => {
    await using keeper = await KeeperProcess.start({ around: ['prlimit', `--fsize=${1 << 20}`] });
    const error = await startFailure(keeper);
    expect(error.code).toBe('POOL_FAILED');
    expect(error.message).toContain('there is no shared memory for qube work (256 MiB)');
    expect(error.hint).toContain('ulimit -f');
    expect(keeper.files()).toEqual(['keeper.sock', 'qubes']);
  });

  it('says so when it has no descriptors left, and goes on', async () => {
    await using keeper = await KeeperProcess.start({ around: ['prlimit', '--nofile=60'] });
    const client = await keeper.connect();
    const names = ['work', 'untrusted', 'vault'];
    // The first life opens what is opened once.
    await client.start('work');
    await client.stop('work');
    const before = descriptorsOf(keeper.pid).length;
    const results = await Promise.allSettled(names.map((name) => client.start(name)));
    const reasons = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(reasons.length).toBeGreaterThan(0);
    for (const { message } of reasons) expect(message).toMatch(/EMFILE|too many open files/i);
    for (const name of names) await client.stop(name);
    expect(descriptorsOf(keeper.pid).length).toBe(before);
    expect((await client.start('work')).state).toBe('running');
  });

  it('has no network to give without a program that makes one', async () => {
    const config = '[qube.work]\nlabel = "blue"\nnetwork = true\n';
    using programs = programPath();
    await using keeper = await KeeperProcess.start({ config, env: { PATH: programs.path } });
    const error = await startFailure(keeper);
    expect([error.code, error.hint]).toEqual(['NO_NETWORK_STACK', 'apt-get install slirp4netns']);
  });

  it('gives no qube a home in which dom0 has something', async () => {
    const home = (path: string) => `[qube.work]\nlabel = "blue"\nhome = ${JSON.stringify(path)}\n`;
    for (const path of ['/', homedir(), join(folder, 'run'), join(folder, 'run/livery')]) {
      const runtimeDir = join(folder, 'run/livery');
      await using keeper = await KeeperProcess.start({ config: home(path), runtimeDir });
      const error = await startFailure(keeper);
      expect(error.code).toBe('HOME_REFUSED');
      expect(error.message).toContain(' of dom0');
    }
  });

  it('keeps descriptors that it inherited away from qubes', async () => {
    const stray = 'exec 63</etc/hostname 71>/dev/null; exec "$@"';
    await using keeper = await KeeperProcess.start({
      around: ['bash', '-c', stray, 'bash'],
      command: ['/bin/sh', '-c', 'ls /proc/self/fd >&5; echo ready; read -r _'],
    });
    expect(descriptorsOf(keeper.pid)).not.toContain('63');
    const client = await keeper.connect();
    await client.start('work');
    using pool = (await client.attach('work')).pool;
    const text = Buffer.alloc(64);
    native().readAt(pool, text, 0);
    // 6 is the directory that ls reads.
    expect(text.toString('latin1').replaceAll('\0', '').trim().split('\n')).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
    ]);
  });
});

/** What a raw connection hears until it is closed, or until it heard `lines` lines. */
function talk(keeper: KeeperProcess, said: string, lines: number): Promise<string[]> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection(join(keeper.runtimeDir, 'keeper.sock'));
    let heard = '';
    const end = () => {
      socket.destroy();
      resolve(heard.split('\n').filter((line) => line !== ''));
    };
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.split('\n').length > lines) end();
    });
    socket.on('error', () => {});
    socket.on('close', end);
    socket.write(said);
  });
}

describe('the socket', () => {
  it('closes on what is no request, and others do not notice', async () => {
    await using keeper = await KeeperProcess.start();
    const client = await keeper.connect();
    const broken = [
      'x\n',
      '[]\n',
      '{"id":1}\n',
      '{"id":1,"op":"none"}\n',
      '{"id":-1,"op":"list"}\n',
    ];
    broken.push('{"id":1,"op":"start"}\n', '{"id":1,"op":"start","name":7}\n', '\n', '\0\n');
    broken.push(`{"id":1,"op":"start","name":"${'x'.repeat(5000)}"}\n`, 'x'.repeat(100_000));
    for (const said of broken) expect(await talk(keeper, said, 1)).toEqual([]);
    expect(await client.list()).toHaveLength(3);
  });

  it('answers every request of one write, in its order', async () => {
    await using keeper = await KeeperProcess.start();
    const said = [1, 2, 3].map((id) => `{"id":${id},"op":"list"}\n`).join('');
    const answers = (await talk(keeper, said, 3)).map((line) => JSON.parse(line));
    expect(answers.map(({ id, ok }) => [id, ok])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
  });

  it('drops who asks and does not read', async () => {
    await using keeper = await KeeperProcess.start();
    const socket = createConnection(join(keeper.runtimeDir, 'keeper.sock'));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.pause();
    const requests = Buffer.from('{"id":1,"op":"list"}\n'.repeat(1000));
    const write = (): void => {
      while (!socket.destroyed && socket.write(requests));
    };
    socket.on('drain', write);
    write();
    await closed;
    expect(await (await keeper.connect()).list()).toHaveLength(3);
  });

  it('takes a limited number of connections', async () => {
    await using keeper = await KeeperProcess.start();
    const path = join(keeper.runtimeDir, 'keeper.sock');
    const open = await Promise.all(
      Array.from(
        { length: 64 },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = createConnection(path, () => resolve(socket));
          }),
      ),
    );
    // Each has been accepted when it has been answered.
    await Promise.all(
      open.map(
        (socket) =>
          new Promise((resolve) => {
            socket.once('data', resolve);
            socket.write('{"id":1,"op":"list"}\n');
          }),
      ),
    );
    expect(await talk(keeper, '{"id":1,"op":"list"}\n', 1)).toEqual([]);
    for (const socket of open) socket.destroy();
  });

  it('answers the user who owns it and refuses another one', async () => {
    await using keeper = await KeeperProcess.start();
    // The directory and the socket already keep others out; here they do not.
    chmodSync(keeper.runtimeDir, 0o755);
    chmodSync(join(keeper.runtimeDir, 'keeper.sock'), 0o666);
    const ask = `const s = require('node:net').createConnection(process.argv[1]);
      s.on('error', () => {}); s.on('data', () => { console.log('answered'); s.destroy(); });
      s.on('close', () => console.log('closed')); s.write('{"id":1,"op":"list"}\\n');`;
    const node = [process.execPath, '-e', ask, join(keeper.runtimeDir, 'keeper.sock')];
    const answer = async (words: readonly string[]): Promise<string> => {
      const [file = '', ...args] = words;
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      for await (const chunk of child.stdout) text += chunk;
      return text;
    };
    expect(await answer(node)).toBe('answered\nclosed\n');
    // Only root can become somebody else.
    const stranger = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const root = process.getuid?.() === 0;
    expect(await answer(root ? [...stranger, ...node] : node)).toBe(
      root ? 'closed\n' : 'answered\nclosed\n',
    );
  });
});
