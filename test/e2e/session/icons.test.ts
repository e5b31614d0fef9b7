/**
 * Icons that our agent sends over the service channel, on the frames of the
 * real daemon; and the directory of sockets for those of other agents.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { getCardinals } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import { answerAll, DaemonStage, showWindow } from './daemon-stage.ts';
import { W } from './stage.ts';

let stage: DaemonStage;

beforeEach(async () => {
  stage = await DaemonStage.open();
});

afterEach(() => stage[Symbol.asyncDispose]());

async function icon(): Promise<number[]> {
  const { x } = stage.screen;
  const { _NET_WM_ICON: atom } = await x.intern(['_NET_WM_ICON']);
  const [window] = await stage.windows();
  return window ? getCardinals(x, window.window, atom, 0, 100_000) : [];
}

it('an ICON_RECORD is tinted and shown; until then the label has an icon of its own', async () => {
  await stage.start();
  await stage.keeper.start('untrusted', { version: { major: 1, minor: 8 } });
  const qube = stage.keeper.qube('untrusted');
  answerAll(qube);
  await showWindow(qube, { x: 50, y: 50 }, 0x123456);
  await stage.shown(1);
  const plain = await icon();
  expect(plain.slice(0, 2)).toEqual([48, 48]);
  expect(plain).toContain(0xffcc0000);
  await waitUntil(() => qube.service.connected, 'the service channel');
  // Green on the wire, red on the frame.
  const pixels = Uint8Array.of(0, 255, 0, 255);
  qube.service.say({ name: 'iconRecord', window: W, width: 1, height: 1, pixels });
  await waitUntil(async () => (await icon()).join() === [1, 1, 0xffff0000].join(), 'the icon');
});

it('the sockets for icon streams are ours alone and go with the qube', async () => {
  await stage.start();
  const path = join(stage.runtimeDir, 'icons', 'work.sock');
  expect(existsSync(path)).toBe(false);
  await stage.keeper.start('work', { version: { major: 1, minor: 8 } });
  await waitUntil(() => existsSync(path), 'the socket');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(stage.runtimeDir, 'icons')).mode & 0o777).toBe(0o700);
  await stage.keeper.stop('work');
  await waitUntil(() => !existsSync(path), 'it is gone');
});
