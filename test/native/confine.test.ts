/**
 * Rights that a process gives up, each in a process of its own: what is refused
 * afterwards, in every thread, and what still works.
 */
import { symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { type FileAccess, native } from '../../src/native/addon.ts';
import {
  ALLOW,
  assemble,
  callNumber,
  fail,
  type Instruction,
  judge,
  KILL,
  machineOf,
  when,
} from '../../src/native/bpf.ts';
import { type Finished, runFixture, temporaryFolder } from './support.ts';

const EPERM = 1;
const machine = machineOf(process.arch);
if (!machine) throw new Error('no system call numbers of this machine');
const openat = callNumber(machine, 'openat') ?? -1;
const open = callNumber(machine, 'open');

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

/** Whatever opens a file by its name gets `verdict`. */
function noFiles(verdict: Instruction): Uint8Array {
  const calls = [openat, ...(open === undefined ? [] : [open])];
  return assemble(judge(known(), [...calls.flatMap((n) => when(n, [verdict])), ALLOW]));
}

function known() {
  if (!machine) throw new Error('no machine');
  return machine;
}

interface Plan {
  readonly program?: Uint8Array;
  readonly files?: FileAccess;
  readonly privileged?: boolean;
  readonly tries?: Readonly<Record<string, readonly [kind: string, path?: string]>>;
}

function confined(plan: Plan): Promise<Finished> {
  const program = plan.program && Buffer.from(plan.program).toString('base64');
  return runFixture('confined.mjs', [JSON.stringify({ ...plan, program })]);
}

async function said(plan: Plan): Promise<Record<string, unknown>> {
  const { stdout, stderr, code } = await confined(plan);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('installSeccompFilter', () => {
  it('judges every thread, those that were there before as well', async () => {
    const tries = {
      here: ['read', '/etc/passwd'],
      inThread: ['readInThread', '/etc/passwd'],
      kept: ['kept'],
    } as const;
    expect(await said({ tries })).toEqual({ here: 'ok', inThread: 'ok', kept: 1 });
    expect(await said({ program: noFiles(fail(EPERM)), tries })).toEqual({
      program: 'ok',
      here: 'EPERM',
      inThread: 'EPERM',
      kept: 1,
    });
  });

  it('ends a process that does what it never does', async () => {
    const { stdout, signal } = await confined({
      program: noFiles(KILL),
      tries: { here: ['read', '/etc/passwd'] },
    });
    expect({ stdout, signal }).toEqual({ stdout: '', signal: 'SIGSYS' });
  });

  it('asks for no_new_privs first', async () => {
    const tries = { here: ['read', '/etc/passwd'] } as const;
    const program = noFiles(fail(EPERM));
    expect(await said({ privileged: true, program, tries })).toEqual({
      program: 'EACCES',
      here: 'ok',
    });
  });

  it('says when the kernel does not take the program', async () => {
    const endless = assemble(when(1, [ALLOW]));
    expect(await said({ program: endless.subarray(0, 8) })).toEqual({ program: 'EINVAL' });
  });

  it('refuses what is no program', () => {
    for (const size of [0, 7, 12, 8 * 4097]) {
      expect(() => native().installSeccompFilter(new Uint8Array(size))).toThrow(RangeError);
    }
  });
});

describe('restrictFileAccess', () => {
  const inside = `${folder.path}/inside`;
  writeFileSync(inside, 'text');
  writeFileSync(`${folder.path}/program`, '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('/etc/passwd', `${folder.path}/link`);

  /** What `tries` are expected to give: `without` where the kernel has no Landlock. */
  async function expectRestricted(plan: Plan, expected: Record<string, unknown>): Promise<void> {
    const { files, ...outcomes } = await said(plan);
    if (files === 'ok') {
      // The kernel has none of it: nothing is refused, and the caller was told so.
      expect(new Set(Object.values(outcomes))).toEqual(new Set(['ok']));
    } else {
      expect(files).toEqual({ abi: expect.any(Number), allThreads: expect.any(Boolean) });
      expect(outcomes).toEqual(expected);
    }
  }

  it('leaves what is named and nothing else', async () => {
    const plan: Plan = {
      files: { read: [folder.path] },
      tries: {
        read: ['read', inside],
        link: ['read', `${folder.path}/link`],
        other: ['read', '/etc/passwd'],
        write: ['write', inside],
        fresh: ['write', `${folder.path}/fresh`],
        execute: ['execute', `${folder.path}/program`],
      },
    };
    await expectRestricted(plan, {
      read: 'ok',
      link: 'EACCES',
      other: 'EACCES',
      write: 'EACCES',
      fresh: 'EACCES',
      execute: 'EACCES',
    });
  });

  it('holds in threads that were there before, even where /proc cannot be read then', async () => {
    const { files, inThread } = await said({
      files: { read: [folder.path] },
      tries: { inThread: ['readInThread', '/etc/passwd'] },
    });
    if (files === 'ok') expect(inThread).toBe('ok');
    else {
      expect(files).toMatchObject({ allThreads: true });
      expect(inThread).toBe('EACCES');
    }
    expect(native().landlockVersion()).toBe(files === 'ok' ? 0 : (files as { abi: number }).abi);
  });

  it('tells reading, writing and executing apart', async () => {
    const plan: Plan = {
      files: { write: [folder.path], execute: ['/bin', '/usr', '/lib', '/lib64'] },
      tries: {
        write: ['write', inside],
        fresh: ['write', `${folder.path}/fresh`],
        truncate: ['truncate', inside],
        own: ['execute', `${folder.path}/program`],
        execute: ['execute', '/bin/true'],
        elsewhere: ['write', '/usr/livery-test'],
      },
    };
    await expectRestricted(plan, {
      write: 'ok',
      fresh: 'ok',
      truncate: 'ok',
      own: 'EACCES',
      execute: 'ok',
      elsewhere: 'EACCES',
    });
  });

  it('takes single files', async () => {
    const plan: Plan = {
      files: { read: ['/etc/passwd'], write: [inside], execute: [`${folder.path}/program`] },
      tries: {
        read: ['read', '/etc/passwd'],
        beside: ['read', '/etc/group'],
        write: ['write', inside],
        readToo: ['read', inside],
      },
    };
    await expectRestricted(plan, { read: 'ok', beside: 'EACCES', write: 'ok', readToo: 'ok' });
  });

  it('leaves what is open usable', async () => {
    const plan: Plan = { files: {}, tries: { kept: ['kept'] } };
    expect((await said(plan)).kept).toBe(1);
  });

  it('does nothing at all when a path is missing', async () => {
    const plan: Plan = {
      files: { read: [`${folder.path}/missing`] },
      tries: { other: ['read', '/etc/passwd'] },
    };
    const { files, other } = await said(plan);
    expect(['ENOENT', 'ok']).toContain(files);
    expect(other).toBe('ok');
  });

  it('asks for no_new_privs first', async () => {
    const { files } = await said({ privileged: true, files: {} });
    expect(['EACCES', 'ok']).toContain(files);
  });
});
