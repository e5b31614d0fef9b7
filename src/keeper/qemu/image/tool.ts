/**
 * A program of the host that is run to its end while a guest is built.
 */
import { execFile } from 'node:child_process';
import { EXIT, UserError } from '../../../base/errors.ts';
import { escapeText } from '../../../base/escape.ts';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Where the programs come from, for those that are not part of every Debian system. */
const PACKAGES: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  cpio: 'cpio',
};

interface ToolOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** Makes the error of a program that failed, from its last words. */
  readonly fail: (words: string) => UserError;
}

/** What it printed. Throws UserError MISSING_PACKAGE when it is not installed, else what `fail` makes. */
export function runTool(
  file: string,
  args: readonly string[],
  { cwd = '/', input, fail }: ToolOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
    const options = { cwd, env, maxBuffer: MAX_OUTPUT_BYTES };
    const child = execFile(file, args, options, (error, output, complaint) => {
      if (!error) resolve(output);
      else if (error.code === 'ENOENT') reject(missing(file));
      else reject(fail(lastLine(complaint) || lastLine(output) || error.message));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function lastLine(words: string): string {
  return escapeText(words.trim().split('\n').at(-1) ?? '', 300);
}

function missing(file: string): UserError {
  return new UserError('MISSING_PACKAGE', `the program ${file} is not installed`, {
    exitCode: EXIT.unavailable,
    hint: `apt-get install ${PACKAGES[file] ?? file}`,
  });
}
