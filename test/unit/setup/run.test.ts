/** How programs are run: ended when their time is over, and no process of theirs left behind. */
import { expect, it } from 'vitest';
import { groupMembers } from '../../../scripts/process-group.mjs';
import { run } from '../../../scripts/run.mjs';

it('gives the exit code and what was written to both outputs', async () => {
  const result = await run('sh', ['-c', 'echo one; echo two >&2; exit 7']);
  expect(result.code).toBe(7);
  expect(result.output.split('\n').sort()).toEqual(['', 'one', 'two']);
});

it('counts a signal as a shell does', async () => {
  expect((await run('sh', ['-c', 'kill -SEGV $$'])).code).toBe(139);
});

it('says when there is no such program', async () => {
  const result = await run('no-such-program-here', []);
  expect(result.code).toBe(127);
  expect(result.output).toContain('no-such-program-here');
});

it('ends a program, and what it started, when its time is over', async () => {
  const result = await run('sh', ['-c', 'sleep 600 & echo $$; wait'], { limitSeconds: 0.2 });
  expect(result.late).toBe(true);
  expect(result.code).toBe(143);
  expect(groupMembers(Number(result.output))).toEqual([]);
});

it('finds and kills what a program left behind', async () => {
  const result = await run('sh', ['-c', 'sleep 600 & echo $$']);
  expect(result.code).toBe(0);
  expect(result.left).toEqual([expect.stringMatching(/^sleep \(\d+\)$/)]);
  await expect.poll(() => groupMembers(Number(result.output))).toEqual([]);
});
