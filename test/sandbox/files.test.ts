/**
 * What of dom0's files a qube sees: the programs, and settings that are the same
 * for everybody. What it can write to is its own and goes when it goes.
 */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HOST_ETC } from '../../src/keeper/sandbox/etc.ts';
import { inside } from './inside.ts';

const folder = mkdtempSync(join(tmpdir(), 'livery-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('files', () => {
  it('has a root of few names, and no /sys', async () => {
    const { lines } = await inside('ls -A /');
    const links = ['bin', 'lib', 'lib32', 'lib64', 'libx32', 'sbin'];
    const names = lines.filter((name) => !links.includes(name));
    expect(names).toEqual(['dev', 'etc', 'home', 'opt', 'proc', 'run', 'tmp', 'usr', 'var']);
    expect(existsSync('/sys/kernel')).toBe(true);
  });

  it('sees of /etc what is listed or made for it, and nothing else', async () => {
    const { lines } = await inside('ls -A /etc');
    const made = ['passwd', 'group', 'nsswitch.conf', 'hostname', 'hosts', 'machine-id'];
    const known = new Set([...made, ...HOST_ETC.map((name) => name.split('/')[0])]);
    expect(lines.filter((name) => !known.has(name))).toEqual([]);
    expect(lines).toEqual(expect.arrayContaining([...made, 'fonts', 'ld.so.cache']));
    expect(lines).not.toContain('shadow');
    expect(readdirSync('/etc')).toContain('shadow');
  });

  it('has a machine id of its own', async () => {
    const { output } = await inside('cat /etc/machine-id');
    expect(output).toMatch(/^[0-9a-f]{32}\n$/);
    const ours = existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8') : '';
    expect(output).not.toBe(ours);
  });

  it('sees no home, no temporary file and no service of dom0', async () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'of dom0', { mode: 0o644 });
    const places = [secret, folder, '/root', '/boot', '/srv', '/var/lib', '/var/log', '/run/dbus'];
    if (homedir() !== '/home/user') places.push(homedir());
    const { lines } = await inside(
      `for f in ${places.join(' ')}; do [ -e "$f" ] && echo "$f"; done`,
    );
    expect(lines).toEqual([]);
    expect(existsSync(secret)).toBe(true);
    const found = await inside('cd /; ls -d home/* tmp/* run/* run/user/* dev/shm/* 2>/dev/null');
    expect(found.lines).toEqual(['home/user', 'run/user']);
  });

  it('cannot write outside of its home, /tmp, /run and /dev/shm', async () => {
    const closed = ['/', '/usr', '/usr/bin', '/etc', '/etc/fonts', '/opt', '/opt/livery'];
    closed.push('/opt/livery/dist', '/dev', '/var', '/home', '/proc');
    const open = ['/home/user', '/tmp', '/var/tmp', '/run', '/run/user', '/dev/shm'];
    const script = `for d in ${[...closed, ...open].join(' ')}; do
      if true 2>/dev/null >"$d/probe"; then echo "$d"; fi
    done`;
    const { lines } = await inside(script);
    expect(lines).toEqual(open);
  });

  it('cannot change what it was shown: no file of it can be opened for writing', async () => {
    const files = [
      '/usr/bin/env',
      '/etc/passwd',
      '/opt/livery/bin/node',
      '/opt/livery/package.json',
    ];
    const script = `for f in ${files.join(' ')}; do [ -e "$f" ] || echo "no $f"; if true 2>/dev/null >>"$f"; then echo "$f"; fi; done`;
    expect((await inside(script)).lines).toEqual([]);
  });

  it('has every mount of dom0 read-only, whoever its files belong to', async () => {
    const { lines } = await inside('cut -d" " -f5,6 /proc/self/mountinfo');
    const own = ['/proc', '/dev/pts', '/dev/shm', '/tmp', '/run', '/home/user'];
    const devices = ['full', 'null', 'random', 'tty', 'urandom', 'zero'].map(
      (name) => `/dev/${name}`,
    );
    const writable = lines.filter((line) => !/ ro,/.test(line)).map((line) => line.split(' ')[0]);
    expect(writable.filter((path) => !own.includes(path ?? ''))).toEqual(
      writable.filter((path) => devices.includes(path ?? '')),
    );
    const shown = lines.filter((line) => / ro,/.test(line)).map((line) => line.split(' ')[0]);
    expect(shown).toEqual(expect.arrayContaining(['/', '/usr', '/dev', '/etc/fonts']));
    expect(shown).toContain('/opt/livery/bin/node');
  });

  it('has a /tmp as programs expect it, and others may make sockets there', async () => {
    const { lines } = await inside(
      'stat -c %a /tmp /run/user /home/user; mkdir /tmp/.X11-unix && echo made',
    );
    expect(lines).toEqual(['1777', '700', '700', 'made']);
  });

  it('forgets a disposable home', async () => {
    await inside('echo mine >/home/user/file');
    const { output } = await inside('ls -A /home/user');
    expect(output).toBe('');
  });

  it('keeps a home that has a place, for this qube alone', async () => {
    const home = join(folder, 'home-of-work');
    const first = await inside('echo mine >/home/user/file; cat /etc/machine-id', { home });
    const second = await inside('cat /home/user/file; cat /etc/machine-id', { home });
    expect(second.output).toBe(`mine\n${first.output}`);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    const other = await inside('ls -A /home/user; cat /etc/machine-id', { name: 'other', id: 2 });
    expect(other.lines).toHaveLength(1);
    expect(other.output).not.toBe(first.output);
  });

  it('has few devices', async () => {
    const { output } = await inside('ls -l /dev');
    const devices = [...output.matchAll(/^[bc].* (\w+)$/gm)].map(([, name]) => name);
    expect(devices).toEqual(['full', 'null', 'random', 'tty', 'urandom', 'zero']);
  });
});
