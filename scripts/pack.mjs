/**
 * What `npm pack` puts into the package beside the files of the checkout: the addon
 * as it was built here, and which commit it is. `node scripts/pack.mjs end` takes it
 * out of the checkout again.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';

const PREBUILT = 'native/prebuilt';

/** @param {readonly string[]} words */
function main(words) {
  rmSync(PREBUILT, { recursive: true, force: true });
  if (words.includes('end')) return;
  const folder = join(PREBUILT, `${process.platform}-${process.arch}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync('native/build/Release/livery.node', join(folder, 'livery.node'));
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], {
    encoding: 'utf8',
  });
  if (status === 0) writeFileSync(join(PREBUILT, 'commit'), stdout);
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
main(process.argv.slice(2));
