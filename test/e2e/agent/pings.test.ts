/**
 * Whether a program of the qube answers, as dom0 asks it: real programs, one of
 * them stopped, and programs that say too little, too much or for others.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PING_LIMIT_MS } from '../../../src/agent/program-pings.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { STATUS } from '../../../src/protocol/service.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import { ATOM, getCardinals, setAtoms } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Program } from './program.ts';
import type { AgentRig } from './rig.ts';
import type { ScriptedAsker } from './scripted-asker.ts';
import type { ScriptedDaemon } from './scripted-daemon.ts';
import { onStage } from './stage.ts';

async function ask(rig: AgentRig, window: number): Promise<number> {
  const service = await rig.service();
  return (await service.ask({ name: 'pingWindow', window: window as VmWindowId })).status;
}

function statusOf(service: ScriptedAsker, id: number): number | undefined {
  return service.all('answer').find((one) => one.id === id)?.status;
}

/** A window of the test's own program that says that it answers. */
async function answering(program: Program, daemon: ScriptedDaemon): Promise<VmWindowId> {
  const { x } = program;
  const atoms = await x.intern(['WM_PROTOCOLS', '_NET_WM_PING']);
  const window = program.window({ mapped: false });
  setAtoms(x, window, atoms.WM_PROTOCOLS, [atoms._NET_WM_PING]);
  x.X.MapWindow(window);
  x.flush();
  await daemon.expect('map', (one) => one.window === window);
  return window;
}

/** What a program sends to the root as its answer. */
function pong(program: Program, type: number, data: readonly number[], format: 8 | 32 = 32): void {
  const { x } = program;
  x.X.SendEvent(x.root, 0, EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect, {
    ...{ name: 'ClientMessage', format, wid: x.root, message_type: type, data },
  });
  x.flush();
}

describe('a real program', () => {
  test('answers; stopped it does not, and goes on when it is let', () =>
    onStage(async ({ rig, daemon, program }) => {
      const file = join(rig.directory, 'pid');
      const script = `echo $$ > ${file}.tmp; mv ${file}.tmp ${file}; exec gtk3-demo --run=menus`;
      await rig.run('sh', '-c', script);
      const { window } = await daemon.expect('map', () => true);
      await waitUntil(() => existsSync(file), 'the program has started');
      const pid = Number(readFileSync(file, 'utf8'));
      expect(await ask(rig, window)).toBe(STATUS.ok);
      const other = await answering(program, daemon);
      const service = await rig.service();
      process.kill(pid, 'SIGSTOP');
      try {
        const id = service.tell({ name: 'pingWindow', window });
        // Another program is asked and answers meanwhile.
        const later = service.tell({ name: 'pingWindow', window: other });
        const { data, message_type } = await program.expect('ClientMessage');
        pong(program, message_type, data);
        await waitUntil(() => statusOf(service, later) === STATUS.ok, 'the other one answers');
        expect(statusOf(service, id)).toBeUndefined();
        process.kill(pid, 'SIGCONT');
        await waitUntil(() => statusOf(service, id) === STATUS.ok, 'it answers in the end');
        // Stopped for longer than anybody waits.
        process.kill(pid, 'SIGSTOP');
        const silent = service.tell({ name: 'pingWindow', window });
        const startMs = performance.now();
        await waitUntil(
          () => statusOf(service, silent) === STATUS.busy,
          'dom0 is told that it does not answer',
          { limitMs: PING_LIMIT_MS + 10_000 },
        );
        expect(performance.now() - startMs).toBeGreaterThan(PING_LIMIT_MS - 500);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      // What it says now to the question that is over is no answer to the next one.
      expect(await ask(rig, window)).toBe(STATUS.ok);
    }));
});

describe('programs are told', () => {
  test('that they may be asked', () =>
    onStage(async ({ program }) => {
      const { x } = program;
      const atoms = await x.intern(['_NET_SUPPORTED', '_NET_WM_PING']);
      expect(await getCardinals(x, x.root, atoms._NET_SUPPORTED, ATOM.ATOM)).toContain(
        atoms._NET_WM_PING,
      );
    }));

  test('only if they say that they answer; a window that is not there is not there', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = program.window();
      await daemon.expect('map', (one) => one.window === window);
      expect(await ask(rig, window)).toBe(STATUS.unsupported);
      expect(await ask(rig, window + 1)).toBe(STATUS.notFound);
      expect(await ask(rig, program.x.root)).toBe(STATUS.notFound);
      expect(program.of('ClientMessage')).toEqual([]);
    }));

  test('the server\u2019s time and their window; nothing else is an answer', () =>
    onStage(async ({ rig, daemon, program }) => {
      const window = await answering(program, daemon);
      const other = await answering(program, daemon);
      const service = await rig.service();
      const atoms = await program.x.intern(['WM_PROTOCOLS', '_NET_WM_PING', 'WM_DELETE_WINDOW']);
      const { WM_PROTOCOLS, _NET_WM_PING } = atoms;
      const id = service.tell({ name: 'pingWindow', window });
      const event = await program.expect('ClientMessage');
      expect(event).toMatchObject({ wid: window, message_type: WM_PROTOCOLS, format: 32 });
      const [protocol, time = 0, about] = event.data;
      expect([protocol, about]).toEqual([_NET_WM_PING, window]);
      expect(time).toBeGreaterThan(0);
      pong(program, WM_PROTOCOLS, [_NET_WM_PING, time + 1, window]);
      pong(program, WM_PROTOCOLS, [_NET_WM_PING, time, other]);
      pong(program, WM_PROTOCOLS, [_NET_WM_PING, time, 0]);
      pong(program, WM_PROTOCOLS, [atoms.WM_DELETE_WINDOW, time, window]);
      pong(program, _NET_WM_PING, [_NET_WM_PING, time, window]);
      // All of that has been seen when this one is answered.
      expect(await ask(rig, program.x.root)).toBe(STATUS.notFound);
      await program.x.sync();
      const third = service.tell({ name: 'pingWindow', window: other });
      const asked = await program.expect('ClientMessage', (one) => one.wid === other);
      pong(program, WM_PROTOCOLS, asked.data);
      await waitUntil(() => statusOf(service, third) === STATUS.ok, 'the other one is answered');
      expect(statusOf(service, id)).toBeUndefined();
      // One question at a time, whoever asks.
      expect(await ask(rig, window)).toBe(STATUS.busy);
      pong(program, WM_PROTOCOLS, [_NET_WM_PING, time, window]);
      await waitUntil(() => statusOf(service, id) === STATUS.ok, 'the right one counts');
      // Twice is nothing more.
      pong(program, WM_PROTOCOLS, [_NET_WM_PING, time, window]);
      const next = service.tell({ name: 'pingWindow', window });
      program.x.X.DestroyWindow(window);
      program.x.flush();
      await waitUntil(() => statusOf(service, next) === STATUS.notFound, 'it went');
      expect(service.all('answer').filter((one) => one.id === id)).toHaveLength(1);
    }));
});
