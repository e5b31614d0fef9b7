/**
 * The environment of the qube's programs: what of the agent's own is about the
 * user and the language, and what the qube adds. Nothing of the keeper's
 * descriptors or of the host is in it.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './programs.ts';

const INHERITED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TZ'],
  ...['LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'LC_MESSAGES', 'LC_TIME', 'LC_NUMERIC'],
  ...['XDG_DATA_DIRS', 'XDG_CONFIG_DIRS'],
];

export interface QubeDirectories {
  /** XDG_RUNTIME_DIR of programs. */
  readonly runtime: string;
  /** The X server's cookie. */
  readonly xServer: string;
}

/** Makes the directories (0700). */
export function makeDirectories(env: NodeJS.ProcessEnv): QubeDirectories {
  const given = env.XDG_RUNTIME_DIR;
  const runtime = given ?? mkdtempSync(join(tmpdir(), 'livery-agent-'));
  if (given !== undefined) mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const xServer = join(runtime, 'livery-x');
  mkdirSync(xServer, { recursive: true, mode: 0o700 });
  return { runtime, xServer };
}

/** Everything but what the X server and the session bus add. */
export function baseEnvironment(env: NodeJS.ProcessEnv, directories: QubeDirectories): Environment {
  const own: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = env[name];
    if (value !== undefined) own[name] = value;
  }
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/games',
    HOME: homedir(),
    LANG: 'C.UTF-8',
    ...own,
    XDG_RUNTIME_DIR: directories.runtime,
    XDG_SESSION_TYPE: 'x11',
    GDK_BACKEND: 'x11',
    QT_QPA_PLATFORM: 'xcb',
    // There is no accessibility bus; without this GTK waits for it.
    NO_AT_BRIDGE: '1',
  };
}
