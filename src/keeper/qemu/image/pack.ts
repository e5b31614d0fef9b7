/**
 * A tree of files as an archive that the kernel unpacks when it starts. Two such
 * archives behind each other count as one, the second going over the first.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, UserError } from '../../../base/errors.ts';
import { runTool } from './tool.ts';

/**
 * Writes the archive of `tree` to `file`. Not compressed: software emulation
 * unpacks slower than any disk reads. Everything in it belongs to root, whoever
 * builds. Throws UserError GUEST_BROKEN, MISSING_PACKAGE.
 */
export async function packTree(tree: string, file: string): Promise<void> {
  const args = ['--null', '-o', '-H', 'newc', '-R', '+0:+0', '--quiet', '-O', file];
  await runTool('cpio', args, {
    cwd: tree,
    input: ['.', ...namesIn(tree, '')].map((name) => `${name}\0`).join(''),
    fail: (words) =>
      new UserError('GUEST_BROKEN', `the guest cannot be packed: ${words}`, {
        exitCode: EXIT.failed,
        hint: 'check that the disk of the cache has room',
      }),
  });
}

/** All that is in a directory of `tree`, directories before what is in them; links are not followed. */
function namesIn(tree: string, directory: string): string[] {
  const entries = readdirSync(join(tree, directory), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const name = join(directory, entry.name);
    return entry.isDirectory() ? [name, ...namesIn(tree, name)] : [name];
  });
}
