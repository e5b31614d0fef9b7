/**
 * `livery reload`: has the daemon take over what the configuration says now, and
 * says what that changed.
 */
import { EXIT } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import type { ControlResults } from '../../control/messages.ts';
import { plain } from '../plain.ts';
import type { Call } from '../verb.ts';

export async function reload({ io, has }: Call): Promise<number> {
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const result = await client.ask('reload', {});
  io.out(has('json') ? `${JSON.stringify(result)}\n` : plain(text(result), true));
  return EXIT.ok;
}

function text({ changed, later }: ControlResults['reload']): string {
  if (changed.length + later.length === 0) return 'nothing is another\n';
  const part = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return part('holds now:', changed) + part('not yet:', later);
}
