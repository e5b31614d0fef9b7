/**
 * A D-Bus session bus of the qube's own, if the program is there: GTK programs
 * wait 25 seconds for one that is not. It ends with the agent.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import type { Scope } from '../base/scope.ts';

const PROGRAM = 'dbus-daemon';
const SETPRIV = '/usr/bin/setpriv';
const START_MS = 5_000;

/** The bus's address for DBUS_SESSION_BUS_ADDRESS, or undefined: there is none. */
export async function startSessionBus(
  directory: string,
  path: string,
  log: Log,
  scope: Scope,
): Promise<string | undefined> {
  const address = `unix:path=${join(directory, 'bus')}`;
  const argv = [
    PROGRAM,
    ...['--session', '--nofork', '--nopidfile', `--address=${address}`, '--print-address=3'],
  ];
  const [program, ...args] = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'TERM', '--', ...argv]
    : argv;
  const child = spawn(program as string, args, {
    env: { PATH: path, XDG_RUNTIME_DIR: directory },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  scope.onClose(() => void child.kill('SIGTERM'));
  const told = await untilAddress(child);
  if (told === undefined) log.warn({}, 'there is no D-Bus session bus in this qube');
  return told;
}

function untilAddress(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), START_MS);
    const settle = (address: string | undefined): void => {
      clearTimeout(timer);
      resolve(address);
    };
    let text = '';
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\n');
      if (end >= 0) settle(text.slice(0, end));
    });
    child.once('error', () => settle(undefined));
    child.once('exit', () => settle(undefined));
  });
}
