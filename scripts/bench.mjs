/**
 * The benchmark, after scripts/setup.sh bench: node scripts/bench.mjs [OPTION…]
 * (bench/options.ts). Exit code 0 when it has measured, whatever came of it.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUILT } from './bench-build.mjs';

const caller = process.cwd();
const argv = process.argv.slice(2);
// A file is named from where it was asked for.
const json = argv.indexOf('--json');
const file = argv[json + 1];
if (json >= 0 && file !== undefined) argv[json + 1] = resolve(process.env.INIT_CWD ?? caller, file);

chdir(fileURLToPath(new URL('..', import.meta.url)));
const child = spawn(process.execPath, [`${BUILT}/bench/main.js`, ...argv], {
  stdio: 'inherit',
  // Compiled elsewhere, it does not find the addon by itself.
  env: { ...process.env, LIVERY_ADDON: resolve('native/build/Release/livery.node') },
});
/** @type {NodeJS.Signals[]} */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];
// A terminal tells both of us; whoever tells only this one is passed on.
for (const signal of passedOn) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 1;
  if (signal !== null) process.stderr.write(`bench: ended by ${signal}\n`);
});
