/**
 * What is left of a secret in the memory of a process that had it: looked for
 * from outside, after each way in which it can end.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { native } from '../../src/native/addon.ts';
import { scanMemory } from '../rig/memory-scan.ts';
import { expectNoLeaks, fixture, start, turns } from './support.ts';

expectNoLeaks();

/** More than the kernel takes at once. */
const LARGE = 250_000;

/** A process that has a secret in its vault and nowhere else. */
class Holder implements AsyncDisposable {
  readonly secret: Uint8Array;
  readonly #started: ReturnType<typeof start>;
  readonly #lines: AsyncIterator<string>;

  private constructor(secret: Uint8Array, started: ReturnType<typeof start>) {
    this.secret = secret;
    this.#started = started;
    const { stdout } = started.child;
    if (!stdout) throw new Error('its standard output is no pipe');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  static async start(size = 4096): Promise<Holder> {
    const secret = randomBytes(size);
    const [near, far] = native().fdPair();
    using source = native().adoptStream(near);
    const args = ['--expose-gc', '--no-warnings', fixture('secret.mjs'), String(size)];
    const holder = new Holder(secret, start(process.execPath, args, [far.number]));
    far[Symbol.dispose]();
    source.write(secret);
    const stored = holder.does(`store ${size}`);
    while (source.pendingBytes > 0) await turns(1);
    expect(await stored).toBe(size);
    return holder;
  }

  async does(line: string): Promise<unknown> {
    this.#started.child.stdin?.write(`${line}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value);
  }

  /** Bytes of each piece that is there. */
  pieces(secret = this.secret): number[] {
    const { findings, bytes } = scanMemory(this.#started.child.pid as number, secret);
    expect(bytes).toBeGreaterThan(4 << 20);
    return findings.map(({ length }) => length);
  }

  /** Bytes of the secret that are there, those that are there twice counted twice. */
  count(secret = this.secret): number {
    return this.pieces(secret).reduce((sum, length) => sum + length, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#started.child.stdin?.end();
    const { stderr, code } = await this.#started.finished;
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  }
}

describe('a secret in a vault', () => {
  it('lies there once, and nowhere after a wipe', async () => {
    await using holder = await Holder.start();
    expect(holder.pieces()).toEqual([4096]);
    await holder.does('wipe');
    expect(holder.pieces()).toEqual([]);
  });

  it('is gone after a dispose', async () => {
    await using holder = await Holder.start();
    await holder.does('dispose');
    expect(holder.pieces()).toEqual([]);
  });

  it('is gone when the vault was forgotten and collected', async () => {
    await using holder = await Holder.start();
    await holder.does('forget');
    expect(holder.pieces()).toEqual([]);
  });

  it('is gone when a shorter one takes its place', async () => {
    await using holder = await Holder.start();
    await holder.does('replace 100');
    expect(holder.pieces()).toEqual([]);
  });

  it('is overwritten behind the part that is kept', async () => {
    await using holder = await Holder.start();
    await holder.does('keep 1000');
    expect(holder.pieces()).toEqual([1000]);
  });
});

describe('a secret that waits in a queue', () => {
  it('lies there a second time, and no more when it was sent', async () => {
    await using holder = await Holder.start(LARGE);
    expect(await holder.does('queue')).toBe(LARGE);
    expect(holder.count()).toBeGreaterThanOrEqual(2 * LARGE);
    expect(await holder.does('read 0')).toBe(0);
    expect(holder.count()).toBeLessThan(1.1 * LARGE);
    await holder.does('wipe');
    expect(holder.pieces()).toEqual([]);
  });

  it('is overwritten as it is sent, not only at its end', async () => {
    await using holder = await Holder.start(LARGE);
    await holder.does('queue');
    await holder.does('wipe');
    expect(holder.count()).toBeGreaterThanOrEqual(LARGE);
    const left = Number(await holder.does(`read ${LARGE - 1}`));
    expect(left).toBeGreaterThan(0);
    expect(holder.pieces(holder.secret.subarray(0, LARGE - left))).toEqual([]);
    expect(holder.count(holder.secret.subarray(LARGE - left))).toBeGreaterThanOrEqual(left);
    await holder.does('read 0');
    expect(holder.pieces()).toEqual([]);
  });

  it.each(['drop', 'fail'])('is gone when the stream ends before it (%s)', async (end) => {
    await using holder = await Holder.start(LARGE);
    await holder.does('queue');
    await holder.does('wipe');
    expect(holder.count()).toBeGreaterThanOrEqual(LARGE);
    expect(await holder.does(end)).toBe(end === 'fail' ? 'ECONNRESET' : null);
    expect(holder.pieces()).toEqual([]);
  });
});

describe('a secret that a shortcut reads first', () => {
  it('is not left behind when JavaScript has it', async () => {
    await using holder = await Holder.start();
    expect(await holder.does('pass on')).toBe(12 + 4096);
    await holder.does('wipe');
    expect(holder.pieces()).toEqual([]);
  });

  it('is not left behind when nobody took it', async () => {
    await using holder = await Holder.start();
    expect(await holder.does('pass unread')).toBe(0);
    await holder.does('wipe');
    expect(holder.pieces()).toEqual([]);
  });
});
