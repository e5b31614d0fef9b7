/**
 * What it takes to run tests against the addon built with AddressSanitizer: the
 * build, and the environment of the test process.
 */
import { isAbsolute, resolve } from 'node:path';
import { run, SetupError } from './run.mjs';

/** @returns {Promise<Record<string, string>>} */
export async function asanEnvironment() {
  const built = await run('sh', ['scripts/setup.sh', 'asan'], { show: true });
  if (built.code !== 0) throw new SetupError('the addon could not be built with AddressSanitizer');
  const found = await run('g++', ['-print-file-name=libasan.so']);
  const library = found.output.trim();
  // g++ answers with the bare name when it has no such file.
  if (!isAbsolute(library)) throw new SetupError('g++ comes without libasan.so', 3);
  return {
    // The runtime has to be there before node, which is not built with it.
    LD_PRELOAD: library,
    // node itself does not free everything at its end.
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    LIVERY_ADDON: resolve('native/asan/build/Release/livery.node'),
  };
}
