/**
 * What npm runs where Livery is installed as a package: takes the addon that came
 * with it if this node can load it, else builds it from native/src. In a checkout it
 * does nothing; there `npm run build` is used.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headerOptions } from './headers.mjs';

const NATIVE = dirname(fileURLToPath(import.meta.url));
const TARGET = join(NATIVE, 'build/Release/livery.node');
const MACHINE = `${process.platform}-${process.arch}`;
const SHIPPED = join(NATIVE, 'prebuilt', MACHINE, 'livery.node');
/** What node-gyp needs, and the Debian packages that have it. */
const TOOLS = { 'g++': 'g++', make: 'make', python3: 'python3' };
const UNAVAILABLE = 3;

/** Why this node cannot load the file; undefined = it can. @param {string} file */
function fault(file) {
  try {
    createRequire(import.meta.url)(file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`livery: ${text}\n`);
}

/** @returns {number} the exit code */
function build() {
  const missing = Object.entries(TOOLS).filter(
    ([program]) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
  if (missing.length > 0) {
    say(`to build the addon there is no ${missing.map(([program]) => program).join(', ')}`);
    say(`install it: apt-get install ${missing.map(([, name]) => name).join(' ')}`);
    return UNAVAILABLE;
  }
  // npm brings its own, and says where it is.
  const script = process.env.npm_config_node_gyp;
  if (script === undefined) {
    say('there is no node-gyp: run this by npm, as in npm rebuild livery');
    return UNAVAILABLE;
  }
  const args = [script, 'rebuild', '-C', NATIVE, ...headerOptions()];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    say('the addon could not be built; what the compiler said is above');
    return 1;
  }
  const reason = fault(TARGET);
  if (reason !== undefined) say(`the addon was built and cannot be loaded: ${reason}`);
  return reason === undefined ? 0 : 1;
}

/** @returns {number} the exit code */
function install() {
  if (existsSync(join(NATIVE, '../tsconfig.json'))) return 0;
  const reason = existsSync(SHIPPED) ? fault(SHIPPED) : `none for ${MACHINE} is in the package`;
  if (reason === undefined) {
    mkdirSync(dirname(TARGET), { recursive: true });
    copyFileSync(SHIPPED, TARGET);
    return 0;
  }
  say(`the addon that came along cannot be used (${reason}); building it`);
  return build();
}

process.exitCode = install();
