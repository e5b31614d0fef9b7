/**
 * The steps that compile the benchmark: its native programs (bench/native →
 * build/bench) and its TypeScript (bench/ and what it uses of test/rig and src/ →
 * build/bench). Run by scripts/setup.mjs in the mode `bench`.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { run, SetupError } from './run.mjs';
import { filesUnder, hashFiles, runtime } from './setup/stamps.mjs';

/** @typedef {import('./setup.mjs').Step} Step */
/** @typedef {import('./setup/stamps.mjs').Stamps} Stamps */

const SOURCES = 'bench/native';
const BUILT = 'build/bench';
const TSC = 'node_modules/typescript/bin/tsc';
const FLAGS = ['-std=c++17', '-O2', '-Wall', '-Wextra'];

/** Sources and libraries of each program. */
const programs = [
  { name: 'draw', sources: ['draw', 'canvas'], libraries: ['X11', 'Xext'] },
  { name: 'probe', sources: ['probe', 'sight'], libraries: ['X11', 'Xdamage', 'Xtst'] },
];

/** @param {Stamps} stamps @returns {Step | undefined} */
export function benchProgramsStep(stamps) {
  const key = `${runtime} ${hashFiles([...filesUnder(SOURCES), 'scripts/bench-build.mjs'])}`;
  const there = programs.every(({ name }) => existsSync(`${BUILT}/${name}`));
  if (stamps.get('bench programs') === key && there) return undefined;
  return {
    title: 'programs of the benchmark',
    async work() {
      stamps.forget('bench programs');
      mkdirSync(BUILT, { recursive: true });
      for (const { name, sources, libraries } of programs) {
        const files = sources.map((source) => `${SOURCES}/${source}.cc`);
        const linked = libraries.map((library) => `-l${library}`);
        const compiler = process.env.CXX || 'g++';
        const result = await run(compiler, [
          ...FLAGS,
          ...files,
          '-o',
          `${BUILT}/${name}`,
          ...linked,
        ]);
        if (result.code !== 0) {
          throw new SetupError(`${result.output.trimEnd()}\n${name} could not be compiled`);
        }
      }
      stamps.record('bench programs', key);
    },
  };
}

/** @param {Stamps} stamps @returns {Step | undefined} */
export function benchCompileStep(stamps) {
  const folders = ['bench', 'src', 'test/rig'];
  const sources = folders.flatMap(filesUnder).filter((file) => file.endsWith('.ts'));
  const key = hashFiles([...sources, 'tsconfig.json', 'bench/tsconfig.json', 'package-lock.json']);
  const there = existsSync(`${BUILT}/bench/main.js`);
  if (stamps.get('bench') === key && there) return undefined;
  return {
    title: 'benchmark',
    async work() {
      stamps.forget('bench');
      // What tsc remembers is not believed when what it wrote is gone.
      const forced = there ? [] : ['--incremental', 'false'];
      const result = await run(process.execPath, [TSC, '-p', 'bench', ...forced]);
      if (result.code !== 0) {
        throw new SetupError(`${result.output.trimEnd()}\nthe benchmark could not be compiled`);
      }
      stamps.record('bench', key);
    },
  };
}
