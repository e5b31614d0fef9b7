/**
 * The shared libraries that programs of the guest need, found by the guest's
 * own loader among what was unpacked; nothing of the host's is looked at, and
 * a library that is not there is an error and not a surprise in the guest.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT, UserError } from '../../../base/errors.ts';
import { runTool } from './tool.ts';

/** Where Debian's packages put them, below the root. */
const FOLDERS = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib', 'lib'] as const;
const LOADER = 'ld-linux-x86-64.so.2';

/** `name => path (address)`, or `name => not found`. */
const NAMED = /^\s*(\S+) => (\S.*?)(?: \(0x[0-9a-f]+\))?$/;

export class Libraries {
  readonly #root: string;
  readonly #loader: string;
  /** Library by the name it is asked for by, with its path among what was unpacked. */
  readonly found = new Map<string, string>();

  /** @param root where the packages were unpacked */
  constructor(root: string) {
    this.#root = root;
    const loader = FOLDERS.map((folder) => join(root, folder, LOADER)).find(existsSync);
    if (loader === undefined) throw broken(`${LOADER} is not among the packages`);
    this.#loader = realpathSync(loader);
    this.found.set(LOADER, this.#loader);
  }

  /** Runs a program of the packages, which the host could not run by itself. */
  run(program: string, args: readonly string[], cwd: string): Promise<string> {
    const file = join(this.#root, program);
    return runTool(this.#loader, ['--library-path', this.#path(), file, ...args], {
      cwd,
      fail: (words) => broken(`${program} failed: ${words}`),
    });
  }

  /** Adds what `file` needs. Throws UserError GUEST_BROKEN, naming a library that is not there. */
  async add(file: string): Promise<void> {
    const output = await runTool(this.#loader, ['--list', '--library-path', this.#path(), file], {
      fail: (words) => broken(`${file} cannot run in the guest: ${words}`),
    });
    for (const line of output.split('\n')) {
      const [, name, path] = NAMED.exec(line) ?? [];
      if (name === undefined || path === undefined) continue;
      if (path === 'not found')
        throw broken(`${file} needs ${name}, which no package of the guest has`);
      this.found.set(basename(name), realpathSync(path));
    }
  }

  #path(): string {
    return FOLDERS.map((folder) => join(this.#root, folder)).join(':');
  }
}

function broken(message: string): UserError {
  return new UserError('GUEST_BROKEN', `the guest cannot be put together: ${message}`, {
    exitCode: EXIT.failed,
    hint: 'the node that runs this must fit the C library of this Debian release',
  });
}
