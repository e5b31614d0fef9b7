/**
 * `livery windows`: what is on the screen, and whose it is.
 */
import { EXIT } from '../../base/errors.ts';
import type { Rect } from '../../base/geometry.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import type { WindowListing } from '../../control/messages.ts';
import { table } from '../table.ts';
import type { Call } from '../verb.ts';

const geometry = ({ x, y, width, height }: Rect): string => `${width}x${height}+${x}+${y}`;

function stateOf({ mapped, firstPixelsMs }: WindowListing): string {
  if (!mapped) return 'hidden';
  return firstPixelsMs === null ? 'no picture' : 'shown';
}

export async function windows({ io, has }: Call): Promise<number> {
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const list = await client.ask('windows', {});
  if (has('json')) {
    io.out(`${JSON.stringify(list)}\n`);
    return EXIT.ok;
  }
  const rows = list.map((window) => [
    window.qube,
    window.label,
    geometry(window.content),
    window.throttled ? `${stateOf(window)}, throttled` : stateOf(window),
    `0x${window.window.toString(16)}`,
    window.title,
  ]);
  io.out(table(['QUBE', 'LABEL', 'CONTENT', 'STATE', 'WINDOW', 'TITLE'], rows));
  return EXIT.ok;
}
