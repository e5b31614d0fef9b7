/**
 * `livery agent`: started by the keeper inside a qube. Loads nothing of dom0.
 */
import { runAgent } from '../../agent/main.ts';
import type { Call } from '../verb.ts';

const OPTIONS = ['channel', 'gui-domain', 'pool-mib', 'protocol', 'screen', 'x-server'];

export function agent({ io, value }: Call): Promise<number> {
  const argv = OPTIONS.flatMap((name) => {
    const given = value(name);
    return given === undefined ? [] : [`--${name}=${given}`];
  });
  return runAgent(argv, io.env);
}
