/** Xephyr: an X server of its own whose whole screen is one window in dom0. */
import { join } from 'node:path';
import { waitUntil } from '../../test/rig/wait.ts';
import { Child } from '../child.ts';
import { Drawer } from '../drawer.ts';
import { DRAW } from '../paths.ts';
import { opened, type Subject, startDom0 } from '../subject.ts';
import { connectable, freeDisplay } from './display.ts';

const SCREEN = '2020x1220';

export function startXephyr(): Promise<Subject> {
  return opened(async (scope) => {
    const { screen, probe, env, part } = await startDom0(scope);
    const display = freeDisplay();
    const words = ['-screen', SCREEN, '-ac', '-noreset', '-nolisten', 'tcp', '-s', '0'];
    const server = scope.own(
      new Child({ name: 'Xephyr', argv: ['Xephyr', display, ...words], env }),
    );
    await waitUntil(() => connectable(display), 'Xephyr is there', { until: server.ended });
    const socket = join(screen.directory, 'draw.sock');
    const client = new Child({
      ...{ name: 'draw', argv: [DRAW, socket] },
      env: { ...env, DISPLAY: display, XAUTHORITY: '' },
    });
    scope.own(client);
    const drawer = scope.own(await Drawer.connect(socket, client.ended));
    return {
      ...{ name: 'Xephyr', probe, drawer },
      parts: [{ role: 'Xephyr', pid: server.pid }, part],
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  });
}
