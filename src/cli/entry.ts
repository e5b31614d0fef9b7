/**
 * The `livery` program: every process of Livery starts here, as one verb.
 */
import { EXIT } from '../base/errors.ts';
import { processIo } from './io.ts';
import { main } from './main.ts';
import { report } from './report.ts';

const io = processIo();

// A reader that went away (`livery windows | head`) is no reason to end: a
// process that holds others would leave them behind.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  process.exit(report(error, io, process.argv.includes('--debug')) || EXIT.failed);
});

// Not `exitCode`: what a command could not close in time must not keep it alive.
process.exit(await main(process.argv.slice(2), io));
