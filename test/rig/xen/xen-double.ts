/**
 * Xen without a hypervisor: the double of its libraries (double.c), built once
 * for each process, and a directory that is the hypervisor, the devices and
 * xenstored of a test. Domain 5 is the one that a process is in.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DomainId } from '../../../src/base/ids.ts';

const SOURCES = ['double.c', 'double-store.c'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);
const NAMES = ['libxengnttab.so.1', 'libxenevtchn.so.1', 'libxenstore.so.4'];
/** Devices, and what xenstored tells of domains by. */
const FILES = ['gntdev', 'gntalloc', '@introduceDomain', '@releaseDomain'];
const PAGE_BYTES = 4096;

export const FIVE = 5 as DomainId;

export class XenDouble implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'livery-xen-'));
  /** Where the libraries are, for `openXen` or LD_LIBRARY_PATH. */
  readonly libraries = join(this.directory, 'lib');
  readonly #before = process.env.XEN_DOUBLE;

  constructor() {
    mkdirSync(this.libraries);
    mkdirSync(join(this.directory, 'store'));
    for (const file of FILES) writeFileSync(join(this.directory, file), '');
    const [first = '', ...others] = NAMES.map((name) => join(this.libraries, name));
    const options = ['-O1', '-g', '-Wall', '-Werror', '-shared', '-fPIC', '-o', first];
    // The compiler is not what AddressSanitizer is to look at: it would take a minute.
    execFileSync('gcc', [...options, ...SOURCES], { env: { ...process.env, LD_PRELOAD: '' } });
    for (const other of others) linkSync(first, other);
    for (const domain of [FIVE, 6]) this.write(`/local/domain/${domain}/domid`, String(domain));
    process.env.XEN_DOUBLE = this.directory;
  }

  /** For a process in `domain`; in dom0 it means nothing. */
  environment(domain: number = FIVE): Record<string, string> {
    return {
      XEN_DOUBLE: this.directory,
      XEN_DOUBLE_DOMAIN: String(domain),
      LD_LIBRARY_PATH: this.libraries,
    };
  }

  /** What stands in xenstore; undefined = nothing. */
  read(path: string): string | undefined {
    try {
      return readFileSync(join(this.directory, 'store', path, '.value'), 'utf8');
    } catch {
      return undefined;
    }
  }

  write(path: string, value: string): void {
    const node = join(this.directory, 'store', path);
    mkdirSync(node, { recursive: true });
    writeFileSync(join(node, '.value'), value);
  }

  /** A domain is there from now on. */
  introduce(domain: number, name: string): void {
    this.write(`/local/domain/${domain}/name`, name);
    writeFileSync(join(this.directory, `introduced-${domain}`), '');
    this.#tell('@introduceDomain');
  }

  /** A domain is destroyed; what stands of it in xenstore goes later, as it may. */
  release(domain: number): void {
    rmSync(join(this.directory, `introduced-${domain}`));
    this.#tell('@releaseDomain');
  }

  /** Pages of a domain that a process has mapped, with the rights of each mapping. */
  mapped(process: number | 'self' = 'self', domain: number = FIVE): string[] {
    const grants = join(this.directory, `grants-${domain}`);
    return readFileSync(`/proc/${process}/maps`, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith(grants))
      .map((line) => line.split(' ')[1] ?? '');
  }

  /** Writes into a page of domain 5, as the domain itself can at any time. */
  poke(ref: number, offset: number, bytes: Uint8Array): void {
    const file = openSync(join(this.directory, `grants-${FIVE}`), 'r+');
    writeSync(file, bytes, 0, bytes.length, ref * PAGE_BYTES + offset);
    closeSync(file);
  }

  /** What dom0 wrote into every ring of domain 5 was read by more than there is. */
  corruptRings(): void {
    const pages = readFileSync(join(this.directory, `grants-${FIVE}`));
    for (let ref = 0; (ref + 1) * PAGE_BYTES <= pages.length; ref++) {
      const page = pages.subarray(ref * PAGE_BYTES, (ref + 1) * PAGE_BYTES);
      const isRing = [16, 18].every((at) => page.readUInt16LE(at) === 16) && page[21] === 1;
      const ahead = Buffer.alloc(4);
      ahead.writeUInt32LE((page.readUInt32LE(4) + 1000) >>> 0);
      if (isRing) this.poke(ref, 0, ahead);
    }
  }

  /** Pages of domain 5 from `ref` on are gone: who touches them gets a SIGBUS. */
  takeAway(ref: number): void {
    truncateSync(join(this.directory, `grants-${FIVE}`), ref * PAGE_BYTES);
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) delete process.env.XEN_DOUBLE;
    else process.env.XEN_DOUBLE = this.#before;
    rmSync(this.directory, { recursive: true, force: true });
  }

  #tell(path: string): void {
    const now = new Date();
    utimesSync(join(this.directory, path), now, now);
  }
}
