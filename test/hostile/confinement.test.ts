/**
 * What a daemon that was taken over could still do: tried from inside with the
 * daemon's own function, and seen from outside on the processes themselves,
 * while they do all their work.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { controlSocketPath } from '../../src/config/runtime-dir.ts';
import { ControlClient } from '../../src/control/client.ts';
import type { ConfinementListing } from '../../src/control/messages.ts';
import { native } from '../../src/native/addon.ts';
import { GuidStage } from '../e2e/guid/guid-stage.ts';
import { LiveryProcess, livery } from '../rig/system/livery-process.ts';
import { create, map } from '../wire/says.ts';
import { Arena } from './arena.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/confined.mjs', import.meta.url));
const landlock = native().landlockVersion();
const directory = mkdtempSync(join(tmpdir(), 'livery-confinement-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Tried {
  readonly given?: ConfinementListing;
  readonly outcomes: Readonly<Record<string, string>>;
  readonly kept: readonly string[];
  readonly signal: NodeJS.Signals | null;
}

/** Runs the fixture; `fatal` is the one thing that it tries, else all that do not end it. */
async function tried(env: Record<string, string>, fatal?: string): Promise<Tried> {
  const own = mkdtempSync(join(directory, 'own-'));
  const foreign = mkdtempSync(join(directory, 'foreign-'));
  for (const folder of [own, foreign]) writeFileSync(join(folder, 'file'), 'text');
  const socket = join(foreign, 'socket');
  const server = createServer((connection) => connection.destroy());
  server.listen(socket);
  await once(server, 'listening');
  const args = [FIXTURE, own, foreign, socket, ...(fatal === undefined ? [] : [fatal])];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  await new Promise((resolve) => server.close(resolve));
  const outcomes =
    said === '' ? { outcomes: {}, kept: [] } : (JSON.parse(said) as Omit<Tried, 'signal'>);
  return { ...outcomes, signal };
}

describe('from inside, a daemon that is up', () => {
  it('reaches no network, no file that is not its own and no other process, in no thread', async () => {
    const { given, outcomes, kept } = await tried({});
    expect(given).toMatchObject({ noNewPrivileges: true, systemCalls: true, landlock });
    const refused = Object.entries(outcomes).filter(([name]) => !kept.includes(name));
    expect(refused.length).toBeGreaterThan(14);
    for (const [name, code] of refused) {
      // Where the kernel has no Landlock it was said; files are what they were then.
      if (code === 'done')
        expect([landlock, name]).toEqual([0, expect.stringMatching(/elsewhere|out|environment/)]);
      else
        expect([name, code]).toEqual([
          name,
          expect.stringMatching(/^(EACCES|EPERM|EAFNOSUPPORT|EAI_AGAIN)$/),
        ]);
    }
  });

  it('still does everything that it does later in its life', async () => {
    const { outcomes, kept } = await tried({});
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.filter((name) => outcomes[name] !== 'done')).toEqual([]);
  });

  it.each(['start a program', 'start a program and go on'])(
    'ends at once when it tries to %s',
    async (name) => {
      expect(await tried({}, name)).toMatchObject({ signal: 'SIGSYS', outcomes: {} });
      // The attempt is real.
      expect(await tried({ FREE: '1' }, name)).toMatchObject({
        signal: null,
        outcomes: { [name]: 'done' },
      });
    },
  );

  it('could do all of it before, so the attempts are real', async () => {
    const { outcomes } = await tried({ FREE: '1' });
    const failed = Object.entries(outcomes).filter(([, code]) => code !== 'done');
    // Nobody listens there, and nothing has that name.
    expect(failed.map(([name]) => name)).toEqual([
      'connect by TCP',
      'connect by TCP 6',
      'a name of the network',
    ]);
  });
});

/** Lines of /proc/PID/task/N/status, of all threads. */
function threads(pid: number, line: string): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    return new RegExp(`^${line}:\\s+(\\d+)$`, 'm').exec(status)?.[1] ?? '';
  });
}

/** Every thread has given its rights up, and every descriptor that is a socket is a unix one. */
function expectConfined(pid: number): void {
  expect(new Set(threads(pid, 'NoNewPrivs'))).toEqual(new Set(['1']));
  expect(new Set(threads(pid, 'Seccomp'))).toEqual(new Set(['2']));
  const unix = new Set(
    readFileSync(`/proc/${pid}/net/unix`, 'utf8')
      .split('\n')
      .map((line) => line.split(/\s+/)[6]),
  );
  for (const socket of socketsOf(pid)) expect(unix).toContain(socket);
}

/** Numbers of the sockets of a process. */
function socketsOf(pid: number): string[] {
  return linksOf(pid).flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

function linksOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)];
    } catch {
      return [];
    }
  });
}

describe('from outside, the daemon', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.start();
  });
  afterAll(() => arena?.[Symbol.asyncDispose]());
  const ask = async (): Promise<ConfinementListing> => {
    using client = ControlClient.connect(controlSocketPath(arena.daemon.runtimeDir));
    return await client.ask('confinement', {});
  };

  it('has no new privileges, a filter on every thread, unix sockets only, and says so', async () => {
    expectConfined(arena.daemon.process.pid);
    const given = await ask();
    expect(given).toMatchObject({
      wanted: true,
      noNewPrivileges: true,
      systemCalls: true,
      landlock,
    });
    if (landlock >= 3) expect(given.lacks).toEqual([]);
    expect(arena.daemon.process.err).toMatch(/what is not needed any more was given up/);
  });

  it('holds no file open but the memory of qubes and what is written to', async () => {
    const opened = linksOf(arena.daemon.process.pid).filter((target) => target.startsWith('/'));
    expect(opened.filter((target) => !/^\/(dev\/|memfd:)|\.jsonl$/.test(target))).toEqual([]);
  });

  it('shows qubes that come later, each over connections and memory of its own', async () => {
    await using peer = await arena.hostile();
    const id = 0x0011_0001 as VmWindowId;
    peer.send(create(id, { x: 40, y: 40, width: 200, height: 100 }), map(id));
    await arena.isFramed(peer, id);
    // Its icons are taken at a socket that was made after the filter.
    expect(readdirSync(join(arena.daemon.runtimeDir, 'icons'))).toContain(`${peer.name}.sock`);
    await arena.victimWorks();
    expectConfined(arena.daemon.process.pid);
  });

  it('reads a policy that is put in place of the one before, by itself and when told to', async () => {
    const { process: daemon, screen } = arena.daemon;
    const policy = join(screen.directory, 'clipboard.policy');
    const put = (text: string): void => {
      writeFileSync(`${policy}.new`, text, { mode: 0o600 });
      renameSync(`${policy}.new`, policy);
    };
    put('nonsense\n');
    await daemon.said(/clipboard policy: .*clipboard\.policy:1/);
    put('@any @any deny\n');
    daemon.signal('SIGHUP');
    await daemon.said(
      /clipboard\.policy.*the clipboard policy holds|the clipboard policy holds.*clipboard\.policy/,
    );
  });

  it('opens no debugger for whoever signals it', async () => {
    const { process: daemon } = arena.daemon;
    daemon.signal('SIGUSR1');
    await arena.victimWorks();
    expectConfined(daemon.pid);
    expect(daemon.err).not.toMatch(/debugger|inspector/i);
  });

  it('is looked at by livery doctor, in one line for each thing', async () => {
    const { runtimeDir, screen } = arena.daemon;
    const env = {
      ...screen.env,
      PATH: process.env.PATH,
      HOME: directory,
      LIVERY_RUNTIME_DIR: runtimeDir,
    };
    const { out } = await livery(['doctor', '--json'], { env });
    const { findings } = JSON.parse(out) as { findings: { check: string; text: string }[] };
    const said = findings.filter(({ check }) => check === 'confinement').map(({ text }) => text);
    expect(said).toContainEqual(
      expect.stringMatching(/^in force in the daemon: no new privileges, /),
    );
    expect(said.length).toBeGreaterThan(1);
  });
});

describe('the switch for debugging', () => {
  /** A daemon without a screen is refused after its words were read. */
  const start = (word: string) =>
    livery(['daemon', '--config', '/nonexistent'], {
      env: { PATH: process.env.PATH, HOME: directory, LIVERY_CONFINE: word, DISPLAY: ':99999' },
    });

  it('has two words, and no other is taken for one of them', async () => {
    expect((await start('of')).err).toMatch(/LIVERY_CONFINE is "of"; expected on or off/);
    expect((await start('off')).err).not.toMatch(/LIVERY_CONFINE/);
  });

  it('leaves everything as it was, and says so in the log and to doctor', async () => {
    await using arena = await Arena.start();
    const { screen } = arena.daemon;
    const runtimeDir = join(screen.directory, 'other');
    mkdirSync(runtimeDir, { mode: 0o700 });
    const config = join(screen.directory, 'none.toml');
    writeFileSync(config, '');
    await using daemon = new LiveryProcess(['daemon', '--config', config], {
      env: {
        ...screen.env,
        PATH: process.env.PATH,
        HOME: screen.directory,
        LIVERY_RUNTIME_DIR: runtimeDir,
        LIVERY_CONFINE: 'off',
      },
    });
    await daemon.ready();
    expect(new Set(threads(daemon.pid, 'Seccomp'))).toEqual(new Set(['0']));
    await daemon.said(/nothing is given up: LIVERY_CONFINE=off/);
    using client = ControlClient.connect(controlSocketPath(runtimeDir));
    expect(await client.ask('confinement', {})).toMatchObject({
      wanted: false,
      lacks: [expect.any(String)],
    });
    await livery(['shutdown'], { env: { PATH: process.env.PATH, LIVERY_RUNTIME_DIR: runtimeDir } });
  });
});

describe('the keeper', () => {
  it('whose work is to start programs, starts none with more rights than its own', async () => {
    const runtimeDir = mkdtempSync(join(directory, 'run-'));
    const config = join(directory, 'keeper.toml');
    writeFileSync(config, '');
    await using keeper = new LiveryProcess(['keeper', '--config', config], {
      env: { PATH: process.env.PATH, HOME: directory, LIVERY_RUNTIME_DIR: runtimeDir },
    });
    await keeper.ready();
    // Its main thread is the one that starts them.
    const status = readFileSync(`/proc/${keeper.pid}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  });
});

describe('livery-guid', () => {
  it('is confined in every thread before it speaks to the agent', async () => {
    await using stage = await GuidStage.open();
    const run = await stage.serve();
    await run.said(/waiting for the agent/);
    expectConfined(run.pid);
  });
});
