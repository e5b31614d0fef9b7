import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { parseConfig } from '../../../src/config/read.ts';
import {
  knownNames,
  type LoadedPolicy,
  loadPolicy,
  policyPlace,
} from '../../../src/daemon/clipboard/load-policy.ts';
import { PolicyWatch } from '../../../src/daemon/clipboard/policy-watch.ts';
import { ManualClock } from '../../rig/manual-clock.ts';
import { waitUntil } from '../../rig/wait.ts';

const CONFIG = parseConfig(
  '[qube.work]\nlabel = "blue"\n[qube.vault]\nlabel = "black"\n',
  '/etc/livery/livery.toml',
);
const KNOWN = knownNames(CONFIG);
const GOOD = 'work vault allow\n';

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'livery-policy-'));
  path = join(dir, 'clipboard.policy');
});
afterEach(() => rmSync(dir, { recursive: true }));

const load = (required = true): LoadedPolicy => loadPolicy({ path, required }, KNOWN);
const isRoot = process.getuid?.() === 0;

describe('where it is', () => {
  it('is beside livery.toml, or as configured, or as named', () => {
    expect(policyPlace(CONFIG)).toEqual({
      path: '/etc/livery/clipboard.policy',
      required: false,
    });
    const named = parseConfig('[clipboard]\npolicy = "/p"\n', '/etc/l.toml');
    expect(policyPlace(named)).toEqual({ path: '/p', required: true });
    expect(policyPlace(named, '/x')).toEqual({ path: '/x', required: true });
    expect(policyPlace({ ...CONFIG, file: undefined })).toEqual({
      path: undefined,
      required: false,
    });
  });
});

describe('a policy file', () => {
  it('holds when it is well', () => {
    writeFileSync(path, GOOD);
    expect(load()).toMatchObject({
      state: { kind: 'rules', rules: [{ action: 'allow' }] },
      origin: path,
      mistakes: [],
    });
  });

  it('is the shipped one when there is none and none was asked for', () => {
    expect(load(false)).toMatchObject({ state: { kind: 'rules' }, origin: 'the shipped policy' });
    expect(load(false).mistakes).toEqual([]);
    expect(load(true)).toMatchObject({
      state: { kind: 'broken' },
      mistakes: [`${path}: it does not exist`],
    });
  });

  it('allows nothing with a mistake, and names file and line', () => {
    writeFileSync(path, `${GOOD}work vualt allow\n`);
    const { state, mistakes } = load(false);
    expect(state).toEqual({ kind: 'broken' });
    expect(mistakes).toEqual([
      expect.stringMatching(/clipboard\.policy:2:6: .*did you mean "vault"/),
    ]);
  });

  it('may not end in the middle of a line', () => {
    writeFileSync(path, 'work vault allow max_size=1');
    expect(load()).toMatchObject({
      state: { kind: 'broken' },
      mistakes: [expect.stringMatching(/:1: the last line does not end/)],
    });
  });

  it.each([
    [
      'a link',
      () => {
        writeFileSync(join(dir, 'real'), GOOD);
        symlinkSync(join(dir, 'real'), path);
      },
      'it is a symbolic link',
    ],
    ['a directory', () => mkdirSync(path), 'it is not a regular file'],
    [
      'writable by the group',
      () => {
        writeFileSync(path, GOOD);
        chmodSync(path, 0o620);
      },
      'others may write it',
    ],
    [
      'writable by everybody',
      () => {
        writeFileSync(path, GOOD);
        chmodSync(path, 0o602);
      },
      'others may write it',
    ],
    [
      'in a directory that others may write in',
      () => {
        writeFileSync(path, GOOD);
        chmodSync(dir, 0o777);
      },
      'others may write in its directory',
    ],
    [
      'too large',
      () => writeFileSync(path, '#'.repeat(65_536).concat('\n')),
      'it is larger than 64 KiB',
    ],
    ['not UTF-8', () => writeFileSync(path, Buffer.from([0x23, 0xff, 0x0a])), 'it is not UTF-8'],
  ])('is refused when it is %s', (_, make, reason) => {
    make();
    const { state, mistakes } = load(false);
    expect(state).toEqual({ kind: 'broken' });
    expect(mistakes[0]).toContain(reason);
    chmodSync(dir, 0o700);
  });

  it.runIf(isRoot)('is refused when it belongs to somebody else', () => {
    writeFileSync(path, GOOD);
    chownSync(path, 4242, 4242);
    expect(load().mistakes[0]).toContain('it belongs to uid 4242');
    chownSync(path, 0, 0);
    chownSync(dir, 4242, 4242);
    expect(load().mistakes[0]).toContain('its directory belongs to uid 4242');
  });

  it('may be as large as 64 KiB', () => {
    writeFileSync(path, '#'.repeat(65_535).concat('\n'));
    expect(load().mistakes).toEqual([]);
  });
});

describe('a policy that is watched', () => {
  let seen: LoadedPolicy[] = [];
  beforeEach(() => {
    seen = [];
  });
  const watchIt = (clock = systemClock, required = false): PolicyWatch =>
    new PolicyWatch({
      place: { path, required },
      known: () => KNOWN,
      clock,
      log: silentLog,
      changed: (now) => seen.push(now),
    });

  it('is another one soon after its file was changed', async () => {
    writeFileSync(path, GOOD);
    using watching = watchIt();
    expect(watching.state.kind).toBe('rules');
    writeFileSync(path, 'work vault alow\n');
    await waitUntil(() => seen[0], 'the change is seen');
    expect(seen[0]?.state.kind).toBe('broken');
    // By an editor that puts a new file in its place.
    writeFileSync(`${path}.new`, 'work vault deny\n');
    renameSync(`${path}.new`, path);
    await waitUntil(() => seen[1], 'the change is seen');
    expect(seen[1]).toMatchObject({ state: { rules: [{ action: 'deny' }] }, mistakes: [] });
  });

  it('counts at once when it is asked for, whoever heard of the change', () => {
    writeFileSync(path, GOOD);
    // A clock that stands still: nothing that is done later is done.
    using watching = watchIt(new ManualClock());
    writeFileSync(path, 'work vault deny\n');
    expect(watching.state).toMatchObject({ rules: [{ action: 'deny' }] });
    chmodSync(path, 0o666);
    expect(watching.state.kind).toBe('broken');
    rmSync(path);
    expect(watching.loaded.origin).toBe('the shipped policy');
    expect(seen.map(({ state }) => state.kind)).toEqual(['rules', 'broken', 'rules']);
  });

  it('sees a file of the same size and time', () => {
    const then = new Date(1e12);
    writeFileSync(path, 'work vault deny \n');
    utimesSync(path, then, then);
    using watching = watchIt(new ManualClock());
    writeFileSync(path, GOOD);
    utimesSync(path, then, then);
    expect(watching.state).toMatchObject({ rules: [{ action: 'allow' }] });
  });

  it('says nothing when nothing changed', () => {
    writeFileSync(path, GOOD);
    using watching = watchIt(new ManualClock());
    for (let i = 0; i < 3; i++) watching.refresh();
    expect(seen).toEqual([]);
    watching.refresh(true);
    expect(seen).toHaveLength(1);
  });

  it('is found when its directory comes later', () => {
    const later = join(dir, 'later');
    path = join(later, 'clipboard.policy');
    const clock = new ManualClock();
    using watching = watchIt(clock);
    expect(watching.loaded.origin).toBe('the shipped policy');
    mkdirSync(later);
    writeFileSync(path, 'work vault deny\n');
    clock.advance(5000);
    expect(seen).toMatchObject([{ origin: path }]);
  });

  it('keeps nothing going when it is over', () => {
    const clock = new ManualClock();
    watchIt(clock)[Symbol.dispose]();
    expect(clock.waiting).toBe(0);
  });
});
