/**
 * `livery view`: the screen live in a browser. A process with the X server and
 * the control socket and nothing else: once it listens it gives up files, programs
 * and the network, as the daemon does.
 */
import { resolve } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { confine, confinementWanted } from '../../daemon/confine/confine.ts';
import { accessTo } from '../../daemon/confine/files.ts';
import { EndSignal } from '../../keeper/end-signal.ts';
import type { Place } from '../../view/listen.ts';
import type { Control } from '../../view/messages.ts';
import { View } from '../../view/view.ts';
import { parseDisplay } from '../../x11/display.ts';
import { descriptor } from '../descriptor.ts';
import type { Call } from '../verb.ts';

const LAST_PORT = 65_535;

export async function view(call: Call): Promise<number> {
  const { io, has } = call;
  using end = new EndSignal(descriptor(call.value('parent-pipe')), ['SIGINT', 'SIGTERM', 'SIGHUP']);
  const control = controlOf(call);
  confinementWanted(io.env);
  const problem = (text: string): void => io.err(`livery view: ${escapeText(text, 400)}\n`);
  await using shown = await View.open({
    display: parseDisplay(io.env.DISPLAY),
    controlPath: controlSocketPath(runtimeDirPath(io.env)),
    place: placeOf(call),
    control,
    problem,
  });
  // The page is served from memory, and a socket's file stays for the next view to remove.
  confine({ env: io.env, files: accessTo([], []), log: warnings(problem) });
  io.out(has('json') ? `${JSON.stringify({ address: shown.address })}\n` : `${shown.address}\n`);
  if (io.errIsTty) io.err(`${WORDS[control]} The address is good once. Ctrl-C ends it.\n`);
  const reason = await Promise.race([end.told.then(() => undefined), shown.lost]);
  if (reason === undefined) return EXIT.ok;
  throw new UserError('X_GONE', `the X server is gone: ${reason}`, { exitCode: EXIT.unavailable });
}

/** What the kernel cannot take away is said; that it did is not. */
function warnings(problem: (text: string) => void): Log {
  const log: Log = { ...silentLog, warn: (_fields, message) => problem(message), child: () => log };
  return log;
}

const WORDS: Readonly<Record<Control, string>> = {
  none: 'The page can only look.',
  limited: 'The page can use mouse and keys, but no secure chord, and answers no question.',
  all: 'The page can do everything that a person at the screen can.',
};

function controlOf({ has, value }: Call): Control {
  if (value('control') === 'all') return 'all';
  return has('control') ? 'limited' : 'none';
}

/** Throws UserError USAGE. */
function placeOf({ value }: Call): Place {
  const socket = value('socket');
  const port = value('port');
  if (socket !== undefined && port !== undefined) {
    throw new UserError('USAGE', 'view: it is either --port or --socket', {
      exitCode: EXIT.usage,
      hint: 'livery view --help',
    });
  }
  if (socket !== undefined) return { socket: resolve(socket) };
  if (port === undefined) return { port: 0 };
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= LAST_PORT) {
    return { port: Number(port) };
  }
  throw new UserError(
    'USAGE',
    `--port is a number from 1 to 65535, not '${escapeText(port, 40)}'`,
    {
      exitCode: EXIT.usage,
    },
  );
}
