/**
 * The service channel: programs with their environment and their end, the
 * screen, the keyboard, and what is refused.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STATUS } from '../../../src/protocol/service.ts';
import { waitUntil } from '../../rig/wait.ts';
import { AgentRig } from './rig.ts';
import { textOf } from './scripted-daemon.ts';
import { onStage } from './stage.ts';

const END = '\n';

async function written(file: string): Promise<string> {
  await waitUntil(() => existsSync(file) && readFileSync(file, 'utf8').endsWith(END), file);
  return readFileSync(file, 'utf8');
}

describe('programs', () => {
  test('get the environment of the qube, nothing of the agent, and no descriptor', () =>
    onStage(async ({ rig }) => {
      const file = join(rig.directory, 'out');
      const script = `{ env; echo PWD_IS=$(pwd); ls -l /proc/self/fd; ps -o pgid= -p $$; } > ${file}.tmp 2>&1; mv ${file}.tmp ${file}`;
      const run = await rig.run('sh', '-c', script);
      const text = await written(file);
      const env = new Map(text.split('\n').map((line) => [line.split('=')[0], line.split('=')[1]]));
      expect(env.get('DISPLAY')).toBe(`:${rig.agent.displayNumber}`);
      expect(env.get('XAUTHORITY')).toBe(rig.xauthority);
      expect(env.get('NO_AT_BRIDGE')).toBe('1');
      expect(env.get('PWD_IS')).toBe(rig.directory);
      expect(text).toMatch(/DBUS_SESSION_BUS_ADDRESS=unix:path=/);
      expect(text).not.toMatch(/LIVERY/);
      const descriptors = text.split('\n').filter((line) => line.includes(' -> '));
      expect(descriptors.length).toBeGreaterThan(2);
      // Neither sockets nor memory of ours (the test's own process may have inherited other things).
      expect(descriptors.filter((line) => /socket:|memfd:|anon_inode/.test(line))).toEqual([]);
      expect(text).toMatch(/ 0 -> \/dev\/null/);
      const service = await rig.service();
      await waitUntil(
        () => service.all('programExited').find((one) => one.runId === run),
        'its end',
      );
    }));

  test('have a session bus that answers', () =>
    onStage(async ({ rig }) => {
      const file = join(rig.directory, 'bus');
      await rig.run(
        'sh',
        '-c',
        `dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId > ${file}.tmp; mv ${file}.tmp ${file}`,
      );
      expect(await written(file)).toMatch(/method return/);
    }));

  test('their ends are told: status, signal; and what cannot start is answered', () =>
    onStage(async ({ rig }) => {
      const service = await rig.service();
      const ended = async (...argv: string[]) => {
        const runId = await rig.run(...argv);
        return waitUntil(
          () => service.all('programExited').find((one) => one.runId === runId),
          `${argv[0]} ends`,
        );
      };
      expect(await ended('sh', '-c', 'exit 7')).toMatchObject({ kind: 'exited', code: 7 });
      expect(await ended('sh', '-c', 'kill -9 $$')).toMatchObject({ kind: 'signalled', code: 9 });
      const asked = async (argv: string[]) =>
        (await service.ask({ name: 'runProgram', argv })).status;
      expect(await asked(['no-such-program-at-all'])).toBe(STATUS.notFound);
      expect(await asked(['/etc/passwd'])).toBe(STATUS.denied);
    }));

  test('asked for before there is a screen wait for it', async () => {
    await using rig = await AgentRig.start();
    const service = await rig.service();
    const id = service.tell({ name: 'runProgram', argv: ['true'] });
    expect((await service.ask({ name: 'ping', nonce: 1n })).status).toBe(STATUS.ok);
    expect(service.all('answer').some((one) => one.id === id)).toBe(false);
    await rig.daemon();
    const answer = await waitUntil(
      () => service.all('answer').find((one) => one.id === id),
      'it starts',
    );
    expect(answer.status).toBe(STATUS.ok);
    // It does not take the place of those that dom0's configuration wants in a new qube.
    expect(service.all('ready')).toMatchObject([{ fresh: true }]);
  });

  test('end with the agent, children included', async () => {
    const file = { path: '' };
    await onStage(async ({ rig }) => {
      file.path = join(rig.directory, 'pids');
      await rig.run(
        'sh',
        '-c',
        `trap '' TERM; sleep 1000 & echo $! $$ > ${file.path}.tmp; mv ${file.path}.tmp ${file.path}; wait; sleep 1000`,
      );
      await written(file.path);
      file.path = readFileSync(file.path, 'utf8');
    });
    for (const pid of file.path.trim().split(' ')) {
      await waitUntil(() => !existsSync(`/proc/${pid}`), `process ${pid} is gone`);
    }
  });
});

describe('ready', () => {
  test('is fresh until the first program was asked for, for every daemon', async () => {
    await using rig = await AgentRig.start();
    await rig.daemon();
    const service = await rig.service();
    const ready = await waitUntil(() => service.all('ready')[0], 'ready');
    expect(ready.fresh).toBe(true);
    expect(textOf(ready.version)).toBe('agent-test');
    const again = await rig.otherService();
    expect((await waitUntil(() => again.all('ready')[0], 'ready')).fresh).toBe(true);
    await again.run(['true']);
    const third = await rig.otherService();
    expect((await waitUntil(() => third.all('ready')[0], 'ready')).fresh).toBe(false);
  });
});

describe('the screen', () => {
  test('is exactly as the service channel says, whatever the daemon rounds to', async () => {
    await using rig = await AgentRig.start();
    const service = await rig.service();
    const monitors = [{ x: 0, y: 0, width: 1366, height: 768 }];
    const screen = { name: 'setScreen', width: 1366, height: 768, dpi: 120, monitors } as const;
    expect((await service.ask(screen)).status).toBe(STATUS.ok);
    await rig.daemon({ width: 1366, height: 768 });
    const x = await rig.client();
    expect(x.screen).toMatchObject({ width: 1366, height: 768 });
    expect(Math.round((x.screen.width / x.screen.widthMm) * 25.4)).toBeCloseTo(120, -1);
    expect((await service.ask(screen)).status).toBe(STATUS.ok);
  });
});

describe('the keyboard', () => {
  test('takes dom0\u2019s layout, and only names of layouts', () =>
    onStage(async ({ rig, program }) => {
      const service = await rig.service();
      const layout = {
        name: 'setKeymap',
        rules: 'evdev',
        model: 'pc105',
        variant: '',
        options: '',
      } as const;
      expect((await service.ask({ ...layout, layout: 'de' })).status).toBe(STATUS.ok);
      // The key right of P is u-umlaut there.
      const [row] = await program.x.request<readonly (readonly number[])[]>((done) =>
        program.x.X.GetKeyboardMapping(34, 1, done),
      );
      expect(row?.[0]).toBe(0xfc);
      const control = await program.x.request<{ globalAutoRepeat: number }>((done) =>
        program.x.X.GetKeyboardControl(done),
      );
      expect(control.globalAutoRepeat).toBe(0);
      expect((await service.ask({ ...layout, layout: 'no-such-layout' })).status).toBe(
        STATUS.failed,
      );
      for (const bad of ['-print', 'us;reboot', '$(id)', 'a b']) {
        expect((await service.ask({ ...layout, layout: bad })).status, bad).toBe(STATUS.invalid);
      }
    }));
});
