/**
 * `livery qube create`: a qube gets its table in the configuration, if it has
 * none, and for a virtual machine the guest is built that it boots. Nothing is
 * started; a keeper and a daemon that run know the new qube when they start anew.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { withQube } from '../../config/add-qube.ts';
import { defaultConfigFiles, locateConfig } from '../../config/locate.ts';
import { parseConfig } from '../../config/read.ts';
import { buildGuest, guestCacheDir } from '../../keeper/guest-image.ts';
import type { Io } from '../io.ts';
import type { Call } from '../verb.ts';

const MIB = 1024 * 1024;

export async function qubeCreate({ io, operands, value, has }: Call): Promise<number> {
  const [name = ''] = operands;
  const backend = value('backend') ?? 'sandbox';
  if (backend !== 'sandbox' && backend !== 'qemu') {
    throw new UserError('USAGE', `--backend ${backend}: expected sandbox or qemu`, {
      exitCode: EXIT.usage,
    });
  }
  const file = fileFor(value('config'), io.env);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const present = [...parseConfig(text, file).qubes.values()].find((qube) => qube.name === name);
  if (present && present.backend !== backend) {
    const message = `${file} has the qube ${name} with backend = "${present.backend}"`;
    throw new UserError('QUBE_EXISTS', message, {
      exitCode: EXIT.usage,
      hint: `say --backend ${present.backend}, or choose another name`,
    });
  }
  const added = present
    ? undefined
    : withQube(text, file, { name, label: value('label'), backend });
  // Before the configuration is written: what cannot be built shall not stand there.
  if (backend === 'qemu') await guest(io);
  if (added) writeWhole(file, added.text);
  const { label } = added?.qube ?? (present as NonNullable<typeof present>);
  if (added)
    io.err(`added to ${file}; a keeper and a daemon that run take it when started again\n`);
  const row = { name, label: label.name, backend, added: added !== undefined };
  io.out(has('json') ? `${JSON.stringify(row)}\n` : `${name} ${label.name} ${backend}\n`);
  return EXIT.ok;
}

async function guest(io: Io): Promise<void> {
  const startedMs = performance.now();
  const seconds = () => ((performance.now() - startedMs) / 1000).toFixed(1);
  const { image, fresh } = await buildGuest(guestCacheDir(io.env), (line) =>
    io.err(`${seconds().padStart(6)} s  ${line}\n`),
  );
  const size = `${Math.round(image.sizeBytes / MIB)} MiB`;
  const how = fresh ? `built in ${seconds()} s` : 'there already';
  io.err(`the guest is ${how}: ${size} at ${image.directory}\n`);
}

/** The configuration that the other verbs read; a new one at the first place if there is none. */
function fileFor(option: string | undefined, env: NodeJS.ProcessEnv): string {
  const [own = ''] = defaultConfigFiles(env);
  const named = option ?? env.LIVERY_CONFIG;
  return !named && !defaultConfigFiles(env).some(existsSync) ? own : locateConfig(option, env);
}

/** The old text or the new one, never a part. */
function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
