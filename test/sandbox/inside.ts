/**
 * Runs a script in a real sandbox, made by the keeper's own code, and returns
 * what it wrote. The script writes to the descriptor at which a qube otherwise
 * finds its pool, so nothing of the product is changed for the test.
 */
import { constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { DomainId, QubeName } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { Scope } from '../../src/base/scope.ts';
import { parseConfig } from '../../src/config/read.ts';
import { closeInherited } from '../../src/keeper/inherited.ts';
import { prepareSandbox } from '../../src/keeper/sandbox/prepare.ts';
import { Sandbox } from '../../src/keeper/sandbox/sandbox.ts';
import { findTools } from '../../src/keeper/sandbox/tools.ts';
import { native } from '../../src/native/addon.ts';

export interface InsideOptions {
  readonly name?: string;
  readonly id?: number;
  readonly home?: string;
  readonly network?: boolean;
  /** Called when the script says `echo ready >&6`, where its standard output was. */
  readonly onReady?: (sandbox: Sandbox) => void;
}

export interface Inside {
  readonly output: string;
  readonly lines: string[];
  readonly reason: string;
}

/**
 * What `script` (of /bin/sh) says inside on both outputs; returns when the
 * sandbox has ended. `read -r _` in it waits until it is told to stop.
 */
export function inside(script: string, options: InsideOptions = {}): Promise<Inside> {
  return insideArgv(['/bin/sh', '-c', `exec 6>&1 1>&5 2>&1\n${script}`], options);
}

/** Perl has system calls by number and is on every Debian; `code` prints to descriptor 5. */
export function insidePerl(code: string, options: InsideOptions = {}): Promise<Inside> {
  const output = 'open(STDOUT, ">&=5"); open(STDERR, ">&=5"); $| = 1;';
  return insideArgv(['/usr/bin/perl', '-e', `${output}\n${code}`], options);
}

/**
 * The same script in two qubes, `qube1` and `qube2`, that live at the same time:
 * both are stopped when both have said `ready`.
 * @param meanwhile called then, before they are stopped
 */
export async function together(
  script: string,
  meanwhile: (sandboxes: readonly Sandbox[]) => Promise<void> = async () => {},
): Promise<Inside[]> {
  const sandboxes: Sandbox[] = [];
  const onReady = async (sandbox: Sandbox): Promise<void> => {
    if (sandboxes.push(sandbox) < 2) return;
    try {
      await meanwhile(sandboxes);
    } finally {
      for (const one of sandboxes) one.stop('seen');
    }
  };
  let failure: unknown;
  const all = await Promise.all(
    [1, 2].map((id) =>
      inside(script, {
        id,
        name: `qube${id}`,
        onReady: (sandbox) =>
          void onReady(sandbox).catch((error) => {
            failure = error;
          }),
      }),
    ),
  );
  if (failure !== undefined) throw failure;
  return all;
}

async function insideArgv(command: readonly string[], options: InsideOptions): Promise<Inside> {
  // What the keeper does at its start: the runner of the tests may have inherited something.
  closeInherited(undefined);
  await using scope = new Scope();
  const { name = 'work', id = 1, home, network = false } = options;
  const folder = mkdtempSync(join(tmpdir(), 'livery-inside-'));
  scope.onClose(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'output');
  const pool = scope.own(native().openFile(file, constants.O_RDWR | constants.O_CREAT));
  const gui = scope.own(native().listenUnix(join(folder, 'gui.sock'))).fd;
  const service = scope.own(native().listenUnix(join(folder, 'service.sock'))).fd;
  const place = home === undefined ? '' : `home = ${JSON.stringify(home)}\n`;
  const text = `[qube.${name}]\nid = ${id}\nlabel = "blue"\nnetwork = ${network}\n${place}`;
  const config = parseConfig(text, join(folder, 'livery.toml'));
  const qube = config.qubes.get(name as QubeName);
  if (!qube) throw new Error('the configuration has no such qube');
  const tools = findTools();
  const spec = {
    ...prepareSandbox(qube, config, [folder], tools),
    domainId: id as DomainId,
    command,
    descriptors: { gui, service, pool },
    scratchDir: folder,
  };
  const host = { tools, log: silentLog, clock: systemClock, mark: 'livery-test', graceMs: 100 };
  let sandbox: Sandbox | undefined;
  const ready = () => sandbox && options.onReady?.(sandbox);
  sandbox = new Sandbox(spec, host, ready);
  const reason = await sandbox.ended;
  const output = readFileSync(file, 'utf8');
  return { output, lines: output.split('\n').filter((line) => line !== ''), reason };
}
