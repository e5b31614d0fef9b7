/**
 * Builds what the machine of the Xen tests boots, in build/xen: the hypervisor,
 * the kernel, a small archive that finds the disks, a disk of Debian's programs
 * and one of Livery's. Nothing is installed and the host's boot files are not
 * touched. The part of Debian is kept until its packages, node or the recipe
 * change; that of Livery is made anew each time.
 */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../src/base/errors.ts';
import { baseKey } from '../../../src/keeper/qemu/image/cache.ts';
import { packTree } from '../../../src/keeper/qemu/image/pack.ts';
import {
  downloadPackages,
  type GuestPackage,
  resolvePackages,
  unpackPackage,
} from '../../../src/keeper/qemu/image/packages.ts';
import { runTool } from '../../../src/keeper/qemu/image/tool.ts';
import { assembleBase, copyModules } from '../../../src/keeper/qemu/image/tree.ts';
import { FORM, LIBRARIES, MODULES, PACKAGES, PROGRAMS, XEN_VERSION } from './contents.ts';
import { archiveInit, BLOCK_SCRIPT, dom0Init, domuInit } from './init.ts';
import { unpackHypervisor, unpackKernel } from './kernel.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PLACE = join(ROOT, 'build/xen');
const DRIVER = fileURLToPath(new URL('driver.mjs', import.meta.url));
const LIBRARY_DIR = 'usr/lib/x86_64-linux-gnu';
/** Applets of the archive's busybox. */
const APPLETS = ['cat', 'insmod', 'mount', 'poweroff', 'sh', 'sleep', 'switch_root', '['];
const SCRIPT_MODE = 0o755;

export interface XenImage {
  readonly hypervisor: string;
  readonly kernel: string;
  readonly archive: string;
  /** Debian's programs, the kernel for the domUs among them. */
  readonly system: string;
  /** Livery's. */
  readonly own: string;
  readonly sizeBytes: number;
}

/** Paths in the machine of what a domU boots. */
export const BOOT = { kernel: '/boot/vmlinux', archive: '/boot/archive' } as const;

/** `say` gets a line per step. Throws UserError as the guest of a `qemu` qube does. */
export async function buildXenImage(say: (line: string) => void): Promise<XenImage> {
  mkdirSync(PLACE, { recursive: true });
  const work = join(PLACE, 'work');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  try {
    say('looking up the packages');
    const packages = await resolvePackages(work, PACKAGES);
    const base = await haveBase(packages, work, say);
    say("packing Livery's disk");
    const own = join(PLACE, 'own.squashfs');
    await packOwn(join(work, 'own'), own);
    const at = (name: string): string => join(base, name);
    const paths = {
      hypervisor: at('hypervisor'),
      kernel: at('kernel'),
      archive: at('archive'),
      system: at('system.squashfs'),
      own,
    };
    const sizes = Object.values(paths).map((path) => statSync(path).size);
    return { ...paths, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Returns the directory of what is Debian's. */
async function haveBase(
  packages: readonly GuestPackage[],
  work: string,
  say: (line: string) => void,
): Promise<string> {
  const recipe = `${FORM} ${archiveInit()} ${BLOCK_SCRIPT} ${PROGRAMS} ${LIBRARIES} ${JSON.stringify(MODULES)}`;
  const key = createHash('sha256')
    .update(`${baseKey(packages)} ${recipe}`)
    .digest('hex');
  const target = join(PLACE, `base-${key.slice(0, 32)}`);
  if (existsSync(target)) return target;
  say(`loading ${packages.length} packages (those that are there stay)`);
  const files = await downloadPackages(packages, join(PLACE, 'packages'));
  say('unpacking them');
  const unpacked = join(work, 'packages');
  mkdirSync(unpacked);
  for (const file of files) await unpackPackage(file, unpacked);
  say('putting the machine together');
  const result = join(work, 'base');
  mkdirSync(result);
  unpackHypervisor(join(unpacked, `boot/xen-${XEN_VERSION}-amd64.gz`), join(result, 'hypervisor'));
  unpackKernel(join(unpacked, 'boot', kernelFile(unpacked)), join(result, 'kernel'));
  await packArchive(unpacked, join(work, 'archive'), join(result, 'archive'));
  const tree = join(work, 'system');
  await assembleSystem(unpacked, tree, result);
  say('packing its disk');
  await packDisk(tree, join(result, 'system.squashfs'));
  for (const name of readdirSync(PLACE)) {
    if (name.startsWith('base-')) rmSync(join(PLACE, name), { recursive: true });
  }
  renameSync(result, target);
  return target;
}

function kernelFile(unpacked: string): string {
  const [file] = readdirSync(join(unpacked, 'boot')).filter((name) => name.startsWith('vmlinuz-'));
  if (file === undefined) throw new UserError('GUEST_BROKEN', 'the package of the kernel has none');
  return file;
}

async function packArchive(unpacked: string, tree: string, file: string): Promise<void> {
  for (const folder of ['bin', 'mod', 'proc', 'sys', 'dev', 'root']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  copyFileSync(join(unpacked, 'bin/busybox'), join(tree, 'bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(tree, 'bin', applet));
  const { dom0, domu } = MODULES.disks;
  copyModules(unpacked, [...new Set([...dom0, ...domu])], join(tree, 'mod'));
  writeScript(join(tree, 'init'), archiveInit());
  await packTree(tree, file);
}

async function assembleSystem(unpacked: string, tree: string, result: string): Promise<void> {
  const modules = [...new Set([...MODULES.dom0, ...MODULES.domu])];
  await assembleBase(unpacked, tree, { programs: PROGRAMS, modules });
  for (const name of LIBRARIES) {
    const found = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu']
      .map((folder) => join(unpacked, folder, name))
      .find((path) => existsSync(path));
    if (found === undefined) throw new UserError('GUEST_BROKEN', `no package has ${name}`);
    copyFileSync(found, join(tree, LIBRARY_DIR, name));
  }
  // The disk of Livery lies over its place.
  renameSync(join(tree, 'opt/livery'), join(tree, 'opt/node'));
  for (const folder of ['opt/livery', 'root', 'home', 'mnt', 'var', 'etc/xen/scripts', 'boot']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  copyFileSync(join(result, 'kernel'), join(tree, BOOT.kernel));
  copyFileSync(join(result, 'archive'), join(tree, BOOT.archive));
  writeFileSync(join(tree, 'etc/xen/xl.conf'), 'autoballoon="off"\n');
  writeScript(join(tree, 'etc/xen/scripts/block'), BLOCK_SCRIPT);
  cpSync(join(unpacked, 'etc/xdg/openbox'), join(tree, 'etc/xdg/openbox'), { recursive: true });
  cpSync(join(unpacked, 'usr/share/themes'), join(tree, 'usr/share/themes'), { recursive: true });
  const files = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n',
    'etc/group': 'root:x:0:\ntty:x:5:\nuser:x:1000:\n',
    'etc/hosts': '127.0.0.1 localhost\n',
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
    'etc/machine-id': '',
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
}

/** Livery as it was built, the packages that it needs, and the test's program. */
async function packOwn(tree: string, file: string): Promise<void> {
  mkdirSync(join(tree, 'machine'), { recursive: true });
  for (const part of ['package.json', 'dist', 'native/build/Release/livery.node']) {
    const target = join(tree, part);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, part), target, { recursive: true });
  }
  for (const name of productionPackages()) {
    cpSync(join(ROOT, name), join(tree, name), { recursive: true, dereference: true });
  }
  mkdirSync(join(tree, 'bin'));
  symlinkSync('/opt/node/bin/node', join(tree, 'bin/node'));
  copyFileSync(DRIVER, join(tree, 'machine/driver.mjs'));
  writeScript(join(tree, 'machine/dom0'), dom0Init());
  writeScript(join(tree, 'machine/domu'), domuInit());
  await packDisk(tree, file);
}

/** Folders of node_modules that are no tools of development, and are there. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(ROOT, path)))
    .map(([path]) => path);
}

function writeScript(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, SCRIPT_MODE);
}

/** Not packed: emulation unpacks slower than any disk reads. */
async function packDisk(tree: string, file: string): Promise<void> {
  rmSync(file, { force: true });
  const plain = ['-noI', '-noD', '-noF', '-noX', '-no-progress', '-quiet', '-all-root'];
  await runTool('mksquashfs', [tree, file, ...plain], {
    fail: (words) => new UserError('GUEST_BROKEN', `the disk cannot be packed: ${words}`),
  });
}
