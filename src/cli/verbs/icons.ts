/**
 * `livery icons`: hands a qube's icon stream from standard input to whoever
 * shows the qube's windows. Meant to be the program of the qrexec service
 * qubes.WindowIconUpdater in dom0, so it takes the qube's name from qrexec and
 * no operand: what follows a `+` in the service's name is the qube's to choose.
 */
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { parseQubeName, type QubeName } from '../../base/ids.ts';
import { isOwnPeer } from '../../channel/lines.ts';
import { iconSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { native, type Stream } from '../../native/addon.ts';
import type { Call } from '../verb.ts';

/** A call may come before the windows do; a sender gives up after five that end within 5 s. */
const WAIT_MS = 30_000;
const LOOK_MS = 200;
/** So much may wait for the daemon before standard input does. */
const MAX_QUEUED_BYTES = 256 * 1024;

export async function icons({ io, value }: Call): Promise<number> {
  const qube = qubeOf(io.env, value('qube'));
  const stream = await connect(iconSocketPath(runtimeDirPath(io.env), qube), qube);
  return hand(stream);
}

/** Throws UserError USAGE. */
function qubeOf(env: NodeJS.ProcessEnv, option: string | undefined): QubeName {
  const caller = env.QREXEC_REMOTE_DOMAIN;
  if (caller && option !== undefined && option !== caller) {
    throw usage('icons: --qube cannot be given in a qrexec call');
  }
  const name = caller || option;
  if (!name) throw usage('icons: whose icons? Neither QREXEC_REMOTE_DOMAIN nor --qube is given');
  const qube = parseQubeName(name);
  if (qube === undefined) throw usage(`icons: '${escapeText(name, 40)}' is no name of a qube`);
  return qube;
}

function usage(message: string): UserError {
  return new UserError('USAGE', message, { exitCode: EXIT.usage, hint: 'livery icons --help' });
}

/** Waits until somebody shows the qube. Throws UserError ICONS_ABSENT, DAEMON_FOREIGN. */
async function connect(path: string, qube: QubeName): Promise<Stream> {
  const untilMs = performance.now() + WAIT_MS;
  for (;;) {
    let reason: string;
    try {
      const stream = native().connectUnix(path);
      if (isOwnPeer(stream)) return stream;
      stream[Symbol.dispose]();
      throw new UserError('DAEMON_FOREIGN', `the process at ${path} belongs to another user`);
    } catch (error) {
      if (error instanceof UserError) throw error;
      reason = messageOf(error);
    }
    if (performance.now() >= untilMs) {
      throw new UserError('ICONS_ABSENT', `nobody shows windows of ${qube} (${reason})`, {
        exitCode: EXIT.notFound,
        hint: 'is LIVERY_RUNTIME_DIR the same as that of the daemon?',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Resolves when the daemon has taken everything. Rejects with UserError ICON_STREAM_ENDED. */
function hand(stream: Stream): Promise<number> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    let ended = false;
    const over = (): void => {
      stream[Symbol.dispose]();
      stdin.destroy();
      if (ended) resolve(EXIT.ok);
      else {
        reject(
          new UserError('ICON_STREAM_ENDED', 'the daemon ended the icon stream', {
            hint: 'its log says why',
          }),
        );
      }
    };
    const answer = new Uint8Array(1024);
    stream.start({
      readable: () => {
        if (stream.read(answer) < 0) over();
      },
      drained: () => void stdin.resume(),
    });
    stdin.on('data', (chunk: Buffer) => {
      if (!stream.disposed && stream.write(chunk) > MAX_QUEUED_BYTES) stdin.pause();
    });
    const end = (): void => {
      ended = true;
      if (!stream.disposed) stream.end();
    };
    stdin.on('end', end);
    stdin.on('error', end);
  });
}
