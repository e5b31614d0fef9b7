/**
 * Where built guests lie, and which of them fits the program that runs: the
 * agent inside must be the one that was built with this daemon.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ownMounts } from '../../sandbox/host-files.ts';
import { initScript } from './init.ts';
import type { GuestPackage } from './packages.ts';

/** Counted up when images of the same parts are made in another way. */
const FORM = 3;

export interface GuestImage {
  readonly name: string;
  /** The directory, whose files are the two below. */
  readonly directory: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly sizeBytes: number;
}

/** `$XDG_CACHE_HOME/livery/qemu`, by default in ~/.cache. */
export function guestCacheDir(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_CACHE_HOME;
  const base =
    given !== undefined && isAbsolute(given) ? given : join(env.HOME ?? homedir(), '.cache');
  return join(base, 'livery', 'qemu');
}

export function imagesDir(cacheDir: string): string {
  return join(cacheDir, 'images');
}

export function basesDir(cacheDir: string): string {
  return join(cacheDir, 'bases');
}

/** A name for the part that Debian and node make. */
export function baseKey(packages: readonly GuestPackage[]): string {
  const node = createHash('sha256').update(readFileSync(process.execPath)).digest('hex');
  return nameOf([`${FORM}`, node, ...packages.map(({ name, version }) => `${name} ${version}`)]);
}

/** A name for all of a guest: what is ours, and what Debian's. */
export function imageKey(own: string, packages: readonly GuestPackage[]): string {
  return nameOf([own, ...packages.map(({ name, version }) => `${name} ${version}`)]);
}

function nameOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/** A word for everything of ours in a guest: the program, node, and how it is put together. */
export function ownKey(): string {
  const hash = createHash('sha256').update(`${FORM}\n${initScript([])}`);
  for (const { host, inside } of ownMounts()) {
    for (const path of filesOf(host)) {
      hash.update(`\n${inside}${path}\n`);
      hash.update(readFileSync(host + path));
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** Paths below `host`, each with a slash before it; of a file its own, empty. */
function filesOf(host: string): string[] {
  if (!statSync(host).isDirectory()) return [''];
  const names = readdirSync(host, { recursive: true, encoding: 'utf8' }).sort();
  // The compiler's own notes change when nothing else does.
  const shown = names.map((name) => `/${name}`).filter((path) => !path.startsWith('/.'));
  return shown.filter((path) => statSync(host + path).isFile());
}

interface Manifest {
  readonly own: string;
  readonly packages: readonly GuestPackage[];
}

export function writeManifest(
  directory: string,
  own: string,
  packages: readonly GuestPackage[],
): void {
  const manifest: Manifest = { own, packages };
  writeFileSync(join(directory, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
}

/** There are images, whatever they fit. */
export function hasImages(cacheDir: string): boolean {
  return imageNames(cacheDir).length > 0;
}

function imageNames(cacheDir: string): string[] {
  try {
    return readdirSync(imagesDir(cacheDir)).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** The newest image with what `own` names, or undefined. */
export function findImage(cacheDir: string, own: string): GuestImage | undefined {
  const images = imagesDir(cacheDir);
  const fitting = imageNames(cacheDir).filter((name) => ownOf(join(images, name)) === own);
  const newest = fitting
    .map((name) => ({ name, madeMs: statSync(join(images, name)).mtimeMs }))
    .sort((one, two) => two.madeMs - one.madeMs)[0];
  return newest && imageAt(images, newest.name);
}

function imageAt(images: string, name: string): GuestImage {
  const directory = join(images, name);
  const [kernel, initrd] = [join(directory, 'kernel'), join(directory, 'initrd')];
  const sizeBytes = statSync(kernel).size + statSync(initrd).size;
  return { name, directory, kernel, initrd, sizeBytes };
}

function ownOf(directory: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as Manifest).own;
  } catch {
    return undefined;
  }
}
