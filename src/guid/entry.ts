/**
 * The `livery-guid` program: Livery in the place of qubes-guid.
 */
import { EXIT, messageOf } from '../base/errors.ts';
import { processIo } from '../cli/io.ts';
import { main } from './main.ts';

const io = processIo();

process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  io.err(`livery-guid: unexpected: ${messageOf(error)}\n${error.stack ?? ''}\n`);
  process.exit(EXIT.failed);
});

process.exit(await main(process.argv.slice(2), io, process.argv[1] as string));
