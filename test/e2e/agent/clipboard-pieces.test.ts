/**
 * Selections that do not come or go in one piece, owners of every kind, and how
 * dom0's text leaves the qube again.
 */
import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { ATOM } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Program } from './program.ts';
import type { AgentRig } from './rig.ts';
import type { ScriptedDaemon } from './scripted-daemon.ts';
import { LATIN1, own, selections, take, takeMultiple } from './selection-program.ts';
import { onStage } from './stage.ts';

const W = 0 as VmWindowId;
/** Every byte of it tells where it belongs. */
const LONG = Buffer.from(
  Array.from({ length: 40_000 }, (_, at) => `${at} \u00e4\u4f60\n`).join(''),
).subarray(0, 250_000);

async function shown({ daemon, program }: { daemon: ScriptedDaemon; program: Program }) {
  const window = program.window({});
  await daemon.expect('map', (one) => one.window === window);
  return window;
}

/** Gives dom0's text and waits until the agent owns both selections. */
async function give(daemon: ScriptedDaemon, program: Program, data: Buffer): Promise<void> {
  const { x } = program;
  const { CLIPBOARD } = await selections(program);
  const owner = (of: number) => x.request<number>((done) => x.X.GetSelectionOwner(of, done));
  daemon.send({ name: 'clipboardData', window: W, data });
  await waitUntil(
    async () => (await owner(CLIPBOARD)) !== 0 && (await owner(ATOM.PRIMARY)) !== 0,
    'the agent owns it',
  );
}

function xclip(rig: AgentRig, target: string): Promise<Buffer> {
  const env = {
    ...process.env,
    DISPLAY: `:${rig.agent.displayNumber}`,
    XAUTHORITY: rig.xauthority,
  };
  const args = ['-selection', 'clipboard', '-out', '-target', target];
  return new Promise((resolve, reject) => {
    execFile('xclip', args, { env, encoding: 'buffer', maxBuffer: 1 << 20 }, (error, out) =>
      error ? reject(error) : resolve(out),
    );
  });
}

describe('CLIPBOARD_REQ to an owner that sends pieces', () => {
  test.each([
    ['many small ones', 4_000],
    ['large ones', 100_000],
    ['one', 300_000],
  ])('%s', (_, pieceBytes) =>
    onStage(async (stage) => {
      const window = await shown(stage);
      const { UTF8_STRING: target } = await selections(stage.program);
      await own(stage.program, window, [{ target, bytes: LONG }], { pieceBytes });
      stage.daemon.send({ name: 'clipboardRequest', window });
      const { data } = await stage.daemon.expect('clipboardData');
      expect(Buffer.from(data).equals(LONG.subarray(0, data.length))).toBe(true);
      // The test's text ends in the middle of a character; what is sent does not.
      expect(data.length).toBeGreaterThan(LONG.length - 4);
    }),
  );

  test('is marked as too large as soon as it is', () =>
    onStage(async (stage) => {
      const window = await shown(stage);
      const { UTF8_STRING: target } = await selections(stage.program);
      const bytes = Buffer.alloc(4_000_000, 0x61);
      await own(stage.program, window, [{ target, bytes }], { pieceBytes: 60_000, stopAfter: 5 });
      stage.daemon.send({ name: 'clipboardRequest', window });
      const { data } = await stage.daemon.expect('clipboardData');
      expect(data).toHaveLength(256_001);
      expect(data.every((byte) => byte === 0)).toBe(true);
    }));

  test('is cut between characters up to 1.7', () =>
    onStage(
      async (stage) => {
        const window = await shown(stage);
        const { UTF8_STRING: target } = await selections(stage.program);
        const bytes = Buffer.from(`x${'\u00e4'.repeat(40_000)}`);
        await own(stage.program, window, [{ target, bytes }], { pieceBytes: 9_999 });
        stage.daemon.send({ name: 'clipboardRequest', window });
        const { data } = await stage.daemon.expect('clipboardData');
        expect(data).toHaveLength(65_000);
        const wanted = Buffer.concat([bytes.subarray(0, 64_999), Buffer.from(' ')]);
        expect(Buffer.from(data).equals(wanted)).toBe(true);
      },
      { protocol: { major: 1, minor: 7 } },
    ));

  test('and never finishes: no answer, and its late pieces are not the next one', () =>
    onStage(async (stage) => {
      const { daemon, program, rig } = stage;
      const window = await shown(stage);
      const { UTF8_STRING: target } = await selections(program);
      const stuck = { pieceBytes: 10, stopAfter: 2 };
      await own(program, window, [{ target, bytes: Buffer.alloc(100, 0x61) }], stuck);
      daemon.send({ name: 'clipboardRequest', window });
      const given = (line: string) => line.includes('did not give it in time');
      await waitUntil(() => rig.lines.some(given), 'the agent gives up');
      expect(daemon.all('clipboardData')).toEqual([]);

      const other = program.window({});
      const bytes = Buffer.from('the next one');
      await own(program, other, [{ target, bytes }]);
      daemon.send({ name: 'clipboardRequest', window });
      const { data } = await daemon.expect('clipboardData');
      expect(Buffer.from(data).toString()).toBe('the next one');
      expect(rig.lines.join('')).not.toMatch(/aaa|the next one/);
    }));
});

describe('CLIPBOARD_REQ takes the best that the owner has', () => {
  test('UTF8_STRING first, Latin-1 made UTF-8, TEXT by its type, nothing of COMPOUND_TEXT', () =>
    onStage(async (stage) => {
      const { daemon, program } = stage;
      const atoms = await selections(program);
      const window = await shown(stage);
      const { UTF8_STRING, TEXT, COMPOUND_TEXT } = atoms;
      const answer = async (
        ...[offers, options]: Parameters<typeof own> extends [unknown, unknown, ...infer Rest]
          ? Rest
          : never
      ): Promise<string> => {
        const owner = program.window({ mapped: false });
        await own(program, owner, offers, options);
        const before = daemon.all('clipboardData').length;
        daemon.send({ name: 'clipboardRequest', window });
        const message = await waitUntil(
          () => daemon.all('clipboardData')[before],
          'the agent answers',
        );
        // Only the newest owner may answer the next one.
        program.x.X.DestroyWindow(owner);
        return Buffer.from(message.data).toString('utf8');
      };
      const latin1 = { target: LATIN1, bytes: Buffer.from('gr\u00fcn', 'latin1') };
      const utf8 = { target: UTF8_STRING, bytes: Buffer.from('gr\u00fcn \u4f60') };
      const mixed = { target: COMPOUND_TEXT, bytes: Buffer.from('\u001b%Gx') };
      expect(await answer([mixed, latin1, utf8])).toBe('gr\u00fcn \u4f60');
      expect(await answer([mixed, latin1])).toBe('gr\u00fcn');
      expect(await answer([{ target: LATIN1, bytes: utf8.bytes }])).toBe('gr\u00fcn \u4f60');
      const text = { target: TEXT, type: UTF8_STRING, bytes: utf8.bytes };
      expect(await answer([mixed, text])).toBe('gr\u00fcn \u4f60');
      const oldText = { target: TEXT, type: LATIN1, bytes: latin1.bytes };
      expect(await answer([oldText])).toBe('gr\u00fcn');
      // It has text and does not say so.
      expect(await answer([utf8], { silentTargets: true })).toBe('gr\u00fcn \u4f60');
      const broken = { target: UTF8_STRING, bytes: Buffer.from([0x61, 0xff, 0x62]) };
      expect(await answer([broken])).toBe('a\ufffdb');
    }));

  test('COMPOUND_TEXT alone is no text', () =>
    onStage(async (stage) => {
      const { daemon, program, rig } = stage;
      const { TEXT, COMPOUND_TEXT } = await selections(program);
      const window = await shown(stage);
      const bytes = Buffer.from('\u001b%Gx');
      const asked = await own(program, window, [
        { target: COMPOUND_TEXT, bytes },
        { target: TEXT, type: COMPOUND_TEXT, bytes },
      ]);
      daemon.send({ name: 'clipboardRequest', window });
      await waitUntil(() => rig.lines.some((line) => line.includes('no text')), 'it gives up');
      expect(daemon.all('clipboardData')).toEqual([]);
      expect(asked).not.toContain(COMPOUND_TEXT);
    }));
});

describe('CLIPBOARD_DATA to programs that paste', () => {
  test('large text goes to xclip and to a program that counts, in pieces', () =>
    onStage(async ({ rig, daemon, program }) => {
      const text = Buffer.from(`${'\u4f60\u597d\u00e4\u{1f600}0123456789 \n'.repeat(12_000)}`);
      const data = text.subarray(0, 250_007);
      const whole = data.subarray(0, data.lastIndexOf(0x0a) + 1);
      await give(daemon, program, whole);
      expect((await xclip(rig, 'UTF8_STRING')).equals(whole)).toBe(true);
      const { CLIPBOARD, UTF8_STRING } = await selections(program);
      const taken = await take(program, CLIPBOARD, UTF8_STRING);
      expect(taken?.bytes.equals(whole)).toBe(true);
      expect(taken?.pieces).toBe(Math.ceil(whole.length / 65_536));
      // Latin-1 of it is shorter and still in pieces.
      const latin1 = await take(program, CLIPBOARD, LATIN1);
      expect(latin1?.bytes.toString('latin1')).toBe(
        whole.toString('utf8').replace(/[\u4f60\u597d]|\u{1f600}/gu, '?'),
      );
      // 64,000 bytes, dom0's own limit, go in one.
      await give(daemon, program, Buffer.alloc(64_000, 0x62));
      const one = await waitUntil(async () => {
        const now = await take(program, CLIPBOARD, UTF8_STRING);
        return now?.bytes.length === 64_000 && now;
      }, 'the other text');
      expect(one.pieces).toBeUndefined();
    }));

  test('several forms at once (MULTIPLE); what is not there is refused alone', () =>
    onStage(async ({ daemon, program }) => {
      await give(daemon, program, Buffer.from('gr\u00fcn \u4f60'));
      const { CLIPBOARD, UTF8_STRING, COMPOUND_TEXT } = await selections(program);
      const forms = [UTF8_STRING, COMPOUND_TEXT, LATIN1];
      const [utf8, compound, latin1] = await takeMultiple(program, CLIPBOARD, forms);
      expect(utf8?.toString('utf8')).toBe('gr\u00fcn \u4f60');
      expect(compound).toBeUndefined();
      expect(latin1?.toString('latin1')).toBe('gr\u00fcn ?');
    }));

  test('a GTK editor inserts 200,000 bytes, and they are copied out of it unchanged', () =>
    onStage(async ({ rig, daemon, program }) => {
      const text = '0123456789 \u00e4\u00f6 \u4f60\u597d abcdefgh\n'.repeat(5_000);
      await give(daemon, program, Buffer.from(text));
      await rig.run('mousepad', '--disable-server');
      const { window } = await daemon.expect('map', () => true, 'mousepad is shown');
      await daemon.expect('shmImage', (one) => one.window === window);
      daemon.send({ name: 'focus', window, focused: true, mode: 0, detail: 3 });
      const control = (keycode: number): void => {
        const key = (code: number, pressed: boolean, state: number): void =>
          daemon.send({ name: 'key', window, x: 0, y: 0, state, keycode: code, pressed });
        key(37, true, 0);
        key(keycode, true, 4);
        key(keycode, false, 4);
        key(37, false, 4);
      };
      const KEY = { a: 38, c: 54, v: 55 };
      const { x } = program;
      const { CLIPBOARD } = await selections(program);
      const owner = () => x.request<number>((done) => x.X.GetSelectionOwner(CLIPBOARD, done));
      const agent = await owner();
      control(KEY.v);
      // Copying an empty document takes no ownership, so this waits for the text.
      await waitUntil(async () => {
        control(KEY.a);
        control(KEY.c);
        return (await owner()) !== agent;
      }, 'mousepad owns the clipboard');
      daemon.send({ name: 'clipboardRequest', window });
      const { data } = await daemon.expect('clipboardData');
      expect(Buffer.from(data).toString('utf8') === text).toBe(true);
    }));
});

describe('dom0\u2019s text in the qube', () => {
  test('is gone after its time: no owner, nothing served, nothing asked for', () =>
    onStage(
      async ({ daemon, program, rig }) => {
        const { x } = program;
        const { CLIPBOARD, UTF8_STRING } = await selections(program);
        const owner = (of: number) => x.request<number>((done) => x.X.GetSelectionOwner(of, done));
        await give(daemon, program, Buffer.from('top secret'));
        expect((await take(program, CLIPBOARD, UTF8_STRING))?.bytes.toString()).toBe('top secret');
        await waitUntil(
          async () => (await owner(CLIPBOARD)) === 0 && (await owner(ATOM.PRIMARY)) === 0,
          'both selections are given up',
        );
        expect(await take(program, CLIPBOARD, UTF8_STRING)).toBeUndefined();
        daemon.send({ name: 'clipboardRequest', window: W });
        expect((await daemon.expect('clipboardData')).data).toHaveLength(0);
        expect(rig.lines.join('')).not.toContain('secret');
      },
      { clipboardKeepMs: 400 },
    ));

  test('its end takes nothing from a program that copied since', () =>
    onStage(
      async (stage) => {
        const { daemon, program } = stage;
        const { x } = program;
        const window = await shown(stage);
        const { CLIPBOARD, UTF8_STRING } = await selections(program);
        await give(daemon, program, Buffer.from('of dom0'));
        const bytes = Buffer.from('of the qube');
        await own(program, window, [{ target: UTF8_STRING, bytes }]);
        const primary = () =>
          x.request<number>((done) => x.X.GetSelectionOwner(ATOM.PRIMARY, done));
        // Text that was replaced is not offered by the middle button either.
        await waitUntil(async () => (await primary()) === 0, 'the primary selection is given up');
        await new Promise((resolve) => setTimeout(resolve, 500));
        daemon.send({ name: 'clipboardRequest', window });
        const { data } = await daemon.expect('clipboardData');
        expect(Buffer.from(data).toString()).toBe('of the qube');
        expect(await x.request<number>((done) => x.X.GetSelectionOwner(CLIPBOARD, done))).toBe(
          window,
        );
      },
      { clipboardKeepMs: 400 },
    ));
});
