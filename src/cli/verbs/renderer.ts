/**
 * `livery renderer`: started by the daemon, and by itself for its workers.
 */
import { runRenderer } from '../../renderer/main.ts';
import { runWorker } from '../../renderer/worker.ts';
import type { Call } from '../verb.ts';

export function renderer({ value }: Call): Promise<number> {
  const worker = value('worker');
  return worker === undefined ? runRenderer() : runWorker(worker === 'once');
}
