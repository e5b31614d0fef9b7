/**
 * Where the packages lie that this program imports: in a checkout and in a global
 * installation below it, else beside it, where npm puts those of a dependency.
 */
import { basename, dirname, join } from 'node:path';

/** Best first; one of them may not be there. @param root the directory that holds dist/ */
export function packageFolders(root: string): string[] {
  const own = join(root, 'node_modules');
  const beside = dirname(root);
  return basename(beside) === 'node_modules' ? [own, beside] : [own];
}
