/**
 * The log of a daemon in the background: `guid.<qube>.log`, the one before it
 * kept as `.old`.
 */
import { constants, renameSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../base/errors.ts';
import type { QubeName } from '../base/ids.ts';
import { type Fd, native } from '../native/addon.ts';

const MODE = 0o640;

export interface LogFile {
  readonly path: string;
  readonly fd: Fd;
}

/** Throws UserError LOG_FILE. */
export function openLogFile(directory: string, qube: QubeName): LogFile {
  const path = join(directory, `guid.${qube}.log`);
  try {
    renameSync(path, `${path}.old`);
  } catch {
    // The first one.
  }
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;
  try {
    return { path, fd: native().openFile(path, flags, MODE) };
  } catch (error) {
    throw new UserError('LOG_FILE', `no log can be written: ${messageOf(error)}`, {
      hint: 'set LIVERY_GUID_LOG_DIR to a directory that this user can write in, or use -f',
    });
  }
}
