import { expect, it } from 'vitest';
import { packageFolders } from '../../../src/base/package-folders.ts';

it.each([
  ['/home/u/livery', ['/home/u/livery/node_modules']],
  ['/usr/lib/livery', ['/usr/lib/livery/node_modules']],
  // npm puts what a dependency needs beside it, and what it cannot share below it.
  ['/p/node_modules/livery', ['/p/node_modules/livery/node_modules', '/p/node_modules']],
])('packages of %s are looked for where npm puts them', (root, folders) => {
  expect(packageFolders(root)).toEqual(folders);
});
