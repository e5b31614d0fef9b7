/**
 * The headers that came with the node that runs, as node-gyp takes them, so
 * that it need not download any.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Empty when none of this version are there. @returns {string[]} */
export function headerOptions() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  try {
    const header = readFileSync(join(prefix, 'include/node/node_version.h'), 'utf8');
    const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
      (part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(header)?.[1],
    );
    return `v${numbers.join('.')}` === process.version ? [`--nodedir=${prefix}`] : [];
  } catch {
    return [];
  }
}
