/** xpra, its server and its client in dom0, with pixels by shared memory (--mmap). */
import { join } from 'node:path';
import { processTree } from '../../test/rig/system/processes.ts';
import { waitUntil } from '../../test/rig/wait.ts';
import { Child } from '../child.ts';
import { Drawer } from '../drawer.ts';
import { DRAW } from '../paths.ts';
import { opened, type Subject, startDom0 } from '../subject.ts';
import { connectable, freeDisplay } from './display.ts';

const OFF = [
  ...['pulseaudio', 'notifications', 'mdns', 'webcam', 'printing', 'system-tray', 'clipboard'],
  ...['bell', 'cursors', 'file-transfer', 'html', 'dbus-proxy', 'dbus-control'],
].map((name) => `--${name}=no`);

export function startXpra(): Promise<Subject> {
  return opened(async (scope) => {
    const { screen, probe, env, part } = await startDom0(scope);
    const display = freeDisplay();
    const sockets = join(screen.directory, 'xpra');
    const own = { ...env, XDG_RUNTIME_DIR: screen.directory, LANG: 'C.UTF-8' };
    const place = ['--socket-dir', sockets, '--mmap=yes', ...OFF];
    const server = scope.own(
      new Child({
        name: 'the xpra server',
        argv: [
          ...['xpra', 'start', display, '--daemon=no', ...place],
          ...[
            '--xvfb',
            'Xvfb -screen 0 2048x1280x24 +extension Composite -nolisten tcp -noreset -ac',
          ],
        ],
        env: own,
      }),
    );
    await waitUntil(() => connectable(display), 'the X server of xpra is there', {
      ...{ limitMs: 30_000, until: server.ended },
    });
    const socket = join(screen.directory, 'draw.sock');
    const client = new Child({
      ...{ name: 'draw', argv: [DRAW, socket] },
      env: { ...env, DISPLAY: display, XAUTHORITY: '' },
    });
    scope.own(client);
    const viewer = scope.own(
      new Child({
        name: 'the xpra client',
        argv: ['xpra', 'attach', display, '--opengl=no', ...place],
        env: own,
      }),
    );
    const drawer = scope.own(await Drawer.connect(socket, client.ended));
    const remote = processTree(server.pid).find((one) => one.name.startsWith('Xvfb'))?.pid;
    if (remote === undefined) throw new Error(server.failure());
    return {
      ...{ name: 'xpra', probe, drawer },
      parts: [
        { role: 'remote X', pid: remote },
        { role: 'server', pid: server.pid },
        { role: 'client', pid: viewer.pid },
        part,
      ],
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  });
}
