/**
 * Real programs in the qube's X server, seen from a daemon's side.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentRig } from './rig.ts';
import type { ScriptedDaemon } from './scripted-daemon.ts';
import { checkAgentStream } from './stream-checker.ts';

let rig: AgentRig;
let daemon: ScriptedDaemon;

beforeEach(async () => {
  rig = await AgentRig.start();
  daemon = await rig.daemon();
});

afterEach(async () => {
  const breaches = checkAgentStream(daemon.log, {
    version: daemon.version ?? { major: 1, minor: 8 },
    pages: rig.pages,
    complete: true,
  });
  await rig[Symbol.asyncDispose]();
  expect(breaches).toEqual([]);
});

describe('the windows of real programs', () => {
  test('xclock is announced, shown, and its pixels are the qube\u2019s', async () => {
    await rig.run('xclock', '-geometry', '200x150+30+40', '-title', 'the clock');
    const window = await daemon.window('the clock');
    await daemon.expect('shmImage', (one) => one.window === window);
    await rig.samePixels(daemon, window);
    const { width, height } = await rig.qubePixels(window);
    expect([width, height]).toEqual([200, 150]);
  });
});
