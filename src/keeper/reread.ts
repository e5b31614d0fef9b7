/**
 * The keeper's configuration read again. The daemon has read the same file a
 * moment before and says what it saw: two processes never take over two states
 * of one file.
 */
import { EXIT, UserError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import { type KnownIds, readConfigAgain } from '../config/read.ts';

/** Throws ConfigError, or UserError KEEPER_FILE when the file is not the one that is meant. */
export type Reread = (digest: string, ids: KnownIds) => Config;

/** @param file that of the configuration; undefined = it was never in one */
export function rereadFrom(file: string | undefined): Reread {
  return (digest, ids) => {
    if (file === undefined) {
      throw new UserError('KEEPER_FILE', 'the keeper has no configuration file', {
        exitCode: EXIT.usage,
      });
    }
    const again = readConfigAgain(file, ids);
    if (again.digest === digest) return again.config;
    throw new UserError(
      'KEEPER_FILE',
      `the keeper reads ${file}, and it is not the configuration that was just read`,
      {
        exitCode: EXIT.usage,
        hint: 'somebody may be writing it: try again; or start the keeper with the same --config as the daemon',
      },
    );
  };
}
