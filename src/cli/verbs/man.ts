/**
 * `livery man`: the manual pages, one to standard output or all into a directory.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { findVerb } from '../arguments.ts';
import type { Call } from '../verb.ts';
import { version } from '../version.ts';
import { type ManPage, manPages, pageName } from '../words/man.ts';

export async function man({ io, operands, value, verbs }: Call): Promise<number> {
  const pages = manPages(verbs, version());
  const directory = value('dir');
  if (directory !== undefined) {
    const written = writeAll(pages, resolve(directory));
    io.out(`${written} pages in ${resolve(directory)}\n`);
    return EXIT.ok;
  }
  const name = operands.length === 0 ? 'livery' : pageName(findVerb(verbs, operands).verb.name);
  const page = pages.find(({ file }) => file === `${name}.1`);
  if (!page) {
    throw new UserError('USAGE', `there is no page about ${name}`, {
      exitCode: EXIT.usage,
      hint: 'livery help lists the commands',
    });
  }
  io.out(page.text);
  return EXIT.ok;
}

function writeAll(pages: readonly ManPage[], directory: string): number {
  try {
    mkdirSync(directory, { recursive: true });
    for (const { file, text } of pages) writeFileSync(join(directory, file), text);
  } catch (error) {
    throw new UserError('NOT_WRITTEN', `the pages cannot be written: ${messageOf(error)}`, {
      hint: 'name a directory of your own: livery man --dir DIR',
    });
  }
  return pages.length;
}
