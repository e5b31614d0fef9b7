/**
 * The memory that a virtual machine shares with dom0, as a qube of the keeper
 * makes it: the real memory and sockets, looked at in the moment in which the
 * machine would be started.
 */
import { fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { prepareRuntimeDir } from '../../../src/keeper/directory.ts';
import { Qube } from '../../../src/keeper/qube.ts';
import { native, SEAL } from '../../../src/native/addon.ts';

/** What stat(2) counts in. */
const BLOCK_BYTES = 512;
const POOL_MIB = 64;
const POOL_BYTES = POOL_MIB * 1024 * 1024;
const NOT_STARTED = 'it has been looked at';

let runtimeDir: string;
beforeEach(() => {
  runtimeDir = mkdtempSync(join(tmpdir(), 'lk-pool-'));
  prepareRuntimeDir(runtimeDir);
});
afterEach(() => rmSync(runtimeDir, { recursive: true, force: true }));

/** What was there when it would have started; undefined when it did not come so far. */
async function poolOf(lines: string) {
  const text = `[qube.vm]\nlabel = "blue"\npool_mib = ${POOL_MIB}\n${lines}`;
  const [config] = parseConfig(text, 'livery.toml').qubes.values();
  if (!config) throw new Error('there is no qube');
  let seen: { seals: number; sizeBytes: number; heldBytes: number } | undefined;
  const qube = new Qube(config, {
    ...{ runtimeDir, log: silentLog, clock: systemClock, changed: () => {} },
    launch: (_, { pool }) => {
      const { seals, sizeBytes } = native().memoryFacts(pool);
      seen = { seals, sizeBytes, heldBytes: fstatSync(pool.number).blocks * BLOCK_BYTES };
      throw new Error(NOT_STARTED);
    },
  });
  const error = await qube.start().catch((reason: unknown) => reason);
  return { seen, error };
}

describe('the memory of a machine', () => {
  it('is of a sealed size, and there as a whole before the machine is', async () => {
    const { seen, error } = await poolOf('backend = "qemu"\nmemory_mib = 512\n');
    expect(seen).toEqual({
      seals: SEAL.seal | SEAL.shrink | SEAL.grow,
      sizeBytes: POOL_BYTES,
      heldBytes: POOL_BYTES,
    });
    expect(error).toMatchObject({ message: NOT_STARTED });
  });

  it('is not there in part when the host has too little: nothing is started', async () => {
    const { seen, error } = await poolOf('backend = "qemu"\nmemory_mib = 1048576\n');
    expect(seen).toBeUndefined();
    expect(error).toMatchObject({ code: 'NO_MEMORY' });
  });

  it('of a sandbox comes page by page', async () => {
    expect((await poolOf('')).seen).toMatchObject({ sizeBytes: POOL_BYTES, heldBytes: 0 });
  });
});
