/**
 * `livery install --user` and `livery uninstall --user`: units, completion and
 * manual pages in the home of this user, and an example of a configuration where
 * there is none. May be repeated; what somebody has changed is left as it is.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { projectFile } from '../../native/project.ts';
import { LIVERY_SCRIPT } from '../child.ts';
import { type InstalledFile, installedFiles, isOurs, userPlaces } from '../install/files.ts';
import { DAEMON_UNIT, KEEPER_UNIT } from '../install/units.ts';
import { plain } from '../plain.ts';
import type { Call } from '../verb.ts';
import { version } from '../version.ts';

const EXAMPLE = projectFile('docs/examples/livery.toml');

/** What was done with a file. */
type Done =
  | 'written'
  | 'renewed'
  | 'there already'
  | 'changed by somebody, left as it is'
  | 'removed';

interface Step {
  readonly path: string;
  readonly done: Done;
}

export async function install(call: Call): Promise<number> {
  const { env } = wanted(call, 'install');
  const steps = files(call).map(put);
  const config = join(userPlaces(env).config, 'livery', 'livery.toml');
  steps.push(
    read(config) === undefined
      ? write(config, readFileSync(EXAMPLE, 'utf8'), 'written')
      : { path: config, done: 'there already' },
  );
  tell(call, steps, [
    `look at ${config}, then: livery doctor`,
    `start it with the session: systemctl --user daemon-reload && systemctl --user enable --now ${DAEMON_UNIT}`,
    'zsh: fpath+=(~/.local/share/zsh/site-functions) before compinit in ~/.zshrc',
  ]);
  return EXIT.ok;
}

export async function uninstall(call: Call): Promise<number> {
  const { env } = wanted(call, 'uninstall');
  const steps = files(call).flatMap(remove);
  const { config } = userPlaces(env);
  const folder = join(config, 'systemd/user');
  steps.push(...enabled(folder));
  tell(call, steps, [
    `the configuration in ${join(config, 'livery')} stays; so does what runs: livery shutdown`,
  ]);
  return EXIT.ok;
}

function wanted({ io, has }: Call, name: string): { env: NodeJS.ProcessEnv } {
  if (has('user')) return { env: io.env };
  throw new UserError('USAGE', `${name}: expected --user`, {
    exitCode: EXIT.usage,
    hint: `livery ${name} --user; for all users there is the Debian package`,
  });
}

function files({ io, verbs }: Call): InstalledFile[] {
  return installedFiles(io.env, verbs, [process.execPath, LIVERY_SCRIPT], version());
}

function put({ path, text }: InstalledFile): Step {
  const before = read(path);
  if (before === text) return { path, done: 'there already' };
  if (before === undefined) return write(path, text, 'written');
  if (!isOurs(before)) return { path, done: 'changed by somebody, left as it is' };
  return write(path, text, 'renewed');
}

function write(path: string, text: string, done: Done): Step {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError('NOT_WRITTEN', `${path} cannot be written: ${messageOf(error)}`, {
      hint: 'put that right and do it again: what is done already stays',
    });
  }
  return { path, done };
}

function remove({ path }: InstalledFile): Step[] {
  const before = read(path);
  if (before === undefined) return [];
  if (!isOurs(before)) return [{ path, done: 'changed by somebody, left as it is' }];
  rmSync(path);
  return [{ path, done: 'removed' }];
}

/** The links by which `systemctl enable` starts our units; without the units they lead nowhere. */
function enabled(folder: string): Step[] {
  const units = [DAEMON_UNIT, KEEPER_UNIT];
  return names(folder)
    .filter((name) => name.endsWith('.wants'))
    .flatMap((wants) => names(join(folder, wants)).map((name) => join(folder, wants, name)))
    .filter((path) => units.includes(basename(path)) && lstatSync(path).isSymbolicLink())
    .filter((path) => dirname(readlinkSync(path)) === folder && read(path) === undefined)
    .map((path) => {
      rmSync(path);
      return { path, done: 'removed' };
    });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError('NOT_WRITTEN', `${path} cannot be looked at: ${messageOf(error)}`);
  }
}

function tell({ io, has }: Call, steps: readonly Step[], next: readonly string[]): void {
  if (has('json')) {
    io.out(`${JSON.stringify({ files: steps, next })}\n`);
    return;
  }
  for (const { path, done } of steps) io.out(`${plain(path)}: ${done}\n`);
  if (steps.length === 0) io.out('nothing was there\n');
  for (const line of next) io.err(`livery: ${plain(line)}\n`);
}
