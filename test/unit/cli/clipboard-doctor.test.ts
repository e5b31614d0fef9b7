import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkChords } from '../../../src/cli/doctor/chords.ts';
import { checkAudit, checkLockedMemory, checkPolicy } from '../../../src/cli/doctor/clipboard.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { keycodeOf } from '../../../src/desktop/clipboard/chords.ts';
import { KeyboardWatch } from '../../../src/desktop/clipboard/keyboard-watch.ts';
import { XConnection } from '../../../src/x11/connection.ts';
import { startXServer, type XServer } from '../../../src/x11/server.ts';

const NUM_LOCK = 0x10;
const CONTROL_SHIFT = 5;

let home = '';
let server: XServer;
let x: XConnection;
let manager: XConnection;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'livery-doctor-x-'));
  server = await startXServer({
    kind: 'xvfb',
    width: 320,
    height: 200,
    directory: join(home, 'x'),
  });
  x = await XConnection.open(server.display, { name: 'doctor', cookie: server.cookie });
  manager = await XConnection.open(server.display, { name: 'wm', cookie: server.cookie });
});
afterAll(async () => {
  x[Symbol.dispose]();
  manager[Symbol.dispose]();
  await server.stop();
  rmSync(home, { recursive: true });
});

const config = parseConfig(
  '[qube.a]\nlabel = "red"\n[qube.b]\nlabel = "blue"\nclipboard = { copy = "Mod4+F9", paste = "none" }\n',
  'l.toml',
);

describe('the chords', () => {
  const grab = async (keysym: number, mask: number): Promise<Disposable> => {
    const { map } = await KeyboardWatch.start(manager);
    const keycode = keycodeOf(map, keysym) ?? 0;
    manager.X.GrabKey(manager.root, 0, mask, keycode, 1, 1);
    await manager.request((done) => manager.X.GetModifierMapping(done));
    return { [Symbol.dispose]: () => manager.X.UngrabKey(manager.root, keycode, mask) };
  };

  it('are free on a screen without other programs, and again afterwards', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await checkChords(x, config)).toMatchObject([
        { state: 'ok', text: expect.stringContaining('Ctrl+Shift+C, Ctrl+Shift+V, Mod4+F9') },
      ]);
    }
    // Nothing of it stays grabbed for others.
    using _ = await grab(0x63, CONTROL_SHIFT);
    expect(await checkChords(x, undefined)).toHaveLength(1);
  });

  it('are named when a window manager has grabbed them, also with Num Lock only', async () => {
    using _ = await grab(0x76, CONTROL_SHIFT | NUM_LOCK);
    const findings = await checkChords(x, config);
    expect(findings).toMatchObject([{ state: 'warning' }]);
    expect(findings[0]?.text).toMatch(/^Ctrl\+Shift\+V is grabbed by another program/);
    expect(findings[0]?.fix).toContain('livery.toml');
  });

  it('may be grabbed with other modifiers', async () => {
    using _ = await grab(0x76, CONTROL_SHIFT | 8);
    expect(await checkChords(x, config)).toMatchObject([{ state: 'ok' }]);
  });

  it('are named when the keyboard has no such key', async () => {
    const odd = parseConfig('[clipboard]\ncopy = "Ctrl+U20BF"\n[qube.a]\nlabel = "red"\n', 'l');
    expect((await checkChords(x, odd))[0]?.text).toBe('this keyboard has no key for Ctrl+U20BF');
  });
});

describe('what else the clipboard needs', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'livery-doctor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is a policy that holds', () => {
    const file = join(dir, 'livery.toml');
    const here = parseConfig('[qube.a]\nlabel = "red"\n', file);
    expect(checkPolicy(here)).toMatchObject([{ state: 'ok', text: 'the shipped policy holds' }]);
    const policy = join(dir, 'clipboard.policy');
    writeFileSync(policy, '@any @any allow\nb a deny\n');
    const [finding] = checkPolicy(here);
    expect(finding).toMatchObject({ state: 'warning', fix: 'livery policy check' });
    expect(finding?.text).toContain(`${policy}:2:1: `);
    writeFileSync(policy, '@any @any allow\n@any @any deny\n');
    expect(checkPolicy(here)).toMatchObject([{ state: 'warning', text: /./ }]);
    chmodSync(policy, 0o666);
    expect(checkPolicy(here)[0]?.text).toContain('others may write it');
  });

  it('is an audit log that can be written', async () => {
    const env = { XDG_STATE_HOME: join(dir, 's'), XDG_DATA_HOME: join(dir, 'd') };
    expect(await checkAudit(undefined, env)).toMatchObject([{ state: 'ok' }]);
    mkdirSync(join(dir, 's/livery/audit'), { recursive: true });
    expect(await checkAudit(undefined, env)).toMatchObject([{ state: 'ok', text: /no records/ }]);
    writeFileSync(join(dir, 's/livery/audit/audit-0000000001.jsonl'), 'x\n');
    expect(await checkAudit(undefined, env)).toMatchObject([
      { state: 'warning', fix: 'livery log verify' },
    ]);
    rmSync(join(dir, 's/livery/audit'), { recursive: true });
    writeFileSync(join(dir, 's/livery/audit'), '');
    expect(await checkAudit(undefined, env)).toMatchObject([
      { state: 'warning', text: /is not a directory$/ },
    ]);
  });

  it('is memory that can be locked', () => {
    expect(checkLockedMemory()).toMatchObject({ state: 'ok' });
  });
});
