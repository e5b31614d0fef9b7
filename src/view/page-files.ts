/**
 * The files of the page, read once at the start: what is not among them cannot
 * be asked for, and no path of a request ever names a file.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The same from a module and from the bundle. */
const DIRECTORY = new URL('../view/page/', import.meta.url);
const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const FILES: Readonly<Record<string, string>> = {
  'index.html': HTML,
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'main.js': SCRIPT,
  'lists.js': SCRIPT,
  'plot.js': SCRIPT,
  'screen.js': SCRIPT,
  'words.js': SCRIPT,
};

/** By the path of a request. Throws a plain error that names a file that is not there. */
export function readPage(): ReadonlyMap<string, PageFile> {
  const files = Object.entries(FILES).map(([name, type]): [string, PageFile] => {
    const bytes = readFileSync(fileURLToPath(new URL(name, DIRECTORY)));
    return [name === 'index.html' ? '/' : `/${name}`, { type, bytes }];
  });
  return new Map(files);
}
