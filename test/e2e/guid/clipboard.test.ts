/**
 * Two `livery-guid` processes, each with a qube of its own, that share the
 * clipboard by the files of qubes-guid: chords by XTEST, agents word by word,
 * files judged byte by byte, dom0's policy as a real socket.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FOCUS_SETTLE_MS } from '../../../src/clipboard/machine.ts';
import { native } from '../../../src/native/addon.ts';
import { waitUntil } from '../../rig/rig.ts';
import { pause } from '../../rig/system/clipboard-user.ts';
import { shownWindows } from '../../rig/system/shown.ts';
import { KEYSYM } from '../../rig/user.ts';
import { create, map, W } from '../session/stage.ts';
import { type GuidRun, GuidStage } from './guid-stage.ts';

const KEY = { copy: 0x63, paste: 0x76 } as const;

interface Side {
  readonly name: string;
  readonly stage: GuidStage;
  readonly run: GuidRun;
  readonly x: number;
}

let work: Side;
let vault: Side;
let server: Server | undefined;
const asked: Buffer[] = [];

afterEach(async () => {
  await vault?.stage[Symbol.asyncDispose]();
  await work?.stage[Symbol.asyncDispose]();
  await new Promise<void>((done) => (server ? server.close(() => done()) : done()));
  server = undefined;
  asked.length = 0;
});

const directory = (): string => join(work.stage.screen.directory, 'qubes');
const path = (suffix = ''): string => join(directory(), `qubes-clipboard.bin${suffix}`);
const text = (suffix = ''): string => readFileSync(path(suffix), 'utf8');
const mode = (file: string): number => statSync(file).mode & 0o777;

async function begin(
  stage: GuidStage,
  name: string,
  x: number,
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Side> {
  const folder = stage.screen.directory;
  mkdirSync(join(folder, 'qubes'), { recursive: true });
  mkdirSync(join(folder, 'etc', 'qubes-rpc'), { recursive: true });
  const policy = join(folder, 'clipboard.policy');
  if (!existsSync(policy)) writeFileSync(policy, '@any @any allow\n');
  const run = stage.start(
    [
      ...['-f', '-N', name, '-c', name === 'work' ? 'blue' : 'red', '--pool-mib', '8'],
      ...['--share-clipboard', '--qubes-dir', join(folder, 'qubes')],
      ...['--clipboard-policy', policy, ...words],
    ],
    { LIVERY_GUID_ETC_DIR: join(folder, 'etc'), ...env },
  );
  await Promise.race([
    stage.agent.ready(),
    run.ended.then(() => Promise.reject(new Error(run.err))),
  ]);
  stage.agent.send(create(W, { x, y: 100, width: 100, height: 100 }), map(W));
  await waitUntil(
    async () =>
      (await shownWindows(stage.screen.x)).some((one) => one.title.startsWith(`[${name}]`)),
    `the window of ${name}`,
  );
  return { name, stage, run, x };
}

async function both(words: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const stage = await GuidStage.open();
  work = await begin(stage, 'work', 60, words, env);
  vault = await begin(await GuidStage.beside(stage, 6), 'vault.tmp', 260, words, env);
}

/** A click into the window, and as long as chords need to count. */
async function focus({ stage, x }: Side): Promise<void> {
  await stage.screen.user.click(x + 50, 150);
  await waitUntil(() => stage.agent.heard('focus').at(-1)?.focused === true, 'the focus');
  await pause(FOCUS_SETTLE_MS + 150);
}

async function chord(side: Side, kind: 'copy' | 'paste'): Promise<void> {
  await focus(side);
  await side.stage.screen.user.tap(KEYSYM.control, KEYSYM.shift, KEY[kind]);
}

/** Copies; resolves when the log has an outcome. */
async function copy(side: Side, data: string | Buffer): Promise<string> {
  const { agent } = side.stage;
  const requests = agent.heard('clipboardRequest').length;
  const outcomes = outcomesOf(side, 'cop');
  await chord(side, 'copy');
  await agent.hear('clipboardRequest', requests + 1);
  agent.send({ name: 'clipboardData', window: W, data: Buffer.from(data) });
  return waitUntil(() => outcomesOf(side, 'cop')[outcomes.length], 'an outcome of the copy');
}

async function paste(side: Side): Promise<string> {
  const outcomes = outcomesOf(side, 'past');
  await chord(side, 'paste');
  return waitUntil(() => outcomesOf(side, 'past')[outcomes.length], 'an outcome of the paste');
}

function outcomesOf({ run }: Side, kind: 'cop' | 'past'): string[] {
  return run.err
    .split('\n')
    .filter((line) => line.includes(`clipboard: ${kind}`) && !line.includes('-asked'));
}

const pasted = ({ stage }: Side): string[] =>
  stage.agent.heard('clipboardData').map(({ data }) => Buffer.from(data).toString('utf8'));

const META = (name: string, time: string, rest: readonly number[]): string => {
  const [ok, copied, pastedIt, oversized, cleared, size] = rest;
  return `{\n"vmname":"${name}",\n"xevent_timestamp":${time},\n"successful":${ok},\n"copy_action":${copied},\n"paste_action":${pastedIt},\n"malformed_request":0,\n"oversized_request":${oversized},\n"cleared":${cleared},\n"qrexec_clipboard":0,\n"sent_size":${size},\n"buffer_size":64000,\n"protocol_version_xside":65544,\n"protocol_version_vmside":65544\n}\n`;
};
const time = (): string => /"xevent_timestamp":(\d+)/.exec(text('.metadata'))?.[1] ?? '';

describe('two daemons that share the clipboard', () => {
  it('copy here, paste there: files, modes, order, one paste', async () => {
    await both();
    await copy(work, 'grüße');
    await waitUntil(() => existsSync(path('.metadata')) && time() !== '', 'the files');
    expect(text()).toBe('grüße');
    expect(text('.source')).toBe('work');
    const copiedAt = time();
    expect(Number(copiedAt)).toBeGreaterThan(0);
    expect(text('.xevent')).toBe(`${copiedAt}\n`);
    expect(text('.metadata')).toBe(META('work', copiedAt, [1, 1, 0, 0, 0, 7]));
    expect(mode(path())).toBe(0o660);
    expect(mode(join(directory(), 'appviewer.lock'))).toBe(0o660);
    for (const suffix of ['.source', '.xevent', '.metadata'])
      expect(mode(path(suffix))).toBe(0o664);
    const inodes = ['', '.source', '.metadata'].map((suffix) => statSync(path(suffix)).ino);

    expect(await paste(vault)).toContain('clipboard: pasted');
    expect(pasted(vault)).toEqual(['grüße']);
    await waitUntil(() => text('.source') === '', 'the wipe');
    expect(text()).toBe('');
    // The time never goes back (row 5), and a name with a dot is no obstacle (row 6).
    expect(Number(time())).toBeGreaterThan(Number(copiedAt));
    expect(text('.metadata')).toBe(META('vault.tmp', time(), [1, 0, 1, 0, 1, 7]));
    expect(text('.xevent')).toBe(`${copiedAt}\n`);
    expect(['', '.source', '.metadata'].map((suffix) => statSync(path(suffix)).ino)).toEqual(
      inodes,
    );

    // The text is gone for everybody: also for the one that copied it.
    expect(await paste(work)).toContain('verdict=nothing-copied');
    expect(pasted(work)).toEqual([]);
    // And back.
    await copy(vault, 'other');
    expect(await paste(work)).toContain('clipboard: pasted');
    expect(pasted(work)).toEqual(['other']);
  });

  it('a copy elsewhere makes ours stale', async () => {
    await both();
    await copy(work, 'old');
    await copy(vault, 'new');
    expect(await paste(work)).toContain('clipboard: pasted');
    expect(pasted(work)).toEqual(['new']);
  });

  it('what another daemon of dom0 wrote is pasted, with its name', async () => {
    await both();
    writeFileSync(path(), 'from the widget');
    writeFileSync(path('.metadata'), META('dom0', '1', [1, 1, 0, 0, 0, 15]));
    writeFileSync(path('.source'), 'dom0');
    expect(await paste(vault)).toMatch(/clipboard: pasted .*source=dom0/);
    expect(pasted(vault)).toEqual(['from the widget']);
  });

  it('an answer that is empty or too large wipes once, with the lock', async () => {
    await both();
    await copy(vault, 'secret');
    await copy(work, Buffer.alloc(64_001, 0x61));
    await waitUntil(() => text('.source') === '', 'the wipe');
    expect(text()).toBe('');
    expect(text('.metadata')).toBe(META('work', time(), [0, 1, 0, 1, 1, 64_001]));
    await copy(vault, 'again');
    await waitUntil(() => text() === 'again', 'the copy');
    // The request is not open any more (row 3).
    work.stage.agent.send({ name: 'clipboardData', window: W, data: Buffer.alloc(0) });
    await pause(200);
    expect(text()).toBe('again');
    await copy(work, '');
    await waitUntil(() => text('.source') === '', 'the wipe');
    expect(text('.metadata')).toBe(META('work', time(), [1, 1, 0, 0, 1, 0]));
  });
});

describe('files that are not as they should be', () => {
  it('a newer operation is not overwritten; one of another X server is no matter', async () => {
    await both();
    // An operation whose key came later than ours.
    const future = String(2 ** 30);
    writeFileSync(path('.metadata'), META('other', future, [1, 1, 0, 0, 0, 5]));
    writeFileSync(path(), 'later');
    writeFileSync(path('.source'), 'other');
    await copy(work, 'mine');
    await work.run.said(/another clipboard operation came after this copy/);
    expect(text()).toBe('later');
    expect(await paste(work)).toContain('clipboard: paste-refused');
    expect(pasted(work)).toEqual([]);
    // The same time in a file from before the key was pressed: another X server's.
    utimesSync(path('.metadata'), 1000, 1000);
    expect(await paste(work)).toContain('clipboard: pasted');
    expect(pasted(work)).toEqual(['later']);
  });

  it('a lock that others hold is waited for, and not for ever', async () => {
    await both();
    await copy(work, 'one');
    const held = native().openFile(join(directory(), 'appviewer.lock'), 2);
    await waitUntil(() => existsSync(path()) && text() === 'one', 'the copy');
    await waitUntil(() => native().lockFile(held), 'the lock');
    expect(await paste(vault)).toContain('verdict=storage');
    // Meanwhile it is alive, and nothing was changed.
    expect(text()).toBe('one');
    const turn = paste(vault);
    await pause(600);
    held[Symbol.dispose]();
    expect(await turn).toContain('clipboard: pasted');
    expect(pasted(vault)).toEqual(['one']);
  });

  it('a source that is no name, a link, and too much text are refused', async () => {
    await both();
    await copy(work, 'one');
    // The last of them is written after the outcome is told.
    await waitUntil(() => existsSync(path('.metadata')) && time() !== '', 'the files');
    writeFileSync(path('.source'), 'work\n');
    expect(await paste(vault)).toContain('verdict=malformed');
    writeFileSync(path('.source'), 'work');
    writeFileSync(path(), Buffer.alloc(256_001, 0x61));
    expect(await paste(vault)).toContain('verdict=too-large');
    writeFileSync(path(), Buffer.from([0xff, 0xfe]));
    expect(await paste(vault)).toContain('verdict=malformed');
    expect(pasted(vault)).toEqual([]);
  });

  it('writes through no link: the copy counts as not made', async () => {
    const stage = await GuidStage.open();
    mkdirSync(join(stage.screen.directory, 'qubes'), { recursive: true });
    const prey = join(stage.screen.directory, 'prey');
    writeFileSync(prey, 'mine');
    symlinkSync(prey, join(stage.screen.directory, 'qubes', 'qubes-clipboard.bin'));
    work = await begin(stage, 'work', 60);
    vault = await begin(await GuidStage.beside(stage, 6), 'vault', 260);
    await copy(work, 'text');
    await work.run.said(/the copy could not be shared/);
    expect(readFileSync(prey, 'utf8')).toBe('mine');
    expect(await paste(work)).toContain('verdict=nothing-copied');
  });

  it('a directory that is not there ends it with 1', async () => {
    const stage = await GuidStage.open();
    work = { name: 'work', stage, run: stage.start(['-f']), x: 0 };
    const run = stage.start(['-f', '--share-clipboard', '--qubes-dir', '/nowhere'], {
      LIVERY_GUID_RUN_DIR: join(stage.screen.directory, 'other'),
    });
    expect((await run.ended).status).toBe(1);
    expect(run.err).toMatch(/the clipboard cannot be shared/);
  });
});

describe("dom0's policy at its socket", () => {
  async function withPolicy(answer: (socket: Socket, question: Buffer) => void): Promise<void> {
    const stage = await GuidStage.open();
    const etc = join(stage.screen.directory, 'etc');
    mkdirSync(join(etc, 'qubes-rpc'), { recursive: true });
    writeFileSync(join(etc, 'qubes-release'), 'Qubes release 4.3\n');
    const listening = createServer({ allowHalfOpen: true }, (socket) => {
      const parts: Buffer[] = [];
      socket.on('error', () => {});
      socket.on('data', (bytes) => parts.push(bytes));
      socket.on('end', () => {
        const question = Buffer.concat(parts);
        asked.push(question);
        answer(socket, question);
      });
    });
    server = listening;
    await new Promise<void>((done) =>
      listening.listen(join(etc, 'qubes-rpc', 'policy.EvalSimple'), done),
    );
    work = await begin(stage, 'work', 60);
    vault = await begin(await GuidStage.beside(stage, 6), 'vault', 260);
  }

  it('allow: asked with both names, and for each paste', async () => {
    await withPolicy((socket) => socket.end('result=allow\n'));
    await copy(work, 'one');
    expect(await paste(vault)).toContain('clipboard: pasted');
    expect(pasted(vault)).toEqual(['one']);
    expect(asked.map(String)).toEqual([
      'policy.EvalSimple+qubes.ClipboardPaste dom0 keyword adminvm\0work\0vault',
    ]);
  });

  it.each([
    ['deny', (socket: Socket) => socket.end('result=deny\n')],
    ['garbage', (socket: Socket) => socket.end('maybe result=allow\n')],
    ['half an answer', (socket: Socket) => socket.end('result=all')],
    ['nothing', (socket: Socket) => socket.end()],
  ])('%s: refused, and the text stays', async (_what, answer) => {
    await withPolicy(answer);
    await copy(work, 'one');
    expect(await paste(vault)).toContain('verdict=policy');
    expect(pasted(vault)).toEqual([]);
    expect(text()).toBe('one');
    expect(text('.source')).toBe('work');
  });

  it('no answer at all: refused after a while, and nobody else waits', async () => {
    const sockets: Socket[] = [];
    await withPolicy((socket) => sockets.push(socket));
    await copy(work, 'one');
    const outcome = paste(vault);
    await waitUntil(() => asked.length === 1, 'the question');
    // The lock is free meanwhile, and the qube goes on.
    const lock = native().openFile(join(directory(), 'appviewer.lock'), 2);
    expect(native().lockFile(lock)).toBe(true);
    lock[Symbol.dispose]();
    expect(await outcome).toContain('verdict=policy');
    for (const socket of sockets) socket.destroy();
  });
});
