/**
 * The steps that compile: the addon (native/ → native/build/Release, under
 * AddressSanitizer native/asan/build/Release) and TypeScript (src/ → dist/, and from there
 * the bundle of dist/bundle). Run by scripts/setup.mjs; `npm run build` is the set-up of
 * mode `build`.
 */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { headerOptions } from '../native/headers.mjs';
import { run, SetupError } from './run.mjs';
import { filesUnder, hashFiles, runtime } from './setup/stamps.mjs';

/** @typedef {import('./setup.mjs').Step} Step */
/** @typedef {import('./setup/stamps.mjs').Stamps} Stamps */

const NODE_GYP = 'node_modules/node-gyp/bin/node-gyp.js';
const TSC = 'node_modules/typescript/bin/tsc';
/** Beside the modules, so that paths relative to one of them lead to the same place. */
const BUNDLE = 'dist/bundle';
/** Programs and the modules of dist/ that they begin with. */
const ENTRIES = { livery: 'cli/entry.js', 'livery-guid': 'guid/entry.js' };
/** Verbs of `livery` that have a bundle of their own, which no other verb makes larger or cuts up. */
const OWN = ['agent', 'daemon', 'renderer'];
/** Packages made of modules: of them a bundle of one verb takes what it uses. */
const TAKEN = /^(smol-toml|valibot)($|\/)/;
const VERB = /^\.\/verbs\/([a-z-]+)\.js$/;
/** What runs in a browser: compiled with other types, and not all of it TypeScript. */
const PAGE = 'src/view/page';
const PAGE_FILE = /\.(html|css|svg)$/;

/**
 * @param {Stamps} stamps
 * @param {{ name: string, title: string, folder: string }} build
 * @returns {Step | undefined}
 */
function nodeGypStep(stamps, { name, title, folder }) {
  const key = `${runtime} ${hashFiles([...filesUnder('native'), 'package-lock.json'])}`;
  const before = stamps.get(name);
  if (before === key && existsSync(join(folder, 'build/Release/livery.node'))) return undefined;
  // Only a build that ended, for this very runtime, can be gone on from.
  const actions = before?.startsWith(`${runtime} `) ? ['configure', 'build'] : ['rebuild'];
  return {
    title,
    async work() {
      stamps.forget(name);
      for (const action of actions) {
        const args = [NODE_GYP, action, '-C', folder, '--jobs=max', ...headerOptions()];
        const result = await run(process.execPath, args);
        if (result.code !== 0) {
          throw new SetupError(`${result.output.trimEnd()}\nthe ${title} could not be built`);
        }
      }
      stamps.record(name, key);
    },
  };
}

/** The addon that the program runs with. @param {Stamps} stamps */
export function addonStep(stamps) {
  return nodeGypStep(stamps, { name: 'addon', title: 'native addon', folder: 'native' });
}

/** The addon for `npm run test:asan`. @param {Stamps} stamps */
export function asanStep(stamps) {
  const title = 'native addon with AddressSanitizer';
  return nodeGypStep(stamps, { name: 'asan', title, folder: 'native/asan' });
}

/** The compiled file of a source file. @param {string} source */
function compiled(source) {
  return source.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js');
}

/**
 * The programs' modules in few files: finding, reading and compiling some hundreds of
 * them took longer than everything else at a start. Packages stay where they are, with
 * their licences, but for copies of what is used of `TAKEN`. Names stay too, for the
 * stack of an error.
 * @param {Record<string, string>} entries
 * @param {string} chunks how files are named that entries share
 * @param {string} [verb] the only one that comes with them; others are found where tsc wrote them
 */
async function bundleOf(entries, chunks, verb) {
  const { rolldown } = await import('rolldown');
  const made = await rolldown({
    input: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, resolve('dist', entry)]),
    ),
    platform: 'node',
    external: (id) => !(verb && TAKEN.test(id)) && !id.startsWith('.') && !isAbsolute(id),
    plugins: [
      {
        name: 'one verb',
        resolveId(source, _importer, { kind }) {
          const other = kind === 'dynamic-import' && VERB.exec(source)?.[1];
          if (!verb || !other || other === verb) return null;
          return { id: `../cli/verbs/${other}.js`, external: true };
        },
      },
    ],
  });
  await made.write({
    dir: BUNDLE,
    format: 'esm',
    chunkFileNames: chunks,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await made.close();
}

async function bundle() {
  await bundleOf(ENTRIES, '[name]-[hash].js');
  for (const verb of OWN) {
    await bundleOf({ [`livery-${verb}`]: ENTRIES.livery }, `livery-${verb}-[name]-[hash].js`, verb);
  }
}

/** @param {Stamps} stamps @returns {Step | undefined} */
export function typescriptStep(stamps) {
  const sources = filesUnder('src').filter((file) => file.endsWith('.ts'));
  const wanted = new Set(sources.filter((file) => !file.endsWith('.d.ts')).map(compiled));
  const pageFiles = filesUnder(PAGE).filter((file) => PAGE_FILE.test(file));
  const copied = (/** @type {string} */ file) => file.replace(/^src\//, 'dist/');
  const names = [...Object.keys(ENTRIES), ...OWN.map((verb) => `livery-${verb}`)];
  const bundles = names.map((name) => `${BUNDLE}/${name}.js`);
  const outputs = [...wanted, ...pageFiles.map(copied), ...bundles];
  const complete = outputs.every((file) => existsSync(file));
  const settings = [
    'tsconfig.json',
    `${PAGE}/tsconfig.json`,
    'package-lock.json',
    'scripts/build.mjs',
  ];
  const key = hashFiles([...sources, ...pageFiles, ...settings]);
  if (stamps.get('typescript') === key && complete) return undefined;
  return {
    title: 'TypeScript',
    async work() {
      stamps.forget('typescript');
      // tsc believes its own note of what it wrote, also when the files are gone.
      if (!complete) rmSync('dist/.tsbuildinfo', { force: true });
      // A bundle of other sources must not be run.
      rmSync(BUNDLE, { recursive: true, force: true });
      for (const project of ['.', PAGE]) {
        const result = await run(process.execPath, [TSC, '-p', project]);
        if (result.code !== 0) {
          throw new SetupError(`${result.output.trimEnd()}\nTypeScript could not be compiled`);
        }
      }
      for (const file of pageFiles) copyFileSync(file, copied(file));
      // What was compiled from a source that is gone must not be importable.
      for (const file of filesUnder('dist')) {
        const script = file.replace(/\.map$/, '');
        if (script.endsWith('.js') && !wanted.has(script)) rmSync(file);
      }
      await bundle();
      stamps.record('typescript', key);
    },
  };
}
