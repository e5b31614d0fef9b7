/** What a worker of the renderer cannot do: tried from inside, and seen from outside. */
import { execFile } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { childrenOf, drawing, startRenderer } from './renderer-rig.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/confined.mjs', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'livery-confined-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the fixture with a file to read, one to write and a socket that listens. */
async function tried(env: Record<string, string>): Promise<Record<string, unknown>> {
  const readable = join(directory, 'readable');
  const writable = join(directory, 'writable');
  const socket = join(directory, 'socket');
  writeFileSync(readable, 'text');
  rmSync(`${readable}.new`, { force: true });
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const said = await new Promise<string>((resolve, reject) => {
      const args = ['--jitless', '--no-expose-wasm', FIXTURE, readable, writable, socket];
      execFile(process.execPath, args, { env: { ...process.env, ...env } }, (error, out) => {
        if (error) reject(error);
        else resolve(out);
      });
    });
    return JSON.parse(said) as Record<string, unknown>;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('from inside, a worker', () => {
  it('can do nothing but draw', async () => {
    const { drawn, landlock, 'open to read': read, ...codes } = await tried({});
    // Fonts are opened again while it draws; a person's files are not there where the kernel can hide them.
    expect(read).toBe(landlock ? 'EACCES' : 'done');
    delete codes['list a directory'];
    expect(Object.keys(codes).length).toBeGreaterThan(12);
    expect(Object.entries(codes).filter(([, code]) => code !== 'EPERM')).toEqual([]);
    expect(drawn).toBe('336699');
  });

  it('could do nearly all of that before, so the attempts are real', async () => {
    const { drawn, ...codes } = await tried({ FREE: '1' });
    const notDone = Object.entries(codes).filter(([, code]) => code !== 'done');
    // Nobody listens at that port.
    expect(notDone).toEqual([['connect by TCP', 'ECONNREFUSED']]);
    expect(drawn).toBe('336699');
  });
});

describe('from outside, every worker', () => {
  it('is confined in all of its threads, and has nothing of where it was started', async () => {
    await using renderer = await startRenderer();
    (await renderer.client.render(drawing('warm')))[Symbol.dispose]();
    renderer.client.arm();
    // The secret is drawn by the one that waits; by then it is warm.
    const [worker] = renderer.workers('permanent') as [number];
    for (const task of readdirSync(`/proc/${worker}/task`)) {
      const status = readFileSync(`/proc/${worker}/task/${task}/status`, 'utf8');
      expect(status).toMatch(/^Seccomp:\s+2$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    }
    const environment = readFileSync(`/proc/${worker}/environ`, 'utf8').split('\0').sort();
    expect(environment.filter((entry) => entry !== '').map((entry) => entry.split('=')[0])).toEqual(
      expect.not.arrayContaining([
        'DISPLAY',
        'XAUTHORITY',
        'HOME',
        'PATH',
        'DBUS_SESSION_BUS_ADDRESS',
      ]),
    );
    expect(environment).toContain('LANG=C.UTF-8');
  });

  it('holds its stream and no other socket, file or memory', async () => {
    await using renderer = await startRenderer();
    const picture = await renderer.client.render(drawing('warm'));
    picture[Symbol.dispose]();
    for (const pid of [renderer.pid, ...childrenOf(renderer.pid)]) {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) =>
        readlinkSync(`/proc/${pid}/fd/${fd}`),
      );
      const sockets = open.filter((target) => target.startsWith('socket:'));
      // The supervisor inherits this process's standard error, which may be a socket.
      expect(sockets.length).toBeLessThanOrEqual(pid === renderer.pid ? 2 : 1);
      if (pid === renderer.pid) continue;
      const files = open.filter((target) => target.startsWith('/') && target !== '/dev/null');
      expect(files).toEqual([]);
    }
  });

  it('has no memory that is writable and executable, no core dump, and small limits', async () => {
    await using renderer = await startRenderer();
    (await renderer.client.render(drawing('warm')))[Symbol.dispose]();
    const [worker] = renderer.workers('permanent') as [number];
    const maps = readFileSync(`/proc/${worker}/maps`, 'utf8').trimEnd().split('\n');
    const executable = maps.filter((line) => /^\S+ ..x/.test(line));
    expect(executable.filter((line) => /^\S+ .wx/.test(line))).toEqual([]);
    // All that runs is the text of a file: no code was made.
    expect(executable.filter((line) => !/\s(\/|\[vdso\]|\[vsyscall\])/.test(line))).toEqual([]);
    const limits = readFileSync(`/proc/${worker}/limits`, 'utf8');
    expect(limits).toMatch(/^Max core file size\s+0\s+0\s/m);
    expect(limits).toMatch(/^Max open files\s+64\s+64\s/m);
    expect(limits).toMatch(/^Max file size\s+67108864\s+67108864\s/m);
  });
});
