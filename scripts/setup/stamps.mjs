/**
 * What the last successful run of each set-up step was made from:
 * `.stamp/setup.json`, one key per step. A step forgets its key before it
 * begins and records it after it ended, so an interrupted step is done again.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What compiled code depends on besides its source. */
export const runtime = `${process.platform}-${process.arch}-abi${process.versions.modules}`;

export class Stamps {
  #file;
  /** @type {Record<string, string>} */
  #keys;

  /** @param {string} folder */
  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, 'setup.json');
    this.#keys = {};
    try {
      this.#keys = { ...JSON.parse(readFileSync(this.#file, 'utf8')) };
    } catch {
      // Not there, or torn: everything is looked at again.
    }
  }

  /** @param {string} step */
  get(step) {
    return this.#keys[step];
  }

  /** @param {string} step */
  forget(step) {
    delete this.#keys[step];
    this.#write();
  }

  /** @param {string} step @param {string} key */
  record(step, key) {
    this.#keys[step] = key;
    this.#write();
  }

  #write() {
    const fresh = `${this.#file}.${process.pid}`;
    writeFileSync(fresh, `${JSON.stringify(this.#keys, null, 2)}\n`);
    renameSync(fresh, this.#file);
  }
}

/**
 * All files under a folder, sorted, without what is built there. Empty when there is no such folder.
 * @param {string} folder @returns {string[]}
 */
export function filesUnder(folder) {
  /** @type {string[]} */
  const files = [];
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return files;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!/^(build.*|node_modules)$/.test(entry.name)) files.push(...filesUnder(path));
    } else if (entry.isFile()) {
      files.push(path);
    }
  }
  return files;
}

/** One hash over the names and bytes of files. @param {readonly string[]} files */
export function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
