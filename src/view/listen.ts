/**
 * Where the view listens: a port of 127.0.0.1, or a unix socket that only this
 * user can connect to.
 */
import { lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { native } from '../native/addon.ts';

export type Place = { readonly port: number } | { readonly socket: string };

/** The port that it is (a free one for 0); undefined on a unix socket. Rejects with UserError VIEW_LISTEN. */
export async function listen(server: Server, place: Place): Promise<number | undefined> {
  if ('socket' in place) {
    removeStale(place.socket);
    const before = process.umask(0o177);
    try {
      await bound(server, () => server.listen(place.socket), place.socket);
    } finally {
      process.umask(before);
    }
    return undefined;
  }
  await bound(server, () => server.listen(place.port, '127.0.0.1'), `port ${place.port}`);
  const address = server.address();
  return typeof address === 'object' && address ? address.port : undefined;
}

function bound(server: Server, begin: () => void, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(
        new UserError('VIEW_LISTEN', `the view cannot listen on ${where}: ${messageOf(error)}`, {
          exitCode: EXIT.unavailable,
          hint: 'choose another place with --port or --socket; without both a free port is taken',
        }),
      );
    };
    server.once('error', failed);
    server.once('listening', () => {
      server.off('error', failed);
      resolve();
    });
    begin();
  });
}

/** A socket that nobody listens on any more is left from a view that was killed. */
function removeStale(path: string): void {
  try {
    if (!lstatSync(path).isSocket()) return;
    native().connectUnix(path)[Symbol.dispose]();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') rmSync(path, { force: true });
  }
}
