/** `livery config`: the real program on a real file. */
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectComplaint } from '../../rig/system/complaint.ts';
import { type Ended, livery } from '../../rig/system/livery-process.ts';

const TEXT = '# mine\n[qube.work]\nlabel = "blue"   # why blue\n\n[qube.vault]\nlabel = "black"\n';
let directory: string;
let file: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'livery-config-'));
  file = join(directory, 'livery.toml');
});
beforeEach(() => writeFileSync(file, TEXT, { mode: 0o640 }));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function config(...args: string[]): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    LIVERY_CONFIG: file,
    LIVERY_RUNTIME_DIR: join(directory, 'run'),
  };
  return livery(['config', ...args], { env });
}

test('check: what holds, and every mistake with its line', async () => {
  expect((await config('check')).out).toBe(`${file} holds: 2 qubes\n`);
  writeFileSync(file, '[qube.work]\nlabel = "blu"\nautostrat = true\n');
  const wrong = await config('check');
  expect(wrong.status).toBe(2);
  expect(wrong.err).toContain(
    `${file}:3: qube.work.autostrat: unknown key (did you mean "autostart"?)`,
  );
  const { status, out } = await config('check', '--json', file);
  expect(status).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    file,
    mistakes: [expect.stringContaining(':2: '), expect.stringContaining(':3: ')],
  });
});

test('show: one value, a table, everything', async () => {
  expect((await config('show', 'qube.work.label')).out).toBe('"blue"\n');
  expect((await config('show', 'qube.work.clipboard')).out).toContain('copy = "Ctrl+Shift+C"\n');
  expect(JSON.parse((await config('show', '--json')).out)).toMatchObject({
    frame: { thickness: 6 },
    qube: { vault: { id: 2 } },
  });
  expectComplaint(await config('show', 'qube.work.lable'), {
    status: 4,
    says: `'qube.work.lable' has no value (did you mean "qube.work.label"?)`,
    hint: /config show/,
  });
});

test('set: comments, mode and links stay', async () => {
  const link = join(directory, 'link.toml');
  symlinkSync(file, link);
  const { status, out } = await config('set', '--config', link, 'qube.work.label', 'purple');
  expect([status, out]).toEqual([0, `${link}: qube.work.label = "purple"\n`]);
  expect(readFileSync(file, 'utf8')).toBe(TEXT.replace('"blue"', '"purple"'));
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(JSON.parse((await config('set', '--json', 'qube.work.label', 'purple')).out)).toEqual({
    ...{ file, key: 'qube.work.label', value: 'purple', changed: false, running: false },
  });
});

test.each([
  [
    'a label that is none',
    ['qube.work.label', 'bleu'],
    /no such label: "bleu" \(did you mean "blue"\?\)/,
  ],
  ['an unknown key', ['qube.work.lable', 'blue'], /unknown key \(did you mean "label"\?\)/],
  ['a number that is too large', ['frame.thickness', '99'], /expected pixels at 96 dpi/],
  ['no key', ['label', 'blue'], /^'label' is no key$/],
])('set refuses %s, and nothing is changed', async (_what, args, says) => {
  const { status, err } = await config('set', ...args);
  expect(status).toBe(2);
  expect(err.split('\n').some((line) => says.test(line.replace('livery: ', '')))).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(TEXT);
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('schema: JSON that names every table', async () => {
  const { properties } = JSON.parse((await config('schema')).out) as { properties: object };
  expect(Object.keys(properties)).toContain('qube');
});
