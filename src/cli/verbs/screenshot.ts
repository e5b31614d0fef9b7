/**
 * `livery screenshot`: what is on dom0's screen, frames included, as a file.
 */
import { resolve } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import type { XWindowId } from '../../base/ids.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { isXwayland, XWAYLAND_WARNING } from '../../daemon/xwayland.ts';
import { XConnection } from '../../x11/connection.ts';
import { parseDisplay } from '../../x11/display.ts';
import { findCookie } from '../../x11/xauthority.ts';
import { working } from '../progress.ts';
import { kindOf, refuseExisting, writePicture } from '../screenshot/file.ts';
import { type Shot, screenShot, windowShot } from '../screenshot/shot.ts';
import type { Call } from '../verb.ts';

export async function screenshot({ io, operands, has, value }: Call): Promise<number> {
  const [file = ''] = operands;
  kindOf(file);
  refuseExisting(file, has('force'));
  const [window, qube] = [value('window'), value('qube')];
  if (window !== undefined && qube !== undefined) {
    throw new UserError('USAGE', 'expected --window or --qube, not both', {
      exitCode: EXIT.usage,
      hint: 'livery screenshot --help',
    });
  }
  const whole = window === undefined && qube === undefined;
  const windows = whole ? [] : await windowsOf(window, qube, io.env);
  const display = parseDisplay(io.env.DISPLAY);
  const cookie = findCookie(display, io.env.XAUTHORITY);
  let shot: Shot | undefined;
  {
    using x = await XConnection.open(display, { name: 'livery screenshot', cookie });
    shot = whole ? await screenShot(x) : await windowShot(x, windows);
  }
  if (!shot) throw nothingShown();
  const picture = shot;
  await working(io, 'writing the picture', () => writePicture(file, picture, has('force')));
  if (await isXwayland(display, cookie)) io.err(`livery: ${XWAYLAND_WARNING}\n`);
  tell(picture);
  return EXIT.ok;

  function tell({ width, height, hidden, total }: Shot): void {
    const path = resolve(file);
    if (has('json')) {
      io.out(`${JSON.stringify({ file: path, width, height, windows, hidden, total })}\n`);
      return;
    }
    io.out(`${path}: ${width}x${height}\n`);
    if (hidden === 0) return;
    const percent = Math.max(1, Math.round((100 * hidden) / total));
    io.err(
      `livery: ${percent} % is covered or not on the screen, and transparent in the picture\n`,
    );
  }
}

/** The frames that are meant. Throws UserError USAGE, UNKNOWN_WINDOW, UNKNOWN_QUBE. */
async function windowsOf(
  window: string | undefined,
  qube: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<XWindowId[]> {
  const id = window === undefined ? undefined : numberOf(window);
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(env)));
  const all = await client.ask('windows', {});
  if (id !== undefined) {
    const one = all.find((listed) => listed.window === id);
    if (one) return [one.window];
    throw new UserError('UNKNOWN_WINDOW', `no qube has a window ${window}`, {
      exitCode: EXIT.notFound,
      hint: 'livery windows lists them with their numbers',
    });
  }
  const names = (await client.ask('qubes', {})).map(({ name }) => String(name));
  if (!names.includes(qube ?? '')) {
    throw new UserError('UNKNOWN_QUBE', `there is no qube '${escapeText(qube ?? '', 40)}'`, {
      exitCode: EXIT.notFound,
      hint: `the configuration has: ${names.join(', ')}`,
    });
  }
  return all.filter((one) => one.qube === qube && one.mapped).map((one) => one.window);
}

/** `0x1e00007` or `31457287`. */
function numberOf(text: string): number {
  const id = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : 0;
  if (id > 0 && id <= 0xffffffff) return id;
  throw new UserError('USAGE', `--window is '${escapeText(text, 40)}', expected a number`, {
    exitCode: EXIT.usage,
    hint: 'livery windows lists the windows with their numbers',
  });
}

function nothingShown(): UserError {
  return new UserError('NOTHING_SHOWN', 'none of the windows is on the screen', {
    exitCode: EXIT.notFound,
    hint: 'livery windows lists the windows and whether they are shown',
  });
}
