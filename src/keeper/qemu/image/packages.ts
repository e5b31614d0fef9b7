/**
 * The Debian packages that a guest is made of: which ones, resolved by the
 * host's own apt as if nothing were installed, downloaded with their hashes
 * checked by it, and unpacked without running anything of theirs. The host's
 * installation and its boot files are never touched.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, UserError } from '../../../base/errors.ts';
import { runTool } from './tool.ts';

/** What programs of Livery's run with, in whatever machine; the rest follows from these. */
export const COMMON_PACKAGES: readonly string[] = [
  'busybox-static',
  'fonts-dejavu-core',
  'libc-bin',
  'libstdc++6',
  'ncurses-base',
  'util-linux',
  'x11-xkb-utils',
  'xclip',
  'xfonts-base',
  'xkb-data',
  'xterm',
  'xvfb',
];

/** Which packages are taken: those that are wanted, and what they depend on but for `leftOut`. */
export interface PackageChoice {
  readonly wanted: readonly string[];
  readonly leftOut: readonly RegExp[];
}

/**
 * Dependencies of which nothing is used: what packages need to be installed, and
 * drivers of real graphics cards. What a program of the guest does need is
 * looked for in what was unpacked (libraries.ts), so a mistake here fails there.
 */
export const COMMON_LEFT_OUT: readonly RegExp[] = [
  /^(adduser|cpio|coreutils|debconf|debianutils|diffutils|dpkg|gcc-\d+-base|grep|gzip|hostname)$/,
  /^(findutils|sed|init-system-helpers|initramfs-tools|initramfs-tools-core|klibc-utils|libklibc)$/,
  /^(kmod|libkmod2|linux-base|linux-image-cloud-amd64|logsave|login|lsb-base|mawk|mount|passwd)$/,
  /^(perl|perl-base|perl-modules.*|sysvinit-utils|tar|udev|util-linux-extra|xfonts-encodings)$/,
  /^lib(gl1-mesa-dri|llvm\d+|z3-4|elf1|sensors.*|drm-.*|db5\.3|perl.*)$/,
  /^lib(pam.*|semanage.*|sepol\d+|debconfclient0|ss2)$/,
];

/** The guest of a `qemu` qube. */
const GUEST: PackageChoice = {
  wanted: ['linux-image-cloud-amd64', 'e2fsprogs', ...COMMON_PACKAGES],
  leftOut: [...COMMON_LEFT_OUT, /^lib(icu\d+|xml2)$/],
};

/** A package in the version that is taken. */
export interface GuestPackage {
  readonly name: string;
  readonly version: string;
  readonly sizeBytes: number;
}

/** A line of `apt-get --print-uris`: 'URI' FILE SIZE HASH. */
const URI_LINE = /^'[^']*' ([a-z0-9+.-]+)_(\S+)_[a-z0-9]+\.deb (\d+) /;

/** What `apt-get --print-uris` names, in its order. */
export function parseUris(output: string): GuestPackage[] {
  return output.split('\n').flatMap((line) => {
    const [, name, version, size] = URI_LINE.exec(line) ?? [];
    if (name === undefined || version === undefined) return [];
    return [{ name, version: decodeURIComponent(version), sizeBytes: Number(size) }];
  });
}

/**
 * The packages of a guest, in the versions that this host's apt would install
 * now. `workDir` holds an empty list of installed packages, and an empty cache, for a moment.
 * Throws UserError GUEST_PACKAGES.
 */
export async function resolvePackages(
  workDir: string,
  { wanted, leftOut }: PackageChoice = GUEST,
): Promise<GuestPackage[]> {
  const status = join(workDir, 'status');
  writeFileSync(status, '');
  // Of what lies in apt's own cache it would name no address.
  const archives = join(workDir, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const places = [`Dir::State::status=${status}`, `Dir::Cache::archives=${archives}`];
  const output = await apt(
    ['-y', '--no-install-recommends', ...places.flatMap((place) => ['-o', place])],
    ['--print-uris', 'install', ...wanted],
    workDir,
  );
  const isNeeded = ({ name }: GuestPackage): boolean =>
    !leftOut.some((pattern) => pattern.test(name));
  const packages = parseUris(output).filter(isNeeded);
  if (packages.length > 0) return packages;
  throw failed('apt names no packages', 'refresh its lists: apt-get update');
}

/**
 * Has every one of `packages` as a file in `directory`, and nothing else there.
 * What is there already is not loaded again. Returns the files' paths.
 * Throws UserError GUEST_PACKAGES.
 */
export async function downloadPackages(
  packages: readonly GuestPackage[],
  directory: string,
): Promise<string[]> {
  mkdirSync(directory, { recursive: true });
  // apt compares what is there with its hashes, and loads only what differs.
  await apt(
    [],
    ['download', ...packages.map(({ name, version }) => `${name}=${version}`)],
    directory,
  );
  const wanted = new Map(
    packages.map(({ name, version }) => [`${name}_${fileVersion(version)}`, name]),
  );
  const files: string[] = [];
  for (const file of readdirSync(directory)) {
    const key = /^(.*)_[a-z0-9]+\.deb$/.exec(file)?.[1];
    if (key !== undefined && wanted.delete(key)) files.push(join(directory, file));
    else rmSync(join(directory, file), { recursive: true, force: true });
  }
  const [missing] = wanted.values();
  if (missing !== undefined)
    throw failed(`apt did not load ${missing}`, 'refresh its lists: apt-get update');
  return files;
}

/** apt writes a colon in a file's name as it does in addresses. */
function fileVersion(version: string): string {
  return version.replaceAll(':', '%3a');
}

/** Unpacks one package into `directory`, without its scripts. Throws UserError GUEST_PACKAGES. */
export async function unpackPackage(file: string, directory: string): Promise<void> {
  await runTool('dpkg-deb', ['-x', file, directory], {
    fail: (words) => failed(`${file} cannot be unpacked: ${words}`, 'remove it and try again'),
  });
}

function apt(options: readonly string[], words: readonly string[], cwd: string): Promise<string> {
  // The list of installed packages is not looked at, so nobody's lock is needed.
  const unlocked = ['-q', '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='];
  return runTool('apt-get', [...unlocked, ...options, ...words], {
    cwd,
    fail: (said) => failed(said, 'refresh its lists: apt-get update'),
  });
}

function failed(words: string, hint: string): UserError {
  return new UserError('GUEST_PACKAGES', `the packages of the guest cannot be had: ${words}`, {
    exitCode: EXIT.unavailable,
    hint,
  });
}
