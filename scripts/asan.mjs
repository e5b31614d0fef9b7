/**
 * What it takes to run tests against the addon built with AddressSanitizer: the
 * build, the environment of the test process, and the proof that in this
 * environment an overflow is reported. Without it a run that looked at nothing
 * would pass.
 */
import { isAbsolute, resolve } from 'node:path';
import { run, SetupError } from './run.mjs';

const ADDON = 'native/asan/build/Release/livery.node';
/** Calls the function that only this build has: it writes one byte past its memory. */
const OVERFLOW = 'require(process.env.LIVERY_ADDON).writeOneByteTooMany(8)';

/** @returns {Promise<Record<string, string>>} */
export async function asanEnvironment() {
  const built = await run('sh', ['scripts/setup.sh', 'asan'], { show: true });
  if (built.code !== 0) throw new SetupError('the addon could not be built with AddressSanitizer');
  const found = await run('g++', ['-print-file-name=libasan.so']);
  const library = found.output.trim();
  // g++ answers with the bare name when it has no such file.
  if (!isAbsolute(library)) throw new SetupError('g++ comes without libasan.so', 3);
  const env = {
    LIVERY_ADDON: resolve(ADDON),
    // The runtime has to be there before node, which is not built with it.
    LD_PRELOAD: library,
    // node itself does not free everything at its end.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  };
  const proof = await run(process.execPath, ['-e', OVERFLOW], { env });
  if (proof.code === 0 || !proof.output.includes('AddressSanitizer: heap-buffer-overflow')) {
    throw new SetupError(`a planted overflow was not reported:\n${proof.output}`);
  }
  return env;
}
