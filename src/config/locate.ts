/**
 * Where the configuration is: --config, $LIVERY_CONFIG, the user's own, the
 * system's; the first that is named or exists.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../base/errors.ts';

/** It comes with the program, wherever that is. */
const EXAMPLE = fileURLToPath(new URL('../../docs/examples/livery.toml', import.meta.url));
const SYSTEM_FILE = '/etc/livery/livery.toml';

/** Files that are looked for when none is named, best first. */
export function defaultConfigFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  const xdg = env.XDG_CONFIG_HOME;
  // The XDG base directory specification: a relative path is ignored.
  const own = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.config');
  return [join(own, 'livery', 'livery.toml'), SYSTEM_FILE];
}

/** The configuration file. Throws ConfigError when none is named and none exists. */
export function locateConfig(
  option: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const named = option ?? env.LIVERY_CONFIG;
  if (named) return resolve(named);
  const candidates = defaultConfigFiles(env);
  const found = candidates.find((file) => existsSync(file));
  if (!found) {
    throw new ConfigError(
      `no configuration found: neither ${candidates.join(' nor ')} exists`,
      `start from ${EXAMPLE}, or name a file with --config`,
    );
  }
  return found;
}
