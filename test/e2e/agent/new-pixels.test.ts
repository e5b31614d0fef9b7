/**
 * A window that has got new pixels and is as large as before: the X server gave it
 * another pixmap in between, and what is drawn from then on is in that one only.
 */
import { expect, test } from 'vitest';
import { ATOM, setBytes } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import { onStage } from './stage.ts';

const HEIGHT = 90;
const RED = [0xcc0000, [20, 30, 40, 50]] as const;

test('resized and back while its dump is not acknowledged', () =>
  onStage(
    async ({ rig, daemon, program }) => {
      const { X } = program.x;
      const window = program.window({ height: HEIGHT });
      await daemon.expect('shmImage', (one) => one.window === window);
      X.ConfigureWindow(window, { height: HEIGHT + 4 });
      X.ConfigureWindow(window, { height: HEIGHT });
      program.fill(window, ...RED);
      await daemon.expect('configure', (one) => one.window === window && one.height === HEIGHT);
      expect(daemon.all('dump', window)).toHaveLength(1);
      daemon.send({ name: 'dumpAck', window });
      await rig.samePixels(daemon, window);
    },
    { daemon: { acknowledge: false } },
  ));

test('resized and back before the agent looks', () =>
  onStage(async ({ rig, daemon, program }) => {
    const { x } = program;
    const window = program.window({ height: HEIGHT });
    await daemon.expect('shmImage', (one) => one.window === window);
    await rig.samePixels(daemon, window);
    // The agent asks for the title first: both sizes are known when it is told.
    x.X.GrabServer();
    setBytes(x, window, ATOM.WM_NAME, Buffer.from('resized', 'latin1'));
    x.X.ConfigureWindow(window, { height: HEIGHT + 4 });
    x.X.ConfigureWindow(window, { height: HEIGHT });
    x.X.UngrabServer();
    program.fill(window, ...RED);
    await daemon.expect('title', (one) => one.window === window);
    await rig.samePixels(daemon, window);
  }));

test('given a border, which the agent takes away', () =>
  onStage(async ({ rig, daemon, program }) => {
    const { x } = program;
    const window = program.window({ height: HEIGHT });
    await daemon.expect('shmImage', (one) => one.window === window);
    await rig.samePixels(daemon, window);
    x.X.ConfigureWindow(window, { borderWidth: 3 });
    x.flush();
    await waitUntil(
      () => program.of('ConfigureNotify').at(-1)?.borderWidth === 0,
      'the agent takes the border away',
    );
    program.fill(window, ...RED);
    await rig.samePixels(daemon, window);
    expect(daemon.all('configure', window)).toEqual([]);
  }));
