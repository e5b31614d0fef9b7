/**
 * Builds the guest that every `qemu` qube boots: Debian's kernel, and one
 * archive with busybox, Xvfb, xterm, node and Livery's agent. It is made in two
 * parts, since the larger one changes only with Debian's packages. Each stands
 * under a name made of all that went into it, so a second build of the same is
 * no work, and appears there only when it is whole.
 */
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { EXIT, UserError } from '../../../base/errors.ts';
import { AGENT_COMMAND, requireOwnFiles } from '../../sandbox/host-files.ts';
import {
  baseKey,
  basesDir,
  findImage,
  type GuestImage,
  imageKey,
  imagesDir,
  ownKey,
  writeManifest,
} from './cache.ts';
import { packTree } from './pack.ts';
import { downloadPackages, type GuestPackage, resolvePackages, unpackPackage } from './packages.ts';
import { assembleBase, assembleOwn } from './tree.ts';

/** The agent inside waits for dom0 at ports, not at sockets. */
const GUEST_AGENT = [...AGENT_COMMAND, '--channel', 'port'];
const MIB = 1024 * 1024;
/** A directory in which a build works; the process id tells whether it still does. */
const WORK_PREFIX = '.building-';

interface Built {
  readonly image: GuestImage;
  /** `false`: it was there already. */
  readonly fresh: boolean;
}

/**
 * Has the guest in `cacheDir`, building of it what has changed. `say` gets one
 * line per step. Throws UserError: UNSUPPORTED_MACHINE, MISSING_PACKAGE,
 * NOT_BUILT, GUEST_PACKAGES, GUEST_BROKEN; then nothing new is there.
 */
export async function buildGuest(cacheDir: string, say: (line: string) => void): Promise<Built> {
  if (process.arch !== 'x64') {
    throw new UserError('UNSUPPORTED_MACHINE', `guests are made for x64, this is ${process.arch}`, {
      exitCode: EXIT.unavailable,
    });
  }
  requireOwnFiles(false);
  for (const place of [imagesDir(cacheDir), basesDir(cacheDir)]) {
    mkdirSync(place, { recursive: true, mode: 0o700 });
  }
  removeAbandoned(cacheDir);
  const work = mkdtempSync(join(cacheDir, `${WORK_PREFIX}${process.pid}-`));
  try {
    say('looking up the packages');
    const packages = await resolvePackages(work);
    const own = ownKey();
    const name = imageKey(own, packages);
    const ready = findImage(cacheDir, own);
    if (ready && ready.name === name) return { image: ready, fresh: false };
    const base = await buildBase({ cacheDir, work, packages, say });
    say("adding Livery's agent");
    const result = await addOwn(work, base);
    writeManifest(result, own, packages);
    publish(result, imagesDir(cacheDir), name);
    const image = findImage(cacheDir, own);
    if (image) return { image, fresh: true };
    throw new UserError('GUEST_BROKEN', `the guest ${name} went away`, { exitCode: EXIT.failed });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface BaseParts {
  readonly cacheDir: string;
  readonly work: string;
  readonly packages: readonly GuestPackage[];
  readonly say: (line: string) => void;
}

/** The part of Debian and node. Returns its directory, with the files `kernel` and `archive`. */
async function buildBase({ cacheDir, work, packages, say }: BaseParts): Promise<string> {
  const name = baseKey(packages);
  const target = join(basesDir(cacheDir), name);
  if (statSync(target, { throwIfNoEntry: false })) return target;
  const mib = Math.round(packages.reduce((sum, one) => sum + one.sizeBytes, 0) / MIB);
  say(`loading ${packages.length} packages (${mib} MiB; those that are there stay)`);
  const files = await downloadPackages(packages, join(cacheDir, 'packages'));
  say('unpacking them');
  const unpacked = join(work, 'packages');
  mkdirSync(unpacked);
  for (const file of files) await unpackPackage(file, unpacked);
  say('putting the guest together');
  const tree = join(work, 'tree');
  await assembleBase(unpacked, tree);
  say('packing it');
  const result = join(work, 'base');
  mkdirSync(result);
  copyFileSync(join(unpacked, 'boot', kernelFile(unpacked)), join(result, 'kernel'));
  await packTree(tree, join(result, 'archive'));
  publish(result, basesDir(cacheDir), name);
  return target;
}

/** The whole guest in a directory, with the files `kernel` and `initrd`. */
async function addOwn(work: string, base: string): Promise<string> {
  const tree = join(work, 'own');
  assembleOwn(tree, GUEST_AGENT);
  const archive = join(work, 'own.archive');
  await packTree(tree, archive);
  const result = join(work, 'image');
  mkdirSync(result);
  linkSync(join(base, 'kernel'), join(result, 'kernel'));
  copyFileSync(join(base, 'archive'), join(result, 'initrd'));
  appendFileSync(join(result, 'initrd'), readFileSync(archive));
  return result;
}

function kernelFile(unpacked: string): string {
  const file = readdirSync(join(unpacked, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (file !== undefined) return file;
  throw new UserError('GUEST_BROKEN', 'the package of the kernel has none', {
    exitCode: EXIT.failed,
  });
}

/**
 * Puts a whole directory under its name at once; older ones of other contents
 * go, since a machine that runs has read its image.
 */
function publish(result: string, place: string, name: string): void {
  for (const other of readdirSync(place)) rmSync(join(place, other), { recursive: true });
  renameSync(result, join(place, name));
}

/** What a build left that was killed. */
function removeAbandoned(cacheDir: string): void {
  for (const name of readdirSync(cacheDir)) {
    if (!name.startsWith(WORK_PREFIX)) continue;
    const pid = Number(name.slice(WORK_PREFIX.length).split('-')[0]);
    if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })) continue;
    rmSync(join(cacheDir, name), { recursive: true, force: true });
  }
}
