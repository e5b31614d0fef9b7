/**
 * The files of a guest, copied from the unpacked packages and from Livery's own
 * program into one tree: only what runs there, with the libraries that it needs.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT, UserError } from '../../../base/errors.ts';
import { AGENT_COMMAND, ownMounts } from '../../sandbox/host-files.ts';
import { DISK_MODULES, GUEST_USER, initScript, MODULES, NETWORK_MODULES } from './init.ts';
import { Libraries } from './libraries.ts';
import { runTool } from './tool.ts';

/** Programs beside those of busybox, which has the rest. */
export const COMMON_PROGRAMS: readonly string[] = [
  'Xvfb',
  'setpriv',
  'setxkbmap',
  'xclip',
  'xkbcomp',
  'xterm',
].map((name) => `usr/bin/${name}`);

/** What is copied of the packages beside data. */
export interface BaseContents {
  /** Paths, as in the packages. */
  readonly programs: readonly string[];
  /** Of the kernel. */
  readonly modules: readonly string[];
}
const GUEST: BaseContents = {
  programs: [...COMMON_PROGRAMS, 'sbin/mke2fs'],
  modules: [...MODULES, ...NETWORK_MODULES, ...DISK_MODULES],
};
/** The agent's, outside of it nobody's. */
const [NODE = ''] = AGENT_COMMAND;
const LIBRARY_DIR = 'usr/lib/x86_64-linux-gnu';

/** Copied whole, where they are. */
const DATA = [
  'etc/mke2fs.conf',
  'etc/fonts',
  'etc/terminfo',
  'usr/lib/locale/C.utf8',
  'usr/share/X11/app-defaults',
  'usr/share/X11/xkb',
  'usr/share/fontconfig',
];
/** Of all languages those that need no tables of their own. */
const LOCALES = ['C', 'en_US.UTF-8', 'compose.dir', 'locale.alias', 'locale.dir'];
const TERMINFO = /^(dumb|linux|vt100|xterm(-(256)?color|-mono)?)$/;
const BITMAP_FONTS = /^(cursor|\d+x\d+B?)(-ISO8859-1)?\.pcf\.gz$/;
const OUTLINE_FONTS = /^DejaVuSans(Mono)?(-Bold)?\.ttf$/;

/**
 * Makes `tree` from `packages` (where they were unpacked) and the node that runs
 * this. Throws UserError GUEST_BROKEN.
 */
export async function assembleBase(
  packages: string,
  tree: string,
  { programs, modules } = GUEST,
): Promise<void> {
  makeDirectories(tree);
  const libraries = new Libraries(packages);
  for (const program of programs) {
    mkdirSync(join(tree, dirname(program)), { recursive: true });
    copyFileSync(only(packages, [program]), join(tree, program));
    await libraries.add(join(tree, program));
  }
  await copyBusybox(packages, tree);
  const node = join(tree, NODE);
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  await libraries.add(node);
  for (const [name, path] of libraries.found) copyFileSync(path, join(tree, LIBRARY_DIR, name));
  symlinkSync('x86_64-linux-gnu/ld-linux-x86-64.so.2', join(tree, 'usr/lib/ld-linux-x86-64.so.2'));
  copyData(packages, tree);
  await copyFonts(packages, tree, libraries);
  copyModules(packages, modules, join(tree, 'usr/lib/livery'));
}

/** Makes `tree` of what is Livery's: its program, and what the guest does with it. */
export function assembleOwn(tree: string, agent: readonly string[]): void {
  for (const { host, inside } of ownMounts()) {
    if (inside === NODE) continue;
    const target = join(tree, inside);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(host, target, { recursive: true, dereference: true });
  }
  mkdirSync(join(tree, 'etc'), { recursive: true });
  writeOwnFiles(tree, agent);
}

function makeDirectories(tree: string): void {
  const folders = [
    'dev',
    'proc',
    'sys',
    'tmp',
    'run',
    'etc',
    'usr/bin',
    'var/log',
    'usr/lib/livery',
  ];
  for (const folder of [...folders, LIBRARY_DIR, 'usr/local/bin', GUEST_USER.home]) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  // As a present-day Debian has them.
  for (const [link, target] of [
    ['bin', 'usr/bin'],
    ['sbin', 'usr/bin'],
    ['lib', 'usr/lib'],
    ['lib64', 'usr/lib'],
    ['usr/sbin', 'bin'],
  ] as const) {
    symlinkSync(target, join(tree, link));
  }
}

/** The first of `paths` that is among the packages. */
function only(packages: string, paths: readonly string[]): string {
  const path = paths.map((one) => join(packages, one)).find(existsSync);
  if (path !== undefined) return path;
  throw new UserError('GUEST_BROKEN', `no package of the guest has ${paths[0]}`, {
    exitCode: EXIT.failed,
  });
}

async function copyBusybox(packages: string, tree: string): Promise<void> {
  const file = only(packages, ['bin/busybox', 'usr/bin/busybox']);
  copyFileSync(file, join(tree, 'usr/bin/busybox'));
  const fail = (words: string) => new UserError('GUEST_BROKEN', `busybox does not run: ${words}`);
  for (const applet of (await runTool(file, ['--list'], { fail })).split('\n').filter(Boolean)) {
    const link = join(tree, 'usr/bin', applet);
    if (!existsSync(link)) symlinkSync('busybox', link);
  }
}

function copyData(packages: string, tree: string): void {
  for (const path of DATA) {
    const from = join(packages, path);
    if (existsSync(from))
      cpSync(from, join(tree, path), { recursive: true, verbatimSymlinks: true });
  }
  const defaults = join(packages, 'etc/X11/app-defaults');
  if (existsSync(defaults)) {
    cpSync(defaults, join(tree, 'usr/share/X11/app-defaults'), { recursive: true });
  }
  for (const name of LOCALES) {
    const from = join(packages, 'usr/share/X11/locale', name);
    cpSync(from, join(tree, 'usr/share/X11/locale', name), { recursive: true });
  }
  const terminfo = only(packages, ['lib/terminfo', 'usr/share/terminfo']);
  for (const letter of readdirSync(terminfo)) {
    copyMatching(join(terminfo, letter), join(tree, 'usr/share/terminfo', letter), TERMINFO);
  }
}

function copyMatching(from: string, to: string, pattern: RegExp): string[] {
  const names = readdirSync(from).filter((name) => pattern.test(name));
  if (names.length > 0) mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(join(from, name), join(to, name));
  return names;
}

async function copyFonts(packages: string, tree: string, libraries: Libraries): Promise<void> {
  const folder = 'usr/share/fonts/X11/misc';
  const misc = join(tree, folder);
  copyMatching(join(packages, folder), misc, BITMAP_FONTS);
  copyFileSync(only(packages, ['etc/X11/fonts/misc/xfonts-base.alias']), join(misc, 'fonts.alias'));
  // What the package's own script would do after its installation.
  await libraries.run('usr/bin/mkfontscale', ['-b', '-s', '-l', misc], misc);
  const outline = 'usr/share/fonts/truetype/dejavu';
  copyMatching(join(packages, outline), join(tree, outline), OUTLINE_FONTS);
}

/** Copies modules of the kernel among the packages into a directory. */
export function copyModules(packages: string, modules: readonly string[], target: string): void {
  const [kernel = ''] = readdirSync(join(packages, 'lib/modules'));
  const folder = join(packages, 'lib/modules', kernel, 'kernel');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const module of modules) {
    const file = files.find((path) => basename(path) === `${module}.ko`);
    if (file === undefined) {
      throw new UserError('GUEST_BROKEN', `the kernel ${kernel} has no module ${module}`);
    }
    copyFileSync(join(folder, file), join(target, `${module}.ko`));
  }
}

function writeOwnFiles(tree: string, agent: readonly string[]): void {
  const { name, id, home } = GUEST_USER;
  const files: Readonly<Record<string, string>> = {
    'etc/passwd': `root:x:0:0:root:/root:/bin/sh\n${name}:x:${id}:${id}:${name}:${home}:/bin/sh\n`,
    'etc/group': `root:x:0:\ntty:x:5:\n${name}:x:${id}:\n`,
    'etc/hosts': '127.0.0.1 localhost\n',
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'etc/machine-id': '',
    init: initScript(agent),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
  chmodSync(join(tree, 'init'), 0o755);
}
