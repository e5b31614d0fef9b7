/**
 * `npm run package:deb`: a Debian package of what was built, with the Node.js
 * that builds it, so that nothing is fetched where it is installed. Prints the
 * path of the package as its last line.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const HOME = '/usr/lib/livery';
const NODE = `${HOME}/bin/node`;
/** Programs that are started, and a font for notices: what the doctor asks for. */
const DEPENDS = ['bubblewrap', 'dbus', 'fonts-dejavu-core', 'mount', 'util-linux', 'xauth', 'xvfb'];
/** What the demo shows, and what manages its windows. */
const RECOMMENDS = ['mousepad', 'openbox', 'x11-apps', 'xterm'];
const SUGGESTS = ['slirp4netns'];
/** Headers for the build of the addon. */
const NOT_AT_RUN_TIME = new Set(['node_modules/node-addon-api']);

/** @param {string} file @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(file, args, env) {
  const result = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (result.status === 0) return result.stdout;
  throw new Error(`${file} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
}

/** What `npm ci --omit=dev` would leave, of what is installed. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8'));
  return Object.entries(/** @type {Record<string, { dev?: boolean }>} */ (packages))
    .filter(([path, { dev }]) => path !== '' && !dev && !NOT_AT_RUN_TIME.has(path))
    .map(([path]) => path);
}

/** The licence of the Node.js that runs, as it came with it. */
function nodeLicence() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const places = ['LICENSE', 'share/doc/nodejs/LICENSE', 'share/doc/nodejs/copyright'];
  const found = places.map((place) => join(prefix, place)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no licence of Node.js is in ${prefix}`);
  return readFileSync(found);
}

/** The packages of the shared libraries of these files, as new as those they were linked with. */
function libraryPackages(/** @type {readonly string[]} */ files) {
  /** @type {Set<string>} */
  const libraries = new Set();
  for (const file of files) {
    for (const [, path = ''] of run('ldd', [file]).matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
      const real = realpathSync(path);
      if (!real.startsWith(process.cwd())) libraries.add(real);
    }
  }
  /** @type {Map<string, string>} */
  const packages = new Map();
  for (const library of libraries) {
    // dpkg knows files of a merged /usr by the names that they were packed with.
    const names = [library, library.replace(/^\/usr/, '')];
    const said = spawnSync('dpkg', ['-S', ...names], { encoding: 'utf8' }).stdout;
    const [name = ''] = said.split(':');
    if (name === '') throw new Error(`no package has ${library}`);
    const version = run('dpkg-query', ['-W', `-f=$${'{source:Upstream-Version}'}`, name]);
    packages.set(name, `${name} (>= ${version})`);
  }
  return [...packages.values()].sort();
}

/** @param {string} root @param {string} path @param {string | Buffer} text @param {number} [mode] */
function write(root, path, text, mode = 0o644) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
}

/** Everything that is installed. @param {string} root @param {string} commit */
function fill(root, commit) {
  const own = join(root, HOME);
  const parts = ['dist', 'package.json', 'docs/examples', 'docs/livery.schema.json'];
  parts.push('native/build/Release/livery.node', ...productionPackages());
  for (const part of parts) cpSync(part, join(own, part), { recursive: true, dereference: true });
  for (const name of readdirSync(join(own, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (/\.(map|tsbuildinfo)$/.test(name)) rmSync(join(own, 'dist', name));
  }
  write(root, `${HOME}/commit`, `${commit}\n`);
  cpSync(realpathSync(process.execPath), join(root, NODE));
  for (const program of ['livery', 'livery-guid']) {
    const script = `${HOME}/dist/bin/${program}.js`;
    const text = readFileSync(join(root, script), 'utf8').replace(/^#!.*$/m, `#!${NODE}`);
    write(root, script, text, 0o755);
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync(`../lib/livery/dist/bin/${program}.js`, join(root, 'usr/bin', program));
  }
}

/** What the program itself makes: completion, manual pages, units. @param {string} root */
async function fillFromProgram(root) {
  const livery = (/** @type {string[]} */ ...args) =>
    run(process.execPath, ['dist/bin/livery.js', ...args]);
  write(root, '/usr/share/bash-completion/completions/livery', livery('completion', 'bash'));
  write(root, '/usr/share/zsh/vendor-completions/_livery', livery('completion', 'zsh'));
  write(root, '/usr/share/fish/vendor_completions.d/livery.fish', livery('completion', 'fish'));
  const pages = join(root, 'usr/share/man/man1');
  livery('man', '--dir', pages);
  for (const page of readdirSync(pages)) {
    const file = join(pages, page);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
    rmSync(file);
  }
  const { units } = await import(compiled('cli/install/units.js'));
  for (const { name, text } of units(['/usr/bin/livery'])) {
    write(root, `/usr/lib/systemd/user/${name}`, text);
  }
}

/** A module as the build left it; its types are those of src/. @param {string} path */
function compiled(path) {
  return new URL(`../dist/${path}`, import.meta.url).href;
}

/** @param {string} root */
function fillDocuments(root) {
  const place = '/usr/share/doc/livery';
  const copyright = `Livery: Apache-2.0, see /usr/share/common-licenses/Apache-2.0

${HOME}/node_modules: each package with its licence in its own directory.

${NODE} is the executable of Node.js ${process.versions.node}, under these terms:

`;
  write(root, `${place}/copyright`, Buffer.concat([Buffer.from(copyright), nodeLicence()]));
  write(root, `${place}/changelog.gz`, gzipSync(readFileSync('CHANGELOG.md'), { level: 9 }));
  for (const file of ['README.md', 'SECURITY.md', 'docs/commands.md', 'docs/clipboard.md']) {
    write(root, `${place}/${file}`, readFileSync(file));
  }
  cpSync('docs/examples', join(root, place, 'examples'), { recursive: true });
}

/**
 * The maintainer is the author of package.json, who has no address there: none is made up.
 * @param {string} root @param {{ version: string, description: string, author: string }} manifest
 */
function writeControl(root, { version, description, author }) {
  const machine = run('dpkg', ['--print-architecture']).trim();
  const libraries = libraryPackages([
    process.execPath,
    'native/build/Release/livery.node',
    ...sharedObjects('node_modules/@img'),
  ]);
  const bytes = Number(run('du', ['-s', '--block-size=1024', root]).split('\t')[0]);
  const control = `Package: livery
Version: ${version}
Architecture: ${machine}
Maintainer: ${author}
Installed-Size: ${bytes}
Depends: ${[...libraries, ...DEPENDS].join(', ')}
Recommends: ${RECOMMENDS.join(', ')}
Suggests: ${SUGGESTS.join(', ')}
Section: x11
Priority: optional
Description: ${description}
 Shows the windows of isolated qubes on one X screen, each in the colour and
 pattern of its qube. Speaks the Qubes GUI protocol 1.0 to 1.8. Brings its own
 Node.js; nothing is fetched when it is installed.
`;
  write(root, 'DEBIAN/control', control);
  return `livery_${version}_${machine}.deb`;
}

/** @param {string} folder */
function sharedObjects(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(node|so[.\d]*)$/.test(name))
    .map((name) => join(folder, name));
}

/** What dpkg installs belongs to root and can be read by all. @param {string} path */
function openToAll(path) {
  const facts = statSync(path);
  const executable = facts.isDirectory() || (facts.mode & 0o100) !== 0;
  chmodSync(path, executable ? 0o755 : 0o644);
  if (facts.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}

async function main() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const commit = run('git', ['rev-parse', '--short=12', 'HEAD']).trim();
  const time = run('git', ['log', '-1', '--format=%ct']).trim();
  const root = mkdtempSync(join(tmpdir(), 'livery-deb-'));
  try {
    fill(root, commit);
    await fillFromProgram(root);
    fillDocuments(root);
    const name = writeControl(root, manifest);
    openToAll(root);
    const target = resolve('build', name);
    mkdirSync(dirname(target), { recursive: true });
    const args = ['--root-owner-group', '-Zxz', '--build', root, target];
    run('dpkg-deb', args, { SOURCE_DATE_EPOCH: time });
    process.stdout.write(`${target}\n`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
await main();
