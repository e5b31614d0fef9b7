/**
 * The agent as the keeper starts it: a process of its own with inherited
 * descriptors, and what is left when it is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fd, type Listener, native } from '../../../src/native/addon.ts';
import { waitUntil } from '../../rig/wait.ts';
import { ScriptedAsker } from './scripted-asker.ts';
import { ScriptedDaemon } from './scripted-daemon.ts';

const PROGRAM = 'dist/bin/livery.js';

let directory: string;
let gui: Listener;
let service: Listener;
let pool: Fd;
let child: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-agent-process-'));
  gui = native().listenUnix(join(directory, 'gui.sock'));
  service = native().listenUnix(join(directory, 'service.sock'));
  pool = native().createPool('agent-process', 32 * 1024 * 1024);
});

afterEach(() => {
  child?.kill('SIGKILL');
  for (const owned of [gui, service, pool]) owned[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  out: string;
  error: string;
  readonly ended: Promise<number | string | null>;
}

function start(...args: string[]): Run {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    XDG_RUNTIME_DIR: join(directory, 'run'),
    LIVERY_AGENT_GUI_FD: '3',
    LIVERY_AGENT_SERVICE_FD: '4',
    LIVERY_AGENT_POOL_FD: '5',
  };
  const started = spawn(process.execPath, [PROGRAM, 'agent', ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe', gui.fd.number, service.fd.number, pool.number],
  });
  child = started;
  const run: Run = {
    child: started,
    out: '',
    error: '',
    ended: new Promise((resolve) =>
      started.once('close', (code, signal) => resolve(code ?? signal)),
    ),
  };
  started.stdout?.on('data', (chunk) => {
    run.out += chunk;
  });
  started.stderr?.on('data', (chunk) => {
    run.error += chunk;
  });
  return run;
}

const ready = (run: Run) =>
  waitUntil(() => run.out.includes('\n'), 'the agent is ready', { until: run.ended });

/** Processes below `pid`. */
function children(pid: number): number[] {
  const below = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(
        readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ')[1],
      );
      below.set(parent, [...(below.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const list = below.get(pid) ?? [];
  return [...list, ...list.flatMap(children)];
}

describe('the agent\u2019s process', () => {
  test('says one line, serves, gives programs none of its descriptors, and ends with its input', async () => {
    const run = start();
    await ready(run);
    expect(run.out).toBe('ready\n');
    using daemon = new ScriptedDaemon(join(directory, 'gui.sock'));
    using asker = new ScriptedAsker(join(directory, 'service.sock'));
    await asker.run(['xclock', '-title', 'clock']);
    const window = await daemon.window('clock');
    await daemon.expect('shmImage', (one) => one.window === window);
    const all = children(run.child.pid as number);
    const names = all.map((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1').trim());
    expect(names.sort()).toEqual(['Xvfb', 'dbus-daemon', 'xclock']);
    for (const pid of all) {
      const links = readdirSync(`/proc/${pid}/fd`).map((fd) =>
        readlinkSync(`/proc/${pid}/fd/${fd}`),
      );
      // The X server maps the pool; as a descriptor nobody has it.
      expect(links.filter((link) => link.includes('memfd'))).toEqual([]);
    }
    run.child.stdin?.end();
    expect(await run.ended).toBe(0);
    expect(run.out).toBe('ready\n');
    for (const pid of all) await waitUntil(() => !existsSync(`/proc/${pid}`), `${pid} is gone`);
  });

  test('killed, it leaves neither X server nor bus nor sockets of them', async () => {
    const run = start('--screen', '640x480');
    await ready(run);
    const all = children(run.child.pid as number);
    expect(all).toHaveLength(2);
    const arguments_ = all.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    const display = Number(/Xvfb\0:(\d+)/.exec(arguments_.join(' '))?.[1]);
    expect(existsSync(`/tmp/.X11-unix/X${display}`)).toBe(true);
    run.child.kill('SIGKILL');
    await run.ended;
    for (const pid of all) await waitUntil(() => !existsSync(`/proc/${pid}`), `${pid} is gone`);
    expect(existsSync(`/tmp/.X11-unix/X${display}`)).toBe(false);
    expect(existsSync(`/tmp/.X${display}-lock`)).toBe(false);
  });

  test('ends with status 1 when its X server ends', async () => {
    const run = start('--screen', '640x480');
    await ready(run);
    const server = children(run.child.pid as number).find((pid) =>
      readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('Xvfb'),
    );
    process.kill(server as number, 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.error).toMatch(/X server of the qube ended/);
    expect(run.error).not.toMatch(/ at .*\.js/);
  });

  test.each([
    [['--screen', 'large'], /WIDTHxHEIGHT/],
    [['--protocol', '2.0'], /1\.0 to 1\.8/],
    [['--x-server', 'wayland'], /xvfb or xvnc/],
  ])('refuses %j with what it expected', async (args, words) => {
    const run = start(...args);
    expect(await run.ended).toBe(2);
    expect(run.error).toMatch(words);
  });
});
