/**
 * What a qube cannot reach: dom0's network, sockets by name and without one,
 * processes, terminals, and another qube.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { native } from '../../src/native/addon.ts';
import { inside, insidePerl, together } from './inside.ts';

const folder = mkdtempSync(join(tmpdir(), 'livery-reach-'));
const abstractName = `/tmp/.X11-unix/X${process.pid}`;
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  port = address.port;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Perl that connects to the server of this file and says how it went. */
function connectTo(host: string): string {
  return `use Socket;
    socket(my $s, PF_INET, SOCK_STREAM, 0) or print "no socket $!\\n";
    print connect($s, sockaddr_in(${port}, inet_aton("${host}"))) ? "open\\n" : "closed $!\\n";`;
}

/** Perl that connects to a unix socket; a name that begins with @ is abstract. */
function connectUnix(name: string): string {
  return `use Socket; my $name = '${name}'; $name =~ s/^@/\\0/;
    socket(my $s, PF_UNIX, SOCK_STREAM, 0) or print "no socket $!\\n";
    print connect($s, pack_sockaddr_un($name)) ? "open\\n" : "closed\\n";`;
}

function outside(code: string): string {
  return execFileSync('/usr/bin/perl', ['-e', code], { encoding: 'utf8' });
}

describe('network', () => {
  it('has the loopback interface alone', async () => {
    const { output } = await inside('cat /proc/net/dev');
    const interfaces = [...output.matchAll(/^\s*([\w.]+):/gm)].map(([, name]) => name);
    expect(interfaces).toEqual(['lo']);
  });

  it('does not reach a server of dom0 on its loopback', async () => {
    expect(outside(connectTo('127.0.0.1'))).toBe('open\n');
    expect((await insidePerl(connectTo('127.0.0.1'))).output).toMatch(/^closed/);
  });

  it('does not see the abstract sockets of dom0, where X servers listen', async () => {
    using listener = native().listenUnix(`\0${abstractName}`);
    expect(listener.fd.number).toBeGreaterThan(2);
    expect(outside(connectUnix(`@${abstractName}`))).toBe('open\n');
    expect((await insidePerl(connectUnix(`@${abstractName}`))).output).toBe('closed\n');
    expect((await inside('cat /proc/net/unix')).output).not.toContain(abstractName);
  });

  it('does not see the sockets of dom0 that have a name', async () => {
    const path = join(folder, 'x.sock');
    using listener = native().listenUnix(path);
    expect(listener.fd.number).toBeGreaterThan(2);
    expect(outside(connectUnix(path))).toBe('open\n');
    expect((await insidePerl(connectUnix(path))).output).toBe('closed\n');
  });

  it('gets a stack of its own or none, and never the host network, when it is to have one', async () => {
    const started = await insidePerl(
      `${connectTo('127.0.0.1')}
      open(my $f, "<", "/proc/net/dev"); print grep { /:/ } <$f>;`,
      { network: true },
    ).catch((error: unknown) => error);
    if (started instanceof UserError) {
      expect(started.code).toBe('NO_NETWORK_STACK');
      expect(started.hint).toBe('apt-get install slirp4netns');
      return;
    }
    // What the host may still lack for it (a tun device) is said, and nothing was run.
    const { output, reason } = started as { output: string; reason: string };
    if (reason.startsWith('it got no network')) {
      expect(output).toBe('');
      return;
    }
    expect(output).toMatch(/^closed/);
    const interfaces = [...output.matchAll(/^\s*([\w.]+):/gm)].map(([, name]) => name);
    expect(interfaces.sort()).toEqual(['lo', 'tap0']);
  });
});

describe('processes', () => {
  it('sees its own processes alone', async () => {
    const { output } = await inside('echo $$; ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm');
    const [self, count, first] = output.trim().split('\n');
    expect(Number(self)).toBeLessThan(10);
    // bubblewrap, the shell, ls, wc.
    expect(Number(count)).toBeLessThanOrEqual(4);
    expect(first).toBe('bwrap');
  });

  it('cannot signal a process of dom0', async () => {
    const { output } = await insidePerl(`print kill(0, ${process.pid}), " ", $! + 0, "\\n";`);
    expect(output).toBe('0 3\n');
  });

  it('sees nothing of another qube: no process, no socket, no shared memory', async () => {
    const leave = `n=$(hostname); i=$(echo $n | tr -d qube)
      sleep 9\${i}000 & echo x >/dev/shm/$n; ipcmk -M 9\${i}000`;
    // Their standard input ends when both have left what they have to leave.
    const look = 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo; ls /dev/shm; ipcs -m';
    const [one, two] = await together(`${leave}; echo ready >&6; read -r _; ${look}`);
    for (const [own, other, seen] of [
      [1, 2, one?.output],
      [2, 1, two?.output],
    ] as const) {
      expect(seen).toContain(`sleep 9${own}000 `);
      expect(seen).not.toContain(`sleep 9${other}000 `);
      expect(seen).toMatch(new RegExp(`^qube${own}$`, 'm'));
      expect(seen).not.toMatch(new RegExp(`^qube${other}$`, 'm'));
      expect(seen).toMatch(new RegExp(` 9${own}000 `));
      expect(seen).not.toMatch(new RegExp(` 9${other}000 `));
    }
  });

  it('has no terminal and is in a session of its own', async () => {
    const { lines } = await inside('cat /proc/self/stat; true <>/dev/tty && echo terminal');
    const [, , , , , session, terminal] = (lines[0] ?? '').replace(/\(.*\)/, 'x').split(' ');
    // A session whose leader is outside of the pid namespace reads as 0.
    expect(Number(session)).toBeGreaterThan(0);
    expect(terminal).toBe('0');
    expect(lines).not.toContain('terminal');
  });

  it('does not read of the paths of dom0 in the arguments of its first process', async () => {
    const { output } = await inside('tr "\\0" "\\n" </proc/1/cmdline');
    expect(output).toContain('bwrap');
    expect(output).not.toContain(process.cwd());
    expect(output).not.toContain('bind');
  });
});

describe('runtime directory', () => {
  it('does not see the directories of other qubes, nor its own from dom0 side', async () => {
    const runtime = join(folder, 'run/qubes/vault');
    mkdirSync(runtime, { recursive: true });
    const { lines } = await inside(
      `ls -d ${folder} ${runtime} 2>/dev/null; find / -xdev -name "*.sock" 2>/dev/null`,
    );
    expect(lines).toEqual([]);
  });
});
