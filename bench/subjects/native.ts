/** No proxy: the program draws on dom0's own X server. What everything is compared with. */
import { join } from 'node:path';
import { Child } from '../child.ts';
import { Drawer } from '../drawer.ts';
import { DRAW } from '../paths.ts';
import { opened, type Subject, startDom0 } from '../subject.ts';

export function startNative(): Promise<Subject> {
  return opened(async (scope) => {
    const { screen, probe, env, part } = await startDom0(scope);
    const socket = join(screen.directory, 'draw.sock');
    const client = scope.own(new Child({ name: 'draw', argv: [DRAW, socket], env }));
    const drawer = scope.own(await Drawer.connect(socket, client.ended));
    return {
      ...{ name: 'native X', probe, drawer, parts: [part] },
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  });
}
