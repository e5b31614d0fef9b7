/** Several environments in one process, their ends, forgotten handles, and the checked build. */
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { native } from '../../src/native/addon.ts';
import {
  addonPath,
  expectNoLeaks,
  fixture,
  openFdCount,
  Reader,
  runFixture,
  text,
  turns,
} from './support.ts';

/** Only the build under AddressSanitizer has the function that writes too far. */
const checked = 'writeOneByteTooMany' in native();

function startWorker(mode: string): Worker {
  const env = { ...process.env, LIVERY_ADDON: addonPath };
  return new Worker(fixture('worker.mjs'), { workerData: { mode }, env });
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((done, fail) => {
    worker.once('message', done);
    worker.once('error', fail);
  });
}

function end(worker: Worker): Promise<number> {
  return new Promise((done) => worker.once('exit', done));
}

describe('worker threads', () => {
  expectNoLeaks();

  it('use the addon beside the main thread', async () => {
    const worker = startWorker('echo');
    const ended = end(worker);
    const [ours, theirs] = native().fdPair();
    using stream = native().adoptStream(ours);
    // The number is handed over: whoever is told of it owns it.
    using copy = theirs.dup();
    worker.postMessage(copy.number);
    expect(await message(worker)).toBe('adopted');
    theirs[Symbol.dispose]();
    const reader = new Reader(stream);
    stream.write(Buffer.alloc(500_000, 'echo '));
    await reader.untilBytes(500_000);
    expect(text(reader.collected().subarray(0, 10))).toBe('echo echo ');
    stream.end();
    expect(await ended).toBe(0);
  });

  it.each(['leave', 'exit', 'exitLent', 'throw'])('close everything when they %s', async (mode) => {
    const before = openFdCount();
    for (let i = 0; i < 3; i += 1) {
      const worker = startWorker(mode);
      worker.on('error', () => undefined);
      await end(worker);
    }
    await turns(2);
    expect(openFdCount()).toBe(before);
  });

  it.each(['spin', 'spinFirst', 'spinLent'])(
    'can be terminated in a callback (%s)',
    async (mode) => {
      for (let i = 0; i < 3; i += 1) {
        const worker = startWorker(mode);
        expect(await message(worker)).toBe('spinning');
        await worker.terminate();
      }
    },
  );

  it.each(['busy', 'calling'])('can be terminated in the middle of work (%s)', async (mode) => {
    for (let i = 0; i < 8; i += 1) {
      const worker = startWorker(mode);
      expect(await message(worker)).toBe(mode);
      await worker.terminate();
    }
  });

  it('count their own handles', async () => {
    const worker = startWorker('count');
    const ended = end(worker);
    using _pool = native().createPool('main', 1);
    expect(await message(worker)).toEqual([0, 5, 0]);
    await ended;
  });
});

describe('a handle that was forgotten', () => {
  it('is closed when it is collected, and reported', async () => {
    const { stdout, stderr, code } = await runFixture('forgetting.mjs');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { warnings, open, leaked } = JSON.parse(stdout);
    const words = (noun: string) =>
      `LeakWarning LIVERY_LEAK leaked descriptor: a ${noun} was garbage collected before it was disposed of; it is closed now`;
    expect([...warnings].sort()).toEqual(
      [
        words('descriptor'),
        words('descriptor'),
        words('listener'),
        words('staging area'),
        words('stream'),
        words('stream'),
        words('vault'),
      ].sort(),
    );
    expect({ open, leaked }).toEqual({ open: 0, leaked: 0 });
  });

  it('is not forgotten as long as it is started', async () => {
    const { stdout, stderr } = await runFixture('started.mjs');
    expect({ stdout, stderr }).toEqual({ stdout: 'heard after collection\n', stderr: '' });
  });
});

describe('the build under AddressSanitizer', () => {
  it(checked ? 'reports a byte written too far' : 'is not this one', async () => {
    const { stderr, code } = await runFixture('overflow.mjs');
    if (checked) {
      expect(code).not.toBe(0);
      expect(stderr).toContain('heap-buffer-overflow');
      expect(stderr).toContain('WriteOneByteTooMany');
    } else {
      expect(stderr).toContain('writeOneByteTooMany is not a function');
    }
  });
});
