/**
 * A qube is in namespaces of its own, all of them, and cannot make others.
 */
import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inside, insidePerl, together } from './inside.ts';

const NAMESPACES = ['user', 'pid', 'ipc', 'net', 'mnt', 'uts', 'cgroup'];
const LIST = NAMESPACES.map((name) => `readlink /proc/self/ns/${name}`).join('; ');

describe('namespaces', () => {
  it('shares none with dom0', async () => {
    const { lines } = await inside(LIST);
    const ours = NAMESPACES.map((name) => readlinkSync(`/proc/self/ns/${name}`));
    expect(lines).toHaveLength(NAMESPACES.length);
    for (const [place, link] of lines.entries()) {
      expect(link).toMatch(new RegExp(`^${NAMESPACES[place]}:\\[\\d+\\]$`));
      expect(link).not.toBe(ours[place]);
    }
  });

  it('shares none with another qube', async () => {
    const [one, two] = await together(`${LIST}; echo ready >&6; read -r _`);
    expect(one?.lines).toHaveLength(NAMESPACES.length);
    for (const [place, link] of (one?.lines ?? []).entries()) {
      expect(link).not.toBe(two?.lines[place]);
    }
  });

  it('has its own host name, and not that of dom0', async () => {
    const { output } = await inside('hostname; cat /etc/hostname', { name: 'untrusted' });
    expect(output).toBe('untrusted\nuntrusted\n');
  });

  it('lets nobody inside make a user namespace', async () => {
    // clone(CLONE_NEWUSER | SIGCHLD): the namespace's limit holds also where no filter is loaded.
    const number = process.arch === 'arm64' ? 220 : 56;
    const { output } = await insidePerl(`
      my $pid = syscall(${number}, 0x10000000 | 17, 0, 0, 0, 0);
      if ($pid == 0) { exit 0 }
      print "$pid ", $! + 0, "\\n";`);
    expect(output).toBe('-1 28\n');
  });
});
