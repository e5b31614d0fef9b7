/**
 * However a demo ends, nothing of it stays: no process, mount, socket, file or
 * shared memory. Real signals, at every stage of its start.
 */
import { describe, expect, it } from 'vitest';
import { eventually } from '../../rig/eventually.ts';
import { DemoRun } from './demo-run.ts';

/** What the demo says at the moments at which it is ended. */
const MOMENTS = [
  'starting an X screen',
  'starting the keeper',
  'starting the daemon',
  'starting the qubes',
  '0 of 6 windows',
  'Ctrl-C ends the demo',
] as const;
const LAST = MOMENTS[5];

async function nothingLeft(demo: DemoRun): Promise<void> {
  await eventually(() => demo.leftovers().length === 0 || undefined, 'nothing is left').catch(
    () => {},
  );
  expect(demo.leftovers()).toEqual([]);
}

/** What would be noticed if it stayed. */
function expectNoticed(there: string): void {
  expect(there).toMatch(/^process \d+: .*Xvfb :\d+ -auth/m);
  expect(there).toMatch(/^process \d+: .*bwrap/m);
  expect(there).toMatch(/^process \d+: xterm .*-title vault/m);
  expect(there).toMatch(/^process \d+: .*livery\.js daemon/m);
  expect(there).toMatch(/^file .*livery-demo-/m);
  expect(there).toMatch(/^socket .*X11-unix/m);
}

describe.each(MOMENTS)('a demo that is ended at "%s"', (moment) => {
  it('leaves nothing behind after SIGKILL', async () => {
    using demo = new DemoRun(['--own-screen']);
    await demo.said(moment);
    if (moment === LAST) expectNoticed(demo.leftovers().join('\n'));
    demo.child.kill('SIGKILL');
    expect(await demo.exited).toBe('SIGKILL');
    await nothingLeft(demo);
  });

  it('leaves nothing behind after Ctrl-C, and is done when it ends', async () => {
    using demo = new DemoRun(['--own-screen']);
    await demo.said(moment);
    demo.child.kill('SIGINT');
    expect(await demo.closed).toBe(130);
    expect(demo.leftovers()).toEqual([]);
    expect(demo.err).not.toContain('livery: ');
  });
});

describe('a demo that runs', () => {
  it.each(['daemon', 'keeper', 'stage'])(
    'ends with a word and leaves nothing behind when its %s is killed',
    async (part) => {
      using demo = new DemoRun(['--own-screen']);
      await demo.said(LAST);
      const line = demo.leftovers().find((one) => one.includes(`livery.js ${part} `)) ?? '';
      process.kill(Number(/^process (\d+)/.exec(line)?.[1]), 'SIGKILL');
      expect(await demo.exited).toBe(1);
      expect(demo.err).toMatch(/^livery: .*SIGKILL/m);
      await nothingLeft(demo);
    },
  );

  it('goes with an npm that is killed', async () => {
    using demo = new DemoRun(['--own-screen'], {
      env: { npm_lifecycle_event: 'demo' },
      between: true,
    });
    await demo.said(LAST);
    demo.child.kill('SIGKILL');
    await nothingLeft(demo);
  });
});
