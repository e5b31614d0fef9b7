/**
 * The conversation itself: handshake, versions, what the agent steps over, and
 * that neither side can make it stop reading.
 */
import { describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { native } from '../../../src/native/addon.ts';
import { waitUntil } from '../../rig/wait.ts';
import { Program } from './program.ts';
import { AgentRig } from './rig.ts';
import { checkConversation, onStage } from './stage.ts';

/** A connection that says only what the test says. */
class Plain implements Disposable {
  bytes = Buffer.alloc(0);
  ended = false;
  readonly #stream;

  constructor(path: string) {
    this.#stream = native().connectUnix(path);
    const chunk = new Uint8Array(65536);
    this.#stream.start({
      readable: () => {
        const length = this.#stream.read(chunk);
        if (length < 0) this.ended = true;
        else this.bytes = Buffer.concat([this.bytes, chunk.subarray(0, length)]);
      },
    });
  }

  say(hex: string): void {
    this.#stream.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }
}

const XCONF = '00040000 00030000 18000000 010c0000';

describe('the handshake (E1)', () => {
  test('the version first, then nothing until twenty bytes came, in any pieces', async () => {
    await using rig = await AgentRig.start();
    {
      using first = new Plain(rig.guiPath);
      await waitUntil(() => first.bytes.length > 0, 'the version');
      first.say('08');
      first.say('000100');
      for (const byte of XCONF.replaceAll(' ', '').slice(0, -2).match(/../g) ?? []) first.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
      expect(first.bytes.toString('hex')).toBe('08000100');
      first.say('00');
      const program = new Program(await rig.client());
      program.window({});
      await waitUntil(() => first.bytes.length > 4, 'the first message');
      expect(first.bytes.readUInt32LE(4)).toBe(130);
    }
  });

  test.each([
    ['a version below 1.4', '03000100'],
    ['a version newer than its own', '09000100'],
    ['another major version', '00000200'],
  ])('%s is refused, and the next daemon is served', async (_what, version) => {
    await using rig = await AgentRig.start();
    {
      using bad = new Plain(rig.guiPath);
      bad.say(version);
      bad.say(XCONF);
      await waitUntil(() => bad.ended, 'it is closed');
      expect(bad.bytes.length).toBe(4);
    }
    const daemon = await rig.daemon();
    const program = new Program(await rig.client());
    program.window({});
    await daemon.expect('shmImage');
  });

  test('a screen of 0x0 leaves the size to the agent', async () => {
    await using rig = await AgentRig.start();
    using daemon = new Plain(rig.guiPath);
    daemon.say('08000100 00000000 00000000 00000000 00000000');
    const x = await rig.client();
    expect(x.screen.width).toBe(1920);
  });

  test('a peer that says nothing gets four bytes and no more', async () => {
    await using rig = await AgentRig.start();
    using silent = new Plain(rig.guiPath);
    await waitUntil(() => silent.bytes.length > 0, 'the version');
    silent.say('080001');
    silent[Symbol.dispose]();
    await rig.daemon();
    expect(silent.bytes.length).toBe(4);
  });
});

describe('versions', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('a conversation at 1.%i keeps its rules', (minor) =>
    onStage(
      async ({ rig, daemon, program }) => {
        expect(daemon.version).toEqual({ major: 1, minor });
        const window = program.window({ title: 'any', width: 200, height: 100 });
        await daemon.expect('map', (one) => one.window === window);
        if (minor >= 2) {
          await daemon.expect('shmImage', (one) => one.window === window);
          // Below 1.7 nothing is acknowledged and pages must come back by themselves.
          for (let i = 0; i < 30; i++) {
            daemon.send({ name: 'configure', window, x: 0, y: 0, width: 300 + i, height: 200 });
            await daemon.expect('dump', (one) => one.width === 300 + i);
          }
          await rig.samePixels(daemon, window);
        }
        program.x.X.DestroyWindow(window);
        await daemon.expect('destroy', (one) => one.window === window);
      },
      {
        protocol: { major: 1, minor },
        poolBytes: 1024 * 1024,
        daemon: { acknowledge: minor >= 7 },
      },
    ),
  );
});

describe('what the daemon may say', () => {
  test('unknown types and obsolete ones are stepped over (E14)', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      const before = daemon.messages.length;
      daemon.sendRaw(Buffer.from('c8000000070040000a00000030313233343536373839', 'hex'));
      daemon.sendRaw(
        Buffer.concat([Buffer.from('8a00000007004000ff000000', 'hex'), Buffer.alloc(255)]),
      );
      daemon.sendRaw(Buffer.from('8100000007004000080000000100000001000000', 'hex'));
      // A type nobody knows with a huge body, in pieces.
      daemon.sendRaw(Buffer.from('ff00000007004000a0860100', 'hex'));
      for (let i = 0; i < 10; i++) daemon.sendRaw(Buffer.alloc(10_000, i));
      daemon.send({ name: 'configure', window, x: 1, y: 2, width: 30, height: 40 });
      await daemon.expect('configure', (one) => one.width === 30);
      expect(daemon.messages.slice(before).map((one) => one.name)).toContain('configure');
    }));

  test('a message of an impossible length ends only this conversation', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      daemon.sendRaw(Buffer.from('7c000000070040001500000000', 'hex'));
      await waitUntil(() => daemon.ended, 'it is closed');
      const next = await rig.daemon();
      await next.expect('shmImage', (one) => one.window === window);
    }));
});

describe('a daemon that does not read (E16)', () => {
  test('is still obeyed; damage waits, and the picture is right when it reads again', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({ width: 500, height: 400 });
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon.pause();
      const before = daemon.messages.length;
      // Moves and damage fill the channel, so that what the agent wants to say must wait.
      for (let i = 0; rig.gui.queuedBytes < 300_000; i++) {
        program.x.X.ConfigureWindow(window, { x: i % 500 });
        program.fill(window, i * 99, [i % 400, i % 300, 50, 50]);
        if (i % 200 === 0) await program.x.sync();
      }
      await program.x.sync();
      let waiting = 0;
      await waitUntil(() => {
        const before = waiting;
        waiting = rig.gui.queuedBytes;
        return before === waiting;
      }, 'all moves were told');
      // Damage does not wait in the channel: it merges.
      for (let i = 0; i < 3000; i++) {
        program.fill(window, i * 99, [i % 400, i % 300, 50, 50]);
        if (i % 200 === 0) await program.x.sync();
      }
      await program.x.sync();
      expect(rig.gui.queuedBytes - waiting).toBeLessThan(100);
      // It reads while it cannot write: dom0's word is carried out.
      for (let i = 0; i < 500; i++) {
        daemon.send({ name: 'configure', window, x: i, y: 7, width: 510, height: 410 });
      }
      await waitUntil(
        () => program.of('ConfigureNotify').some((event) => event.x === 499 && event.y === 7),
        'it is obeyed',
      );
      expect(daemon.messages.length).toBe(before);
      daemon.resume();
      await daemon.expect('configure', (one) => one.x === 499);
      await rig.samePixels(daemon, window);
      checkConversation(rig, daemon);
    }));

  test('and never will is given up at the bound; the next one gets everything', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        const window = program.window({});
        await daemon.expect('shmImage', (one) => one.window === window);
        daemon.pause();
        const gaveUp = () => rig.lines.some((line) => line.includes('does not read'));
        for (let i = 0; i < 40_000 && !gaveUp(); i++) {
          program.x.X.ConfigureWindow(window, { x: i % 1000 });
          if (i % 200 === 0) await program.x.sync();
        }
        await waitUntil(gaveUp, 'it is given up');
        daemon[Symbol.dispose]();
        const next = await rig.daemon();
        await next.expect('shmImage', (one) => one.window === window);
        await rig.samePixels(next, window);
        checkConversation(rig, next);
      },
      { maxQueueBytes: 64 * 1024 },
    ));
});

test('ids are X\u2019s own, never 0, and a number may come back after its DESTROY', () =>
  onStage(async ({ daemon, program }) => {
    const id = program.window({});
    await daemon.expect('map', (one) => one.window === id);
    program.x.X.DestroyWindow(id);
    program.x.X.CreateWindow(id, program.x.root, 0, 0, 40, 30, 0, 0, 1, 0, {});
    program.x.X.MapWindow(id);
    program.x.flush();
    await waitUntil(() => daemon.all('map', id as VmWindowId).length === 2, 'it lives again');
    expect(daemon.all('create').map((one) => one.width)).toEqual([120, 40]);
  }));
