/**
 * A qube's shared memory as dom0 may use it: a descriptor that came from the
 * keeper and was checked here. What is checked is what makes reading safe: a
 * sealed size, so that no page that an X server has mapped can be taken away.
 */
import { UserError } from '../base/errors.ts';
import { type Fd, native, PAGE_BYTES, SEAL } from '../native/addon.ts';

/** 4 GiB less one page: offsets and page numbers of the whole pool fit in 32 bits. */
export const MAX_POOL_BYTES = 2 ** 32 - PAGE_BYTES;

const NEEDED_SEALS = SEAL.seal | SEAL.shrink | SEAL.grow;

/** Owns the descriptor. Page N of the memory is grant reference N. */
export class PoolHandle implements Disposable {
  readonly fd: Fd;
  readonly sizeBytes: number;
  /** References 0 to pages - 1 exist. */
  readonly pages: number;

  private constructor(fd: Fd, sizeBytes: number) {
    this.fd = fd;
    this.sizeBytes = sizeBytes;
    this.pages = sizeBytes / PAGE_BYTES;
  }

  /**
   * Takes ownership of `fd`. Throws UserError POOL_REFUSED, with `fd` closed,
   * when it is not memory of exactly `sizeBytes` bytes with a sealed size.
   */
  static take(fd: Fd, sizeBytes: number): PoolHandle {
    const fault = poolFault(fd, sizeBytes);
    if (fault === undefined) return new PoolHandle(fd, sizeBytes);
    fd[Symbol.dispose]();
    throw new UserError('POOL_REFUSED', `the qube's memory is not used: ${fault}`);
  }

  [Symbol.dispose](): void {
    this.fd[Symbol.dispose]();
  }
}

/** What is wrong with `fd` as a pool, or undefined. */
function poolFault(fd: Fd, sizeBytes: number): string | undefined {
  if (!Number.isInteger(sizeBytes) || sizeBytes < PAGE_BYTES || sizeBytes > MAX_POOL_BYTES) {
    return `a size of ${sizeBytes} bytes`;
  }
  if (sizeBytes % PAGE_BYTES !== 0) return `${sizeBytes} bytes are not whole pages`;
  const facts = native().memoryFacts(fd);
  if (!facts.regular) return 'it is not a memory file';
  if (facts.sizeBytes !== sizeBytes) return `${facts.sizeBytes} bytes instead of ${sizeBytes}`;
  if (facts.seals < 0 || (facts.seals & NEEDED_SEALS) !== NEEDED_SEALS) {
    return 'its size is not sealed';
  }
  return undefined;
}
