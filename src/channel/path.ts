/**
 * Names of channel sockets, as the socket transport of the reference has them:
 * `vchan.<server>.<client>.<port>.sock`. The server is the qube, the client dom0.
 */
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { DomainId } from '../base/ids.ts';

/** Ports of a qube's channels. */
export const PORT = { gui: 6000, service: 6001 } as const;

/** sun_path holds 108 bytes with its NUL; a longer name would be cut without a word. */
const MAX_PATH_BYTES = 107;

/** The file name alone. */
function channelName(server: DomainId, client: DomainId, port: number): string {
  return `vchan.${server}.${client}.${port}.sock`;
}

/** The socket in `directory`. Throws UserError PATH_TOO_LONG when no socket can have that name. */
export function channelPath(
  directory: string,
  server: DomainId,
  client: DomainId,
  port: number,
): string {
  const path = join(directory, channelName(server, client, port));
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new UserError('PATH_TOO_LONG', `a socket's path may have 107 bytes: ${path}`, {
      hint: 'set LIVERY_RUNTIME_DIR to a shorter directory',
    });
  }
  return path;
}
