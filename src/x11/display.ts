/**
 * Which X display is meant by $DISPLAY. Only local displays are accepted: over
 * TCP or ssh no descriptor can be passed, and whoever sits between could draw
 * any frame colour that he likes.
 */
import { EXIT, UserError } from '../base/errors.ts';

export interface Display {
  readonly number: number;
  readonly screen: number;
  /** Path of the X server's unix socket. */
  readonly path: string;
}

/** Where X servers keep their sockets (compiled into them). */
const SOCKET_DIRECTORY = '/tmp/.X11-unix';

/** The display with that number on this machine. */
export function localDisplay(number: number): Display {
  return { number, screen: 0, path: `${SOCKET_DIRECTORY}/X${number}` };
}

/**
 * `:N`, `:N.S`, and `unix:N`. Anything with another host (`host:N`,
 * `localhost:10`, `tcp/…`) is refused with DISPLAY_REMOTE, nothing at all with
 * NO_DISPLAY; both are UserErrors with exit status 3.
 */
export function parseDisplay(text: string | undefined): Display {
  if (text === undefined || text === '') {
    throw new UserError('NO_DISPLAY', 'there is no X display: DISPLAY is not set', {
      exitCode: EXIT.unavailable,
      hint: 'start it inside an X session, set DISPLAY=:0, or look at: livery demo --own-screen',
    });
  }
  const match = /^(?:(?<host>.*))?:(?<number>\d{1,5})(?:\.(?<screen>\d{1,3}))?$/.exec(text);
  const groups = match?.groups;
  if (!groups) {
    throw new UserError('NO_DISPLAY', `DISPLAY is "${text}", expected something like :0`, {
      exitCode: EXIT.unavailable,
      hint: 'set DISPLAY to the number of a local X server, for example DISPLAY=:0',
    });
  }
  const host = groups.host ?? '';
  if (host !== '' && host !== 'unix' && host !== 'unix/') {
    throw new UserError('DISPLAY_REMOTE', `DISPLAY is "${text}", which is not a local X server`, {
      exitCode: EXIT.unavailable,
      hint: 'frames can be trusted only on a local display: run it on the machine with the screen, or look at: livery demo --own-screen',
    });
  }
  const display = localDisplay(Number(groups.number));
  return { ...display, screen: Number(groups.screen ?? 0) };
}
