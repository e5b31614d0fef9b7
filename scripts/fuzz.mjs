/**
 * Fuzzing, after scripts/setup.sh fuzz: node scripts/fuzz.mjs [SECONDS [TARGET…]]
 * SECONDS (30 if not given) are shared among the targets: the plain classes of the
 * addon under libFuzzer (native/fuzz), and the wires against the rooms that parse
 * them (test/property/session; `wire` is all of them). What ends a run badly is kept in
 * a folder that is in no commit, and every later run begins with it; it becomes a fixed
 * test when it is moved among the seeds (native/fuzz/seeds, test/golden/fuzz) under a
 * name that says what it was. A line per target; the totals are the last line.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { run, SetupError, secondsSince } from './run.mjs';
import { closingLine } from './vitest-report.mjs';

const FOLDER = 'native/fuzz';
const BUILT = `${FOLDER}/build`;
/** Under it a folder for each harness. */
const FOUND = `${BUILT}/found`;
const FLAGS = [
  '-std=c++17',
  '-D_GNU_SOURCE',
  '-g',
  '-O1',
  '-fno-omit-frame-pointer',
  '-Wall',
  '-Wextra',
  '-fsanitize=fuzzer,address,undefined',
  '-fno-sanitize-recover=undefined',
];

/** What of native/src each harness is linked with. @type {Readonly<Record<string, string[]>>} */
const harnesses = {
  ring: ['ring'],
  row_copy: ['row_copy'],
  write_queue: ['write_queue', 'socket_message', 'secret_memory'],
  messages: ['socket_message'],
  shortcut: ['shortcut'],
};
/** Of the seconds, the part of the wires: most of what a qube can do is there. */
const WIRE_PART = 0.5;
const WIRES = ['gui', 'service', 'icons', 'ring-double'];
const WIRE_TEST = 'test/property/session/wire-fuzz.test.ts';
/** Longest input in bytes: some hundred steps. */
const MAX_BYTES = 2048;
const PROGRESS_MS = 10_000;

/** @param {number} number */
function counted(number) {
  return number.toLocaleString('en');
}

/**
 * Says now and then that a target is still at it.
 * @template T @param {string} name @param {number} seconds @param {Promise<T>} work
 */
async function withProgress(name, seconds, work) {
  const startMs = performance.now();
  const timer = setInterval(() => {
    process.stderr.write(`fuzz: ${name} ${secondsSince(startMs)} of ${seconds} s\n`);
  }, PROGRESS_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** @param {string} name @returns {Promise<string>} the program */
async function build(name) {
  const program = join(BUILT, name);
  const sources = (harnesses[name] ?? []).map((source) => `native/src/${source}.cc`);
  const args = [...FLAGS, join(FOLDER, `${name}.cc`), ...sources, '-o', program];
  const result = await run('clang++', args);
  if (result.code !== 0) {
    throw new SetupError(`${result.output.trimEnd()}\n${name} could not be compiled`, 3);
  }
  return program;
}

/** @param {string} name @param {number} seconds @returns {Promise<boolean>} whether all went well */
async function fuzzNative(name, seconds) {
  const program = await build(name);
  const corpus = join(BUILT, 'corpus', name);
  const seeds = join(FOLDER, 'seeds', name);
  const found = join(FOUND, name);
  for (const folder of [corpus, seeds, found]) mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(found));
  const args = [
    `-max_total_time=${seconds}`,
    `-max_len=${MAX_BYTES}`,
    `-artifact_prefix=${found}/`,
    '-print_final_stats=1',
    '-timeout=10',
    corpus,
    seeds,
    found,
  ];
  const limitSeconds = seconds + 60;
  const result = await withProgress(name, seconds, run(program, args, { limitSeconds }));
  const units = Number(/number_of_executed_units: (\d+)/.exec(result.output)?.[1] ?? 0);
  const places = /cov: (\d+)(?![\s\S]*cov: )/.exec(result.output)?.[1] ?? '?';
  process.stdout.write(`${`${name}:`.padEnd(13)} ${counted(units)} runs, ${places} places\n`);
  if (result.code === 0 && units > 0) return true;
  const kept = readdirSync(found).filter((file) => !before.has(file));
  process.stderr.write(`${result.output}\n`);
  for (const file of kept) process.stdout.write(`${name}: kept ${join(found, file)}\n`);
  return false;
}

/** @param {number} seconds @param {readonly string[]} wires @returns {Promise<boolean>} */
async function fuzzWires(seconds, wires) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'property', WIRE_TEST];
  const result = await run(process.execPath, args, {
    env: {
      LIVERY_FUZZ_SECONDS: String(seconds),
      LIVERY_FUZZ_WIRES: wires.join(','),
      NO_COLOR: '1',
    },
    limitSeconds: seconds * 2 + 60,
  });
  for (const [line] of result.output.matchAll(/^wire [\w-]+: .*$/gm)) {
    process.stdout.write(`${line}\n`);
  }
  if (result.code !== 0) process.stderr.write(`${result.output}\n`);
  return result.code === 0;
}

/** @param {readonly string[]} words @returns {Promise<number>} the exit code */
async function main([word = '30', ...targets]) {
  const seconds = Number(word);
  const known = [...Object.keys(harnesses), 'wire', ...WIRES];
  if (!Number.isFinite(seconds) || seconds < 1) {
    throw new SetupError(`'${word}' is no number of seconds`, 2);
  }
  for (const target of targets) {
    if (!known.includes(target)) {
      throw new SetupError(`no target '${target}'; there are ${known.join(', ')}`, 2);
    }
  }
  const chosen = targets.length > 0 ? targets : [...Object.keys(harnesses), 'wire'];
  const native = chosen.filter((name) => name in harnesses);
  const wires = chosen.includes('wire') ? WIRES : chosen.filter((name) => WIRES.includes(name));
  const wire = wires.length > 0;
  const wireSeconds = native.length === 0 ? seconds : seconds * WIRE_PART;
  const nativeSeconds = (wire ? seconds - wireSeconds : seconds) / Math.max(1, native.length);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  mkdirSync(BUILT, { recursive: true });
  for (const name of native) {
    if (await fuzzNative(name, Math.max(1, Math.round(nativeSeconds)))) counts.passed++;
    else counts.failed++;
  }
  if (wire) {
    const shown = Math.max(1, Math.round(wireSeconds));
    if (await withProgress('wire', shown, fuzzWires(shown, wires))) counts.passed++;
    else counts.failed++;
  }
  process.stdout.write(`${closingLine(counts)}\n`);
  return counts.failed === 0 ? 0 : 1;
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`livery: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
