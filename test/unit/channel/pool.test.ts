/**
 * Which descriptors are taken as a qube's memory.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { MAX_POOL_BYTES, PoolHandle } from '../../../src/channel/pool.ts';
import { type Fd, native } from '../../../src/native/addon.ts';

const directory = mkdtempSync(join(tmpdir(), 'livery-pool-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Why `fd` is refused; checks that it was closed. */
function refusal(fd: Fd, sizeBytes: number): string {
  try {
    PoolHandle.take(fd, sizeBytes);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe('POOL_REFUSED');
    expect(fd.disposed).toBe(true);
    return (error as UserError).message;
  }
  throw new Error('it was taken');
}

describe('a pool', () => {
  it('is a sealed memory file of the expected size, and is owned from then on', () => {
    const fd = native().createPool('test', 8192);
    {
      using pool = PoolHandle.take(fd, 8192);
      expect(pool.pages).toBe(2);
      expect(pool.sizeBytes).toBe(8192);
    }
    expect(fd.disposed).toBe(true);
  });

  it('of another size is refused', () => {
    expect(refusal(native().createPool('test', 8192), 4096)).toContain(
      '8192 bytes instead of 4096',
    );
    expect(refusal(native().createPool('test', 8192), 12288)).toContain('8192 bytes instead of');
  });

  it.each([0, -4096, 4097, 1.5, MAX_POOL_BYTES + 4096, Number.NaN])(
    'of %s bytes is refused',
    (sizeBytes) => {
      refusal(native().createPool('test', 4096), sizeBytes);
    },
  );

  it('that can shrink is refused: an X server that maps it would lose pages', () => {
    const path = join(directory, 'unsealed');
    writeFileSync(path, new Uint8Array(4096));
    expect(refusal(native().openFile(path, constants.O_RDWR), 4096)).toContain('not sealed');
  });

  it('that is no file is refused', () => {
    const raw = openSync('/dev/zero', 'r');
    const fd = native().adoptFd(raw);
    expect(refusal(fd, 4096)).toContain('not a memory file');
    expect(() => closeSync(raw)).toThrow('EBADF');
  });
});
