/**
 * The guest that the tests boot, built where a user's would be, so that it is
 * built once; and a system with one machine and one sandbox.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildGuest, guestCacheDir } from '../../src/keeper/guest-image.ts';
import { type Livery, type LiveryOptions, startLivery } from '../rig/system/livery.ts';
import { waitUntil } from '../rig/wait.ts';

/** A boot in software emulation on a busy machine of two cores. */
export const BOOT_MS = 300_000;

/** What takes a moment in a sandbox, in a machine without KVM. */
const SLOW_MS = 60_000;

/** As `waitUntil`, for what a machine does. */
export function slowly(look: () => Promise<boolean>, what: string): Promise<unknown> {
  return waitUntil(look, what, { limitMs: SLOW_MS });
}

/** For keepers of tests, whose home is another. */
const GUEST_ENV: Readonly<Record<string, string>> = {
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
};

/** Says what it does, since the first time takes a minute or more. */
async function haveGuest(): Promise<void> {
  const startedMs = performance.now();
  await buildGuest(guestCacheDir(process.env), (line) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stderr.write(`guest: ${seconds} s: ${line}\n`);
  });
}

/** `vm` is a machine and blue, `box` a sandbox and green. */
export async function startWithMachine(options: Partial<LiveryOptions> = {}): Promise<Livery> {
  await haveGuest();
  return startLivery({
    ...{ wm: 'openbox', width: 1200, height: 700 },
    qubes: { vm: 'blue', box: 'green' },
    env: GUEST_ENV,
    bootMs: BOOT_MS,
    patienceMs: SLOW_MS,
    ...options,
    more: { vm: 'backend = "qemu"\n', ...options.more },
  });
}
