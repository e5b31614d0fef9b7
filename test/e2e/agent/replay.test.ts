/**
 * Daemons come and go; the qube and its programs do not notice, and each new
 * daemon gets everything again.
 */
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../rig/wait.ts';
import { AgentRig } from './rig.ts';
import { textOf } from './scripted-daemon.ts';
import { checkConversation, onStage } from './stage.ts';

describe('a new daemon', () => {
  test('gets every window with its state and its picture; programs live on', () =>
    onStage(async ({ rig, daemon, program }) => {
      const run = await rig.run('xclock', '-title', 'clock', '-geometry', '120x120+5+5');
      const clock = await daemon.window('clock');
      const hidden = program.window({ title: 'hidden', mapped: false });
      const popup = program.window({ overrideRedirect: true, x: 300, y: 200 });
      await daemon.expect('shmImage', (one) => one.window === popup);
      await daemon.expect('shmImage', (one) => one.window === clock);
      daemon[Symbol.dispose]();
      // Drawn while nobody looks.
      program.fill(popup, 0x998877, [5, 5, 30, 30]);
      await program.x.sync();

      const next = await rig.daemon();
      await next.expect('shmImage', (one) => one.window === popup);
      await next.expect('shmImage', (one) => one.window === clock);
      await rig.samePixels(next, popup);
      await rig.samePixels(next, clock);
      expect(
        next
          .all('create')
          .map((one) => one.window)
          .sort(),
      ).toEqual([clock, hidden, popup].sort());
      expect(next.all('map', hidden)).toEqual([]);
      expect(next.all('title', hidden).map((one) => textOf(one.text))).toEqual(['hidden']);
      expect(next.all('create', popup)[0]).toMatchObject({
        x: 300,
        y: 200,
        overrideRedirect: true,
      });
      const service = await rig.service();
      expect(service.all('programExited').filter((one) => one.runId === run)).toEqual([]);
      checkConversation(rig, next);
    }));

  test('gets windows from the lowest to the highest, all made before any is shown', () =>
    onStage(async ({ rig, daemon, program }) => {
      const windows = [1, 2, 3, 4].map((n) => program.window({ title: `w${n}`, x: 20 * n }));
      const [first, second, third, fourth] = windows as [never, never, never, never];
      await daemon.expect('shmImage', (one) => one.window === fourth);
      // The oldest is the highest now, and a dialog of the youngest.
      program.x.X.ConfigureWindow(first, { stackMode: 0 });
      await program.x.sync();
      daemon[Symbol.dispose]();
      const next = await rig.daemon();
      await next.expect('shmImage', (one) => one.window === first);
      const order = [second, third, fourth, first];
      expect(next.all('create').map((one) => one.window)).toEqual(order);
      expect(next.all('map').map((one) => one.window)).toEqual(order);
      const names = next.messages.map((one) => one.name);
      expect(names.lastIndexOf('create')).toBeLessThan(names.indexOf('map'));
      checkConversation(rig, next);
    }));

  test('every one of twenty daemons that come one after the other sees the same', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ title: 'steady' });
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon[Symbol.dispose]();
      for (let i = 0; i < 20; i++) {
        const next = await rig.daemon();
        program.fill(window, i * 12345, [i, i, 20, 20]);
        await next.expect('shmImage', (one) => one.window === window);
        await rig.samePixels(next, window);
        checkConversation(rig, next);
        next[Symbol.dispose]();
      }
    }));

  test('that goes in the middle of everything leaves nothing behind', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        daemon[Symbol.dispose]();
        for (let i = 0; i < 15; i++) {
          const next = await rig.daemon({ acknowledge: i % 2 === 0 });
          const window = program.window({ title: `t${i}`, width: 300, height: 200 });
          if (i % 3 > 0) await next.expect('create', (one) => one.window === window);
          if (i % 3 > 1) await next.expect('dump', (one) => one.window === window);
          next[Symbol.dispose]();
          program.x.X.DestroyWindow(window);
        }
        await program.x.sync();
        const last = await rig.daemon();
        // The pool holds two such windows: nothing of the fifteen is left in it.
        const a = program.window({ title: 'a', width: 400, height: 300 });
        const b = program.window({ title: 'b', width: 400, height: 300 });
        await last.expect('shmImage', (one) => one.window === a);
        await last.expect('shmImage', (one) => one.window === b);
        await rig.samePixels(last, b);
        checkConversation(rig, last);
      },
      { poolBytes: 1024 * 1024 },
    ));

  test('keys, buttons and focus of the one before are let go', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ title: 'held' });
      await daemon.expect('map', (one) => one.window === window);
      const at = { window, x: 5, y: 5, state: 0 };
      daemon.send({ name: 'focus', window, focused: true, mode: 0, detail: 3 });
      daemon.send({ name: 'motion', ...at });
      daemon.send({ name: 'button', ...at, pressed: true, button: 1 });
      daemon.send({ name: 'key', ...at, pressed: true, keycode: 38 });
      await program.expect('KeyPress');
      daemon[Symbol.dispose]();
      await program.expect('KeyRelease', (event) => event.keycode === 38);
      await program.expect('ButtonRelease', (event) => event.keycode === 1);
      await program.expect('FocusOut');
      const next = await rig.daemon();
      await next.expect('shmImage');
    }));
});

describe('the qube\u2019s X server', () => {
  test('is ended with everything else when it goes', () =>
    onStage(async ({ rig, program }) => {
      const pid = rig.agent.xServerPid;
      const gone = new Promise<void>((resolve) => program.x.onClosed(() => resolve()));
      process.kill(pid as number, 'SIGKILL');
      await gone;
      expect(await rig.agent.ended).toMatch(/X server/);
    }));
});

test('a pool that the X server cannot write is the end, with a reason', async () => {
  await using rig = await AgentRig.start({ poolFile: 'package-lock.json' });
  const daemon = rig.daemon();
  expect(await rig.agent.ended).toMatch(/does not take the pool/);
  await daemon;
});

test('a second connection is closed while a daemon is there', () =>
  onStage(async ({ rig, daemon, program }) => {
    const { ScriptedDaemon } = await import('./scripted-daemon.ts');
    using second = new ScriptedDaemon(rig.guiPath);
    await waitUntil(() => second.ended, 'the second one is closed');
    expect(second.bytes).toEqual([]);
    const window = program.window({});
    await daemon.expect('shmImage', (one) => one.window === window);
  }));
