/** The vault as its owner uses it: what it takes, lends and refuses. */
import { describe, expect, it } from 'vitest';
import { native, type Vault } from '../../src/native/addon.ts';
import { expectNoLeaks, Reader, runFixture, start, text, turns } from './support.ts';

expectNoLeaks();

/** AddressSanitizer keeps programs from locking memory: it has too much of its own. */
const locks = !('writeOneByteTooMany' in native());

const bytes = (words: string): Buffer => Buffer.from(words);

/** The secret as text; only a test makes a copy of it. */
function inside(vault: Vault): string {
  let words = '';
  vault.lend((secret) => {
    words = text(secret);
    return undefined;
  });
  return words;
}

describe('a vault', () => {
  it('is empty at first', () => {
    using vault = native().createVault(100);
    expect([vault.size, vault.capacity, vault.disposed]).toEqual([0, 100, false]);
    expect(inside(vault)).toBe('');
  });

  it('keeps a copy of what is stored, up to its capacity', () => {
    using vault = native().createVault(8);
    const source = bytes('password');
    vault.store(source);
    source.fill(0);
    expect(vault.size).toBe(8);
    expect(inside(vault)).toBe('password');
    expect(() => vault.store(bytes('passwords'))).toThrow(
      new RangeError('the vault holds 8 bytes, not 9'),
    );
    expect(inside(vault)).toBe('password');
  });

  it('takes another secret in place of the first, and nothing', () => {
    using vault = native().createVault(8);
    vault.store(bytes('password'));
    vault.store(bytes('pin'));
    expect(inside(vault)).toBe('pin');
    vault.store(new Uint8Array(0));
    expect(vault.size).toBe(0);
  });

  it('is empty after a wipe, and usable', () => {
    using vault = native().createVault(8);
    vault.store(bytes('password'));
    vault.wipe();
    expect(vault.size).toBe(0);
    expect(inside(vault)).toBe('');
    vault.store(bytes('again'));
    expect(inside(vault)).toBe('again');
  });

  it('does nothing any more when it was disposed of', () => {
    const vault = native().createVault(8);
    vault[Symbol.dispose]();
    vault[Symbol.dispose]();
    expect(vault.disposed).toBe(true);
    const uses = [
      () => vault.size,
      () => vault.capacity,
      () => vault.store(bytes('x')),
      () => vault.lend(() => undefined),
      () => vault.wipe(),
    ];
    for (const use of uses) expect(use).toThrow('the vault is closed');
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 24 + 1, '8', undefined])(
    'of %s bytes is refused',
    (capacity) => {
      expect(() => native().createVault(capacity as number)).toThrow(/capacity must be/);
    },
  );

  it('takes bytes only', () => {
    using vault = native().createVault(8);
    for (const wrong of ['text', [1, 2], new Uint16Array(2), new ArrayBuffer(2), null]) {
      expect(() => vault.store(wrong as unknown as Uint8Array)).toThrow(
        'bytes must be a Uint8Array',
      );
    }
  });

  it('is said to be impossible where so much memory cannot be locked', async () => {
    const script = `
      const native = require(process.env.LIVERY_ADDON);
      try { native.createVault(256001) } catch (e) { console.log(e.code, e.syscall, e.message) }
      console.log(native.createVault(4096).capacity);`;
    // Somebody who may lock whatever he likes is not limited.
    const line =
      'ulimit -l 64; if [ "$(id -u)" = 0 ]; then exec setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock "$0" "$@"; else exec "$0" "$@"; fi';
    const { finished } = start('/bin/sh', [
      '-c',
      line,
      process.execPath,
      '--no-warnings',
      '-e',
      script,
    ]);
    const { stdout, stderr } = await finished;
    expect({ stdout, stderr }).toEqual({
      stdout: locks
        ? 'ENOMEM mlock ENOMEM: 256001 bytes cannot be kept out of swap, RLIMIT_MEMLOCK allows 65536\n4096\n'
        : '4096\n',
      stderr: '',
    });
  });

  it('is locked, and left out of core dumps and of children', async () => {
    const { stdout, stderr } = await runFixture('vault-flags.mjs');
    expect(stderr).toBe('');
    // lo: locked, dd: not in core dumps, dc: not in children (proc(5), VmFlags).
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([...(locks ? ['lo'] : []), 'dd', 'dc']),
    );
  });
});

describe('a loan', () => {
  it('is the memory itself', () => {
    using vault = native().createVault(16);
    vault.store(bytes('password'));
    vault.lend((secret) => {
      secret[0] = 0x50;
      return undefined;
    });
    expect(inside(vault)).toBe('Password');
  });

  it.each([0, 4, 8])('that keeps %i of 8 bytes makes them the secret', (kept) => {
    using vault = native().createVault(16);
    vault.store(bytes('password'));
    vault.lend(() => kept);
    expect(inside(vault)).toBe('password'.slice(0, kept));
    // What was behind does not come back.
    vault.store(bytes('xxxxxxxx'));
    vault.lend(() => kept);
    vault.lend((secret) => {
      expect(secret.buffer.byteLength).toBe(kept);
      return undefined;
    });
  });

  it.each([-1, 9, 1.5, Number.NaN, '4', null])('cannot keep %s of 8 bytes', (kept) => {
    using vault = native().createVault(16);
    vault.store(bytes('password'));
    expect(() => vault.lend(() => kept as number)).toThrow(/what use returns must be/);
    expect(inside(vault)).toBe('password');
  });

  it('ends with the call, whatever was kept of it', () => {
    using vault = native().createVault(16);
    vault.store(bytes('password'));
    const kept: Uint8Array[] = [];
    vault.lend((secret) => {
      kept.push(secret, secret.subarray(2), Buffer.from(secret.buffer));
      return undefined;
    });
    expect(kept.map((view) => [view.length, view.buffer.byteLength])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('ends also when the call throws, with nothing changed', () => {
    using vault = native().createVault(16);
    vault.store(bytes('password'));
    let kept: Uint8Array | undefined;
    expect(() =>
      vault.lend((secret) => {
        kept = secret;
        throw new Error('of the caller');
      }),
    ).toThrow('of the caller');
    expect(kept?.length).toBe(0);
    expect(inside(vault)).toBe('password');
    vault.wipe();
  });

  it('cannot be carried off', () => {
    using vault = native().createVault(16);
    vault.store(bytes('password'));
    vault.lend((secret) => {
      const buffer = secret.buffer as ArrayBuffer & { transfer?(): ArrayBuffer };
      const moves = [
        () => structuredClone(buffer, { transfer: [buffer] }),
        () => buffer.transfer?.() ?? buffer.slice(),
      ];
      for (const move of moves) {
        try {
          new Uint8Array(move()).fill(0);
        } catch {
          // Newer versions of Node.js refuse it; older ones make a copy.
        }
      }
      expect(secret.length).toBe(8);
      return undefined;
    });
    expect(inside(vault)).toBe('password');
  });

  it('whose memory was taken all the same ends the process', async () => {
    const script = `
      const vault = require(process.env.LIVERY_ADDON).createVault(16);
      vault.lend((secret) => { %ArrayBufferDetach(secret.buffer) });`;
    const args = ['--allow-natives-syntax', '-e', script];
    const { signal, stderr } = await start(process.execPath, args).finished;
    expect(signal).toBe('SIGABRT');
    expect(stderr).toContain('a lent secret was not given back');
  });

  it('lets nothing else happen to the vault', () => {
    using vault = native().createVault(16);
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    vault.store(bytes('password'));
    vault.lend((secret) => {
      for (const use of [
        () => vault.store(bytes('x')),
        () => vault.store(secret),
        () => vault.wipe(),
        () => vault.lend(() => undefined),
        () => vault[Symbol.dispose](),
        () => left.writeSecret(new Uint8Array(0), vault),
      ]) {
        expect(use).toThrow('the vault is lent');
      }
      expect([vault.size, vault.capacity, vault.disposed]).toEqual([8, 16, false]);
      return undefined;
    });
    expect(inside(vault)).toBe('password');
  });

  it('wants a function', () => {
    using vault = native().createVault(16);
    for (const wrong of [undefined, null, {}, 'use']) {
      expect(() => vault.lend(wrong as unknown as () => undefined)).toThrow(
        'use must be a function',
      );
    }
  });
});

describe('writeSecret', () => {
  it('sends the header and the secret behind it', async () => {
    using vault = native().createVault(16);
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(right);
    vault.store(bytes('password'));
    expect(left.writeSecret(bytes('header '), vault)).toBe(0);
    await reader.untilBytes(15);
    expect(text(reader.collected())).toBe('header password');
    expect(inside(vault)).toBe('password');
  });

  it.each([
    ['no header', '', 'password'],
    ['no secret', 'header', ''],
    ['nothing', '', ''],
  ])('can have %s', async (_, header, secret) => {
    using vault = native().createVault(16);
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const reader = new Reader(right);
    vault.store(bytes(secret));
    expect(left.writeSecret(bytes(header), vault)).toBe(0);
    left.write(bytes('!'));
    await reader.untilBytes(header.length + secret.length + 1);
    expect(text(reader.collected())).toBe(`${header}${secret}!`);
  });

  it('keeps its place among writes that wait, also when the vault is wiped meanwhile', async () => {
    const size = 200_000;
    using vault = native().createVault(size);
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const parts: Buffer[] = [];
    const put = (one: Buffer): number => {
      parts.push(one);
      return left.write(one);
    };
    for (let round = 0; round < 4; round += 1) {
      put(Buffer.alloc(70_001, 0x61 + round));
      const secret = Buffer.alloc(size - round, 0x41 + round);
      const header = bytes(`header ${round}`);
      vault.store(secret);
      const before = left.pendingBytes;
      const after = left.writeSecret(header, vault);
      if (before > 0) expect(after).toBe(before + header.length + secret.length);
      vault.wipe();
      parts.push(header, secret);
      put(bytes('behind it'));
    }
    const expected = Buffer.concat(parts);
    const reader = new Reader(right, 10_007);
    await reader.untilBytes(expected.length);
    expect(reader.collected().equals(expected)).toBe(true);
    expect(left.pendingBytes).toBe(0);
  });

  it('says when all of it is with the kernel', async () => {
    using vault = native().createVault(256_001);
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const writer = new Reader(left);
    vault.store(new Uint8Array(256_001).fill(1));
    while (left.writeSecret(new Uint8Array(12), vault) === 0);
    await turns(2);
    expect(writer.drains).toBe(0);
    const reader = new Reader(right);
    await writer.until(() => writer.drains === 1);
    expect(left.pendingBytes).toBe(0);
    expect(reader.ended).toBe(false);
  });

  it('is dropped when the other side has gone, as a write is', async () => {
    using vault = native().createVault(16);
    const [left, right] = native().streamPair();
    using _left = left;
    const writer = new Reader(left);
    right[Symbol.dispose]();
    vault.store(bytes('password'));
    expect(left.writeSecret(bytes('header'), vault)).toBe(0);
    await writer.until(() => writer.failures.length === 1);
    expect(writer.failures[0]?.code).toBe('EPIPE');
    expect(left.writeSecret(bytes('header'), vault)).toBe(0);
  });

  it('refuses what is no vault, a closed one, and a stream that has ended', () => {
    const [left, right] = native().streamPair();
    using _left = left;
    using _right = right;
    const vault = native().createVault(16);
    const header = bytes('header');
    for (const wrong of [undefined, null, {}, header, left, Object.create(vault)]) {
      expect(() => left.writeSecret(header, wrong as Vault)).toThrow('secret must be a Vault');
    }
    expect(() => left.writeSecret('header' as unknown as Uint8Array, vault)).toThrow(
      'header must be a Uint8Array',
    );
    left.end();
    expect(() => left.writeSecret(header, vault)).toThrow("the stream's write side has ended");
    vault[Symbol.dispose]();
    expect(() => right.writeSecret(header, vault)).toThrow('the vault is closed');
    right[Symbol.dispose]();
    using other = native().createVault(16);
    expect(() => right.writeSecret(header, other)).toThrow('the stream is closed');
  });
});

it('a read that reports no bytes leaves none behind', async () => {
  // More descriptors than a stream keeps for an owner that takes none.
  const [left, right] = native().streamPair();
  using _left = left;
  using _right = right;
  using fd = native().createPool('test', 1);
  const into = new Uint8Array(64);
  const many = Array.from({ length: 253 }, () => fd);
  let count = 0;
  for (let i = 0; count >= 0 && i < 8; i += 1) {
    left.write(bytes('a password that came with descriptors'), many);
    await turns(1);
    into.fill(0);
    count = right.read(into);
  }
  expect(count).toBe(-1);
  expect(into.every((value) => value === 0)).toBe(true);
});
