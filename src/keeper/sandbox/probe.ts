/**
 * Whether this host can make a sandbox at all, found out by making one that
 * does nothing. When it cannot, the kernel's and bubblewrap's own words are
 * translated into what a person has to change.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { type DomainId, MAX_DOMAIN_ID, type QubeName } from '../../base/ids.ts';
import { joinOptions, sandboxOptions } from './arguments.ts';
import { type Mount, ownMounts } from './host-files.ts';
import { identityOf } from './identity.ts';
import { planLaunch } from './launch.ts';
import { limited } from './limits.ts';
import { openScratch } from './scratch.ts';
import type { Tools } from './tools.ts';

/** Making a sandbox takes some 20 ms. */
const LIMIT_MS = 10_000;
const MAX_WORDS_CHARS = 2000;

/** Kernel settings that forbid unprivileged user namespaces: the value that does, and the way out. */
const SETTINGS = [
  { name: 'user.max_user_namespaces', forbids: '0', set: '10000' },
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', set: '1' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', set: '0' },
] as const;

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function explain(words: string): UserError {
  const unavailable = { exitCode: EXIT.unavailable };
  if (/unknown option/i.test(words)) {
    return new UserError('BWRAP_TOO_OLD', `this bubblewrap is too old: ${words}`, {
      ...unavailable,
      hint: 'install bubblewrap 0.8 or newer',
    });
  }
  const forbidding = SETTINGS.find(({ name, forbids }) => setting(name) === forbids);
  if (forbidding) {
    const { name, forbids, set } = forbidding;
    return new UserError(
      'NO_USER_NAMESPACES',
      `sandboxes need unprivileged user namespaces, and ${name} is ${forbids}`,
      { ...unavailable, hint: `as root: sysctl -w ${name}=${set}` },
    );
  }
  return new UserError('NO_SANDBOX', `this system does not allow sandboxes: ${words}`, {
    ...unavailable,
    hint: 'in a container, run it with the rights to make user namespaces and mounts, or outside',
  });
}

/** Throws UserError NO_USER_NAMESPACES, BWRAP_TOO_OLD or NO_SANDBOX when no sandbox can be made. */
export async function probeSandbox(tools: Tools): Promise<void> {
  const identity = identityOf(MAX_DOMAIN_ID as DomainId);
  const scratch: number[] = [];
  const passOptions = (mounts: readonly Mount[]): number => {
    const none = { infoFd: undefined, filterFd: undefined, hasNetwork: false };
    const plan = { name: 'probe' as QubeName, mounts, made: [], environment: new Map(), ...none };
    const folder = mkdtempSync(join(tmpdir(), 'livery-probe-'));
    scratch.push(openScratch(folder, joinOptions(sandboxOptions(plan))));
    rmdirSync(folder);
    return 3;
  };
  const command = limited(['/bin/sh', '-c', ':'], tools.prlimit);
  const mounts = ownMounts();
  const gateFd = undefined;
  const mark = 'livery-probe';
  const launch = planLaunch({ tools, identity, mounts, gateFd, mark, passOptions, command });
  const child = spawn(launch.file, launch.args, {
    cwd: '/',
    env: launch.environment,
    stdio: ['ignore', 'ignore', 'pipe', ...scratch],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  for (const fd of scratch) closeSync(fd);
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (words.length < MAX_WORDS_CHARS) words += chunk.toString('utf8');
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...end) => resolve(end));
    },
  );
  if (code === 0) return;
  const lastLine = words.trim().split('\n').at(-1) ?? '';
  const end =
    signal === null ? `its probe ended with code ${code}` : `its probe ended by ${signal}`;
  throw explain(lastLine === '' ? end : escapeText(lastLine, 300));
}
