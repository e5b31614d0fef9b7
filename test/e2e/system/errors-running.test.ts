/**
 * Errors while everything runs: what was asked for is refused in words, and
 * nothing else suffers, also when a qube's shared memory is full.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { type Livery, startLivery } from '../../rig/system/livery.ts';
import { livery as command, type Ended } from '../../rig/system/livery-process.ts';
import { listingFaults, see } from '../../rig/system/look.ts';
import type { Puppet } from '../../rig/system/puppet.ts';
import { waitUntil } from '../../rig/wait.ts';

/** What is in a window whose pixels dom0 does not have. */
const NEUTRAL = 0xd9d9d9;

let livery: Livery;

beforeAll(async () => {
  livery = await startLivery({
    wm: 'openbox',
    width: 1000,
    height: 700,
    qubes: { work: 'blue', untrusted: 'red', vault: 'black' },
    // One window of 500x400 takes 800,000 bytes.
    more: { untrusted: 'pool_mib = 2' },
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

const run = (...args: string[]): Promise<Ended> => command(args, { env: livery.env });

describe('the command line', () => {
  test('an unknown qube', async () => {
    for (const args of [
      ['run', 'wrok', '--', 'xterm'],
      ['qube', 'start', 'wrok'],
      ['qube', 'stop', 'wrok'],
    ]) {
      expectComplaint(await run(...args), {
        status: 4,
        says: /^there is no qube 'wrok'/,
        hint: /\bwork\b/,
      });
    }
  });

  test('a qube that does not run', async () => {
    expect((await run('qube', 'stop', 'vault')).status).toBe(0);
    expectComplaint(await run('run', 'vault', '--', 'xterm'), {
      status: 1,
      says: /^qube vault does not run/,
      hint: 'livery qube start vault',
    });
    expect((await run('qube', 'start', 'vault')).status).toBe(0);
  });

  test('a program that the qube does not have', async () => {
    const ended = await run('run', 'work', '--', 'no-such-program');
    expect(ended.err).toMatch(/^livery: .*no-such-program/);
    expect(ended.err).not.toMatch(/^\s+at /m);
    expect([1, 4]).toContain(ended.status);
  });

  test('--wait ends with the status of the program', async () => {
    expect((await run('run', 'work', '--wait', '--', 'sh', '-c', 'exit 7')).status).toBe(7);
    expect((await run('run', 'work', '--wait', '--', 'sh', '-c', 'kill -9 $$')).status).toBe(137);
  });

  test('a second daemon, a second keeper', async () => {
    const { configFile } = livery;
    expectComplaint(await run('daemon', '--config', configFile), {
      status: 1,
      says: /^a daemon is running already/,
      hint: 'ask it with: livery qube list',
    });
    expectComplaint(await run('keeper', '--config', configFile), {
      status: 1,
      says: 'a keeper is already running for this user',
      hint: /livery qube list/,
    });
  });

  test('no shared memory for a qube', async () => {
    await run('qube', 'stop', 'vault');
    // The keeper may make no large file: as if the memory were full.
    const limit = (bytes: string): void => {
      execFileSync('prlimit', ['--pid', `${livery.keeper.pid}`, `--fsize=${bytes}:`]);
    };
    limit('65536');
    const ended = await run('qube', 'start', 'vault');
    limit('unlimited');
    expectComplaint(ended, {
      status: 1,
      says: /^there is no shared memory for qube vault \(256 MiB\): /,
      hint: /set a smaller pool/,
    });
    expect((await run('qube', 'start', 'vault')).status).toBe(0);
  });
});

describe('a pool that is full', () => {
  let puppet: Puppet;

  beforeAll(async () => {
    puppet = await livery.puppet('untrusted');
  });

  const window = (title: string, seed: number) =>
    puppet.open({
      title,
      seed,
      rect: { x: 40 + seed * 60, y: 40 + seed * 30, width: 500, height: 400 },
    });

  test('leaves the next window neutral in its frame, and the others as they are', async () => {
    const first = await window('first', 1);
    await livery.window('untrusted', 'first');
    await window('second', 2);
    await livery.window('untrusted', 'second');
    const third = await window('third', 3);
    const listing = await livery.settled(
      async () => (await livery.windows()).find((one) => one.title === 'third' && one.mapped),
      'the third window is on the screen',
    );
    await livery.screen.user.click(listing.content.x + 480, listing.content.y + 380);
    const whole = async () => (await listingFaults(livery, listing)).length === 0;
    await waitUntil(whole, 'the third window is in front');
    const { image, content } = await see(livery, listing.window);
    expect(image.differences(content, () => NEUTRAL)).toBe(0);
    expect(listing.firstPixelsMs).toBeNull();

    // A person is told, with what to do about it.
    const full = /its shared memory of 2 MiB is full, a window is without a picture; close some/;
    await livery.daemon.said(full);
    expect((await run('qube', 'list')).out).toMatch(full);
    expect((await run('windows')).out).toMatch(/no picture {2}0x[0-9a-f]+ {2}third$/m);

    // The qube goes on: the other windows draw, and input arrives.
    await puppet.retile(first, 6);
    const before = puppet.events.length;
    await livery.screen.user.click(content.x + 100, content.y + 100);
    const clicked = () =>
      puppet.events.slice(before).some((one) => one.name === 'ButtonPress' && one.window === third);
    await waitUntil(clicked, 'the window without a picture takes a click');

    // Room again: the picture comes by itself.
    await puppet.destroy(first);
    const shown = await livery.window('untrusted', 'third');
    expect(await listingFaults(livery, shown, { seed: 3 })).toEqual([]);
    await waitUntil(
      async () => !full.test((await run('qube', 'list')).out),
      'nothing is lacking any more',
    );
  });
});
