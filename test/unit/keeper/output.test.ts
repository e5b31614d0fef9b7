/**
 * What a qube writes to its outputs: cut into lines, capped, and read no faster
 * than the keeper wants.
 */
import { PassThrough } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { QubeOutput } from '../../../src/keeper/sandbox/output.ts';
import { turns } from '../../rig/eventually.ts';
import { ManualClock } from '../../rig/manual-clock.ts';

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  const output = new QubeOutput(stream, systemClock, (line) => lines.push(line));
  const ended = new Promise((resolve) => stream.on('end', resolve));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await ended;
  output.finish();
  return lines;
}

describe('lines', () => {
  it('are the same under any split of the bytes', async () => {
    const text = Buffer.from('ready\n\nzwei Wörter\nunfinished');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length)), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = places.slice(1).map((to, i) => text.subarray(places[i], to));
        expect(await linesOf(chunks)).toEqual(['ready', 'zwei Wörter', 'unfinished']);
      }),
      { numRuns: 50 },
    );
  });

  it('are capped, and the next one is whole again', async () => {
    const lines = await linesOf([Buffer.alloc(5000, 'x'), Buffer.from('\nready\n')]);
    expect(lines).toEqual(['x'.repeat(512), 'ready']);
  });

  it('are passed on at most fifty times a period', async () => {
    expect(await linesOf([Buffer.from('line\n'.repeat(1000))])).toHaveLength(50);
  });
});

describe('a flood', () => {
  it('is left in the pipe until the period is over', async () => {
    const clock = new ManualClock();
    const stream = new PassThrough({ highWaterMark: 1024 });
    let lines = 0;
    const output = new QubeOutput(stream, clock, () => lines++);
    const flood = Buffer.alloc(16 * 1024, 'flood\n');
    let taken = 0;
    const write = (): void => {
      while (taken < 1000 && stream.write(flood)) taken++;
    };
    stream.on('drain', () => {
      taken++;
      write();
    });
    write();
    await turns(50);
    const first = taken;
    expect(first * flood.length).toBeLessThan(200 * 1024);
    expect(lines).toBe(50);
    await turns(50);
    expect(taken).toBe(first);
    clock.advance(1000);
    await turns(50);
    expect(taken).toBeGreaterThan(first);
    expect(taken).toBeLessThan(3 * first);
    expect(lines).toBe(100);
    output.finish();
    expect(clock.waiting).toBe(0);
  });
});
