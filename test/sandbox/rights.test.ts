/**
 * The processes of a qube have no rights: no capabilities, no way to get any,
 * and outside they are nobody.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DomainId } from '../../src/base/ids.ts';
import { identityOf } from '../../src/keeper/sandbox/identity.ts';
import { inside, insidePerl, together } from './inside.ts';

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1];
}

describe('rights', () => {
  it('has no capability of any kind', async () => {
    const { output } = await inside('cat /proc/self/status');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(field(output, set)).toBe('0000000000000000');
    }
  });

  it('can gain none: no_new_privs is set and no mount honours set-user-id', async () => {
    const { output } = await inside('cat /proc/self/status; echo; cat /proc/self/mountinfo');
    expect(field(output, 'NoNewPrivs')).toBe('1');
    const mounts = output.split('\n').filter((line) => /^\d+ \d+ \d+:\d+ /.test(line));
    expect(mounts.length).toBeGreaterThan(10);
    for (const mount of mounts) expect(mount).toMatch(/ (ro|rw),nosuid/);
  });

  it('is an ordinary user with no groups of dom0', async () => {
    const { output } = await inside('id -u; id -g; id -un; cat /etc/passwd');
    const [uid, gid, name, ...passwd] = output.trim().split('\n');
    expect([uid, gid, name]).toEqual(['1000', '1000', 'user']);
    expect(passwd.map((line) => line.split(':')[0])).toEqual(['user', 'nobody']);
  });

  it('is nobody to dom0: a user id of its own when the keeper is root, its own user else', async () => {
    const seen: string[] = [];
    await together('echo ready >&6; read -r _', async (sandboxes) => {
      for (const { pid } of sandboxes) {
        seen.push(readFileSync(`/proc/${pid}/status`, 'utf8'));
      }
    });
    const expected = [1, 2].map((id) => identityOf(id as DomainId));
    const uids = seen.map((status) => field(status, 'Uid')?.split('\t').map(Number));
    const wanted = expected.map(({ uid }) => [uid, uid, uid, uid]);
    expect(uids).toHaveLength(2);
    expect(uids).toEqual(expect.arrayContaining(wanted));
    if (process.getuid?.() === 0 && expected[0]?.separate) {
      expect(new Set(expected.map(({ uid }) => uid)).size).toBe(2);
      expect(expected.every(({ uid }) => uid > 65_535)).toBe(true);
      for (const status of seen) expect(field(status, 'Groups')?.trim()).toBe('');
    }
  });

  it('cannot use a set-user-id program: su stays an ordinary user', async () => {
    const su = '/usr/bin/su';
    // The counter-check: on the host it is one.
    expect(statSync(su).mode & 0o4000).toBe(0o4000);
    const { output } = await insidePerl(`
      my $pid = fork;
      if ($pid == 0) { open(STDIN, "<", "/dev/null"); exec "${su}", "-c", "id -u", "root" }
      waitpid $pid, 0;
      print "code ", $? >> 8, "\\n";`);
    expect(output).not.toMatch(/^0$/m);
    expect(output).toMatch(/code [1-9]/);
  });

  it('runs node from a place of its own, whatever its path in dom0', async () => {
    const { output } = await inside('/opt/livery/bin/node -p process.version');
    expect(output.trim()).toBe(process.version);
    expect(readlinkSync('/proc/self/exe')).not.toMatch(/^\/opt\/livery/);
  });
});
