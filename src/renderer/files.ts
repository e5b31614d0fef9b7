/**
 * The files of the machine that the renderer can get at: programs and libraries
 * of the system, fonts, and this program; all to read, none to write. Whoever
 * takes over a worker finds nothing of a person's in them. Where the kernel has
 * no Landlock a worker can read what its user can; it still has nowhere to send it.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { packageFolders } from '../base/package-folders.ts';
import { type FileRestriction, native } from '../native/addon.ts';

const PROGRAMS = ['/usr', '/bin', '/lib', '/lib64'];
const READ = [
  ...['/etc/fonts', '/etc/ld.so.cache', '/etc/localtime', '/etc/ssl/openssl.cnf'],
  ...['/var/cache/fontconfig', '/proc', '/sys/devices/system/cpu', '/sys/fs/cgroup'],
  ...['/dev/urandom', '/dev/null'],
];

/**
 * Leaves this process, and the workers that it starts, those files; for good.
 * Only for a process without threads of its own that open files.
 * @param script the program, in `bin` of where it is compiled to
 * @param addon another build of the addon, if one is used
 */
export function keepFiles(script: string, addon: string | undefined): FileRestriction | undefined {
  const program = dirname(dirname(dirname(realpathSync(script))));
  const parts = ['native', 'dist', 'package.json'].map((name) => resolve(program, name));
  const ours = [...parts, ...packageFolders(program)];
  const there = (paths: readonly string[]): string[] => [
    ...new Set(paths.filter((path) => existsSync(path)).map((path) => realpathSync(path))),
  ];
  return native().restrictFileAccess({
    read: there([...READ, ...ours, ...(addon === undefined ? [] : [addon])]),
    write: there(['/dev/null']),
    execute: there([...PROGRAMS, process.execPath]),
  });
}
