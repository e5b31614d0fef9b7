/**
 * Frames of all labels, to the pixel, on screens with and without a window
 * manager.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { BUILTIN_LABELS } from '../../../src/trust/label.ts';
import { writePng } from '../../rig/rig.ts';
import { windowFaults } from './judge.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene | undefined;

afterEach(async () => {
  await scene?.[Symbol.asyncDispose]();
  scene = undefined;
});

describe.each(['none', 'openbox', 'xfwm4'] as const)('frames with window manager: %s', (wm) => {
  test('every label is complete and its content exact', async () => {
    scene = await openScene({ wm });
    const shown = [];
    for (const [at, label] of BUILTIN_LABELS.entries()) {
      const qube = await scene.qube(`q${at}`, label.name);
      const x = 40 + (at % 4) * 300;
      const y = 60 + Math.floor(at / 4) * 340;
      qube.open(at + 1, { x, y, width: 200 + at, height: 150 - at });
      shown.push({ qube, id: at + 1, label });
    }
    const infos = [];
    for (const { qube, id } of shown) infos.push(await scene.shown(qube, id));
    const picture = await scene.screen.grab();
    // For whoever wants to look at them.
    const file = process.env.LIVERY_SHOT;
    if (file) writePng(`${file}-${wm}.png`, picture);
    for (const [at, { label, id, qube }] of shown.entries()) {
      const info = infos[at];
      if (!info) throw new Error('no window');
      expect([label.name, windowFaults(picture, info, label, id)]).toEqual([label.name, []]);
      expect(info.content.width).toBe(200 + at);
      expect(qube.attached.faults).toBe(0);
    }
  });
});
