/**
 * Icons by qrexec for a qube that `livery-guid` shows, and its tray icons in a
 * real notification area.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { getCardinals } from '../../../src/x11/properties.ts';
import { IconCall, iconRecord } from '../../rig/icon-call.ts';
import { waitUntil } from '../../rig/rig.ts';
import { create, map } from '../session/stage.ts';
import { GuidStage } from './guid-stage.ts';

const W = 0x40_0007 as VmWindowId;
const LABEL = 0x3465a4;

let stage: GuidStage | undefined;
let tray: ChildProcess | undefined;

afterEach(async () => {
  if (tray && tray.exitCode === null && tray.signalCode === null) {
    const gone = once(tray, 'exit');
    tray.kill('SIGKILL');
    await gone;
  }
  tray = undefined;
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
});

it('an icon of an unmodified agent is on the frame, in the hue of the label', async () => {
  stage = await GuidStage.open();
  const { x } = stage.screen;
  await stage.serve();
  stage.agent.send(create(W, { x: 100, y: 100, width: 60, height: 40 }), map(W));
  const { window } = await stage.shown(W);
  await using call = new IconCall(stage.runtimeDir, [], { QREXEC_REMOTE_DOMAIN: 'work' });
  call.write(iconRecord(W, 1, 1, Buffer.from([255, 0, 0, 255])));
  const { _NET_WM_ICON: atom } = await x.intern(['_NET_WM_ICON']);
  const [, , word = 0] = await waitUntil(async () => {
    const words = await getCardinals(x, window, atom, 0, 3000);
    return words[0] === 1 ? words : undefined;
  }, 'the icon');
  const [red, green, blue] = [(word >> 16) & 255, (word >> 8) & 255, word & 255];
  expect(blue).toBeGreaterThan(green as number);
  expect(green).toBeGreaterThan(red as number);
  expect((await call.end().over()).status).toBe(0);
});

it('nobody takes icons of a qube of another name', async () => {
  stage = await GuidStage.open();
  await stage.serve();
  await using call = new IconCall(stage.runtimeDir, [], { QREXEC_REMOTE_DOMAIN: 'play' });
  call.write(iconRecord(W, 1, 1, Buffer.alloc(4)));
  stage.agent.send(create(W, { x: 100, y: 100, width: 60, height: 40 }), map(W));
  await stage.shown(W);
  expect(stage.agent.connected).toBe(true);
});

it('a docked window is in the tray with its frame; the qube hears MAP and its place', async () => {
  stage = await GuidStage.open();
  tray = spawn(
    'trayer',
    ['--edge', 'top', '--align', 'left', '--heighttype', 'pixel'].concat('--height', '32'),
    {
      env: { ...process.env, ...stage.screen.env },
      stdio: 'ignore',
    },
  );
  await stage.serve();
  stage.paint([1], () => 0xffffff);
  stage.agent.send(create(W, { x: 0, y: 0, width: 32, height: 32 }), { name: 'dock', window: W });
  stage.agent.send(
    { name: 'dump', window: W, width: 32, height: 32, refs: Uint32Array.of(1) },
    { name: 'unmap', window: W },
    map(W),
  );
  await stage.agent.hear('map');
  const [place] = await stage.agent.hear('configure');
  expect(place).toMatchObject({ window: W });
  const {
    x: left,
    y: top,
    width,
    height,
  } = stage.agent.heard('configure').at(-1) as {
    x: number;
    y: number;
    width: number;
    height: number;
  };
  expect(Math.max(width, height)).toBeLessThanOrEqual(32);
  await stage.pixel(left + 2, top + 2, 0xffffff);
  const picture = await stage.screen.grab();
  const isLabel = (color: number): boolean => color === LABEL;
  for (const side of [
    { x: left - 2, y: top, width: 2, height },
    { x: left + width, y: top, width: 2, height },
    { x: left, y: top - 2, width, height: 2 },
    { x: left, y: top + height, width, height: 2 },
  ]) {
    expect(picture.count(side, isLabel)).toBeGreaterThan(0.6 * side.width * side.height);
  }
});
