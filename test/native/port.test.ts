/**
 * Streams over what is no socket: a FIFO stands in for a port, since both are
 * read and written without messages. What it carries is read back from itself.
 */
import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { native } from '../../src/native/addon.ts';
import { eventually } from '../rig/eventually.ts';
import { expectNoLeaks, temporaryFolder } from './support.ts';

const OPEN = constants.O_RDWR | constants.O_NONBLOCK;

describe('a port', () => {
  expectNoLeaks();

  it('carries bytes in their order, past what the kernel takes at once', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'port');
    execFileSync('mkfifo', [path]);
    using stream = native().adoptPort(native().openFile(path, OPEN));
    const much = Buffer.alloc(300_000, 'a port has no messages ');
    let received = Buffer.alloc(0);
    let drained = 0;
    stream.start({
      readable: () => {
        const into = new Uint8Array(50_000);
        const count = stream.read(into);
        if (count > 0) received = Buffer.concat([received, into.subarray(0, count)]);
      },
      drained: () => drained++,
    });
    expect(stream.write(much)).toBeGreaterThan(0);
    using vault = native().createVault(16);
    vault.store(Buffer.from('secret'));
    stream.writeSecret(Buffer.from('a '), vault);
    const all = Buffer.concat([much, Buffer.from('a secret')]);
    await eventually(() => (received.length >= all.length ? true : undefined), 'all of it');
    expect(received.equals(all)).toBe(true);
    expect(drained).toBe(1);
    expect(stream.read(new Uint8Array(1))).toBe(0);
  });

  it('ends when nobody is at its other end, and not for ever', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'port');
    execFileSync('mkfifo', [path]);
    using port = native().openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    {
      using absent = native().adoptPort(port.dup());
      expect(absent.read(new Uint8Array(8))).toBe(-1);
    }
    using other = native().openFile(path, constants.O_WRONLY);
    using present = native().adoptPort(port.dup());
    expect(present.read(new Uint8Array(8))).toBe(0);
    using writer = native().adoptPort(other.dup());
    writer.write(Buffer.from('here'));
    expect(present.read(new Uint8Array(8))).toBe(4);
  });

  it('carries no descriptors', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'port');
    execFileSync('mkfifo', [path]);
    using stream = native().adoptPort(native().openFile(path, OPEN));
    using fd = native().createPool('p', 4096);
    const failures: unknown[] = [];
    stream.start({ readable: () => {}, failed: (error) => failures.push(error.code) });
    stream.write(Buffer.from('x'), [fd]);
    expect(stream.read(new Uint8Array(8))).toBe(0);
  });

  it('is nothing that cannot be waited for', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'file');
    using file = native().openFile(path, constants.O_RDWR | constants.O_CREAT);
    expect(() => native().adoptPort(file)).toThrow('not a port');
    expect(file.disposed).toBe(false);
  });
});
