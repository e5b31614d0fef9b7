/** TigerVNC over a unix socket: Xvnc for the program, its viewer in dom0, both with their defaults. */
import { join } from 'node:path';
import { waitUntil } from '../../test/rig/wait.ts';
import { Child } from '../child.ts';
import { Drawer } from '../drawer.ts';
import { DRAW } from '../paths.ts';
import { opened, type Subject, startDom0 } from '../subject.ts';
import { connectable, freeDisplay } from './display.ts';

const SIZE = '2020x1220';

export function startTigervnc(): Promise<Subject> {
  return opened(async (scope) => {
    const { screen, probe, env, part } = await startDom0(scope);
    const display = freeDisplay();
    const rfb = join(screen.directory, 'rfb.sock');
    const server = scope.own(
      new Child({
        name: 'Xtigervnc',
        argv: [
          ...['Xtigervnc', display, '-geometry', SIZE, '-depth', '24', '-ac', '-noreset'],
          ...['-nolisten', 'tcp', '-SecurityTypes', 'None', '-rfbport', '-1'],
          ...['-rfbunixpath', rfb],
        ],
        env,
      }),
    );
    await waitUntil(() => connectable(display), 'Xtigervnc is there', { until: server.ended });
    const viewer = scope.own(
      new Child({
        name: 'xtigervncviewer',
        argv: ['xtigervncviewer', '-SecurityTypes', 'None', '-RemoteResize=0', '-Shared', rfb],
        env,
      }),
    );
    const socket = join(screen.directory, 'draw.sock');
    const client = new Child({
      ...{ name: 'draw', argv: [DRAW, socket] },
      env: { ...env, DISPLAY: display, XAUTHORITY: '' },
    });
    scope.own(client);
    const drawer = scope.own(await Drawer.connect(socket, client.ended));
    return {
      ...{ name: 'TigerVNC', probe, drawer },
      parts: [{ role: 'Xvnc', pid: server.pid }, { role: 'viewer', pid: viewer.pid }, part],
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  });
}
