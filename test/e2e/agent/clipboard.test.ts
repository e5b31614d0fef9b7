/**
 * The clipboard's plain path, with a real program at the other end.
 */
import { execFile, spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { setBytes } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { AgentRig } from './rig.ts';
import { onStage } from './stage.ts';

function environment(rig: AgentRig): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DISPLAY: `:${rig.agent.displayNumber}`,
    XAUTHORITY: rig.xauthority,
  };
}

/** Gives `text` to xclip and waits until it owns the selection. */
async function copy(rig: AgentRig, text: string): Promise<void> {
  const x = await rig.x();
  const { CLIPBOARD } = await x.intern(['CLIPBOARD']);
  const owner = () => x.request<number>((done) => x.X.GetSelectionOwner(CLIPBOARD, done));
  const before = await owner();
  const child = spawn('xclip', ['-selection', 'clipboard', '-in'], { env: environment(rig) });
  child.stdin.end(text);
  await waitUntil(async () => {
    const now = await owner();
    return now !== 0 && now !== before;
  }, 'xclip owns the clipboard');
}

function paste(rig: AgentRig, selection: string, target = 'UTF8_STRING'): Promise<string> {
  const args = ['-selection', selection, '-out', '-target', target];
  return new Promise((resolve, reject) => {
    execFile('xclip', args, { env: environment(rig), encoding: 'latin1' }, (error, out) =>
      error ? reject(error) : resolve(Buffer.from(out, 'latin1').toString('utf8')),
    );
  });
}

describe('CLIPBOARD_REQ', () => {
  test('gives what a real program copied, once, as bytes', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      await copy(rig, 'p\u00e4ssw\u00f6rd \ud83d\udd11');
      daemon.send({ name: 'clipboardRequest', window });
      const answer = await daemon.expect('clipboardData');
      expect(Buffer.from(answer.data).toString('utf8')).toBe('p\u00e4ssw\u00f6rd \ud83d\udd11');
      expect(daemon.all('clipboardData')).toHaveLength(1);
    }));

  test('is answered with nothing when nobody owns the clipboard', () =>
    onStage(async ({ daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'clipboardRequest', window });
      const answer = await daemon.expect('clipboardData');
      expect(answer.window).toBe(window);
      expect(answer.data.length).toBe(0);
    }));

  test('up to 1.7 no more than 65,000 bytes are sent', () =>
    onStage(
      async ({ rig, daemon, program }) => {
        const window = program.window({});
        await daemon.expect('map', (one) => one.window === window);
        await copy(rig, 'x'.repeat(70_000));
        daemon.send({ name: 'clipboardRequest', window });
        expect((await daemon.expect('clipboardData')).data.length).toBe(65_000);
      },
      { protocol: { major: 1, minor: 7 } },
    ));

  test('more than may be kept is marked by one byte more', () =>
    onStage(async ({ daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(['CLIPBOARD', 'UTF8_STRING', 'TARGETS']);
      const window = program.window({});
      x.X.SetSelectionOwner(window, atoms.CLIPBOARD, 0);
      x.on((event) => {
        if (event.name !== 'SelectionRequest') return;
        if (event.target === atoms.UTF8_STRING) {
          // In two parts, since one request holds 256 KiB at most.
          const half = Buffer.alloc(150_000, 0x79);
          setBytes(x, event.requestor, event.property, half, atoms.UTF8_STRING);
          x.X.ChangeProperty(2, event.requestor, event.property, atoms.UTF8_STRING, 8, half);
        }
        x.X.SendEvent(event.requestor, 0, 0, {
          ...{ name: 'SelectionNotify', requestor: event.requestor, selection: event.selection },
          ...{ target: event.target, time: event.time },
          // Knows no TARGETS.
          property: event.target === atoms.UTF8_STRING ? event.property : 0,
        });
      });
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'clipboardRequest', window });
      expect((await daemon.expect('clipboardData')).data.length).toBe(256_001);
    }));

  test('an owner that says nothing gets no answer, a newer question gets its own', () =>
    onStage(async ({ rig, daemon, program }) => {
      const { x } = program;
      const atoms = await x.intern(['CLIPBOARD']);
      const window = program.window({});
      x.X.SetSelectionOwner(window, atoms.CLIPBOARD, 0);
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'clipboardRequest', window });
      await program.expect('SelectionRequest');
      await copy(rig, 'newer');
      daemon.send({ name: 'clipboardRequest', window });
      const answer = await daemon.expect('clipboardData');
      expect(Buffer.from(answer.data).toString()).toBe('newer');
      expect(daemon.all('clipboardData')).toHaveLength(1);
    }));
});

describe('CLIPBOARD_DATA', () => {
  const W = 0 as VmWindowId;

  test('is pasted by a real program, from both selections', () =>
    onStage(async ({ rig, daemon }) => {
      const text = 'caf\u00e9\tone\r\ntwo\n';
      daemon.send({ name: 'clipboardData', window: W, data: Buffer.from(text) });
      await waitUntil(
        async () => (await paste(rig, 'clipboard').catch(() => '')) === text,
        'it is the clipboard',
      );
      expect(await paste(rig, 'primary')).toBe(text);
      const targets = await paste(rig, 'clipboard', 'TARGETS');
      expect(targets.split('\n')).toContain('UTF8_STRING');
      const latin = await paste(rig, 'clipboard', 'STRING');
      expect(Buffer.from(latin).includes('caf')).toBe(true);
    }));

  test('that is no clean text is not served as text', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window({});
      await daemon.expect('map', (one) => one.window === window);
      daemon.send({ name: 'clipboardData', window, data: Buffer.from('a\u001bb') });
      const atoms = await program.x.intern(['CLIPBOARD']);
      await waitUntil(
        () =>
          program.x.request<number>((done) => program.x.X.GetSelectionOwner(atoms.CLIPBOARD, done)),
        'the agent owns it',
      );
      expect(await paste(rig, 'clipboard')).toBe('');
      // Asked for again it is what dom0 gave.
      daemon.send({ name: 'clipboardRequest', window });
      const answer = await daemon.expect('clipboardData');
      expect([...answer.data]).toEqual([0x61, 0x1b, 0x62]);
    }));
});
