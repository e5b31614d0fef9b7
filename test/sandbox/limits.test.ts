/**
 * What a qube can use up: its own processes, files and memory file systems.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inside, insidePerl, together } from './inside.ts';

describe('limits', () => {
  it('are set hard, so that they cannot be raised', async () => {
    const { output } = await inside(
      'cat /proc/self/limits; ulimit -n 99999 2>/dev/null || echo kept',
    );
    expect(output).toMatch(/^Max core file size\s+0\s+0\s/m);
    expect(output).toMatch(/^Max open files\s+16384\s+16384\s/m);
    expect(output).toMatch(/^Max processes\s+4096\s+4096\s/m);
    expect(output).toContain('kept');
  });

  it('stop a fork bomb, and another qube goes on', async () => {
    const bomb = `my $made = 0;
      while (1) {
        my $pid = fork;
        if (!defined $pid) { print "$made ", $! + 0, "\\n"; last }
        if ($pid == 0) { sleep 600; exit }
        $made++;
        last if $made > 5000;
      }`;
    const [bombed, other] = await Promise.all([
      insidePerl(bomb),
      inside('for i in 1 2 3 4 5; do /bin/true || echo failed; done; echo fine', {
        id: 2,
        name: 'other',
      }),
    ]);
    const [made, errno] = bombed.output.trim().split(' ').map(Number);
    expect(made).toBeLessThan(4096);
    expect(made).toBeGreaterThan(3000);
    expect(errno).toBe(11);
    expect(other.output).toBe('fine\n');
  });

  it('bound the memory that files take: a full /run says so and takes nothing else', async () => {
    const { output } = await inside(
      'head -c 80000000 /dev/zero >/run/fill || echo full; stat -c %s /run/fill; df --output=size -B1M /tmp /home/user /dev/shm /run | tail -n +2',
    );
    const lines = output.trim().split('\n');
    expect(lines.at(-6)).toBe('full');
    expect(Number(lines.at(-5))).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(lines.slice(-4).map(Number)).toEqual([2048, 4096, 1024, 64]);
  });

  it('offer a qube to the kernel before dom0 when memory runs out', async () => {
    const { output } = await inside('cat /proc/self/oom_score_adj');
    const ours = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
    expect(Number(output)).toBeGreaterThan(ours);
  });

  it('leave nothing behind of what was running when a qube is stopped', async () => {
    const pids: number[] = [];
    await together('sleep 600 & sleep 600 & echo ready >&6; wait', async (sandboxes) => {
      for (const { pid } of sandboxes) pids.push(pid ?? 0);
    });
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});
