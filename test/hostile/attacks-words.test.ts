/**
 * Attacks of the field survey on what names a window: labels that look alike,
 * titles, classes, icons, pointers, notices and tray icons. Judged by what any
 * client of the screen reads there, and by its pixels.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { TRAY_BORDER } from '../../src/desktop/tray-icons.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { openFixes } from '../../src/x11/extensions.ts';
import { ATOM, getProperty } from '../../src/x11/properties.ts';
import { frameFaults } from '../e2e/desktop/judge.ts';
import { livery } from '../rig/system/livery-process.ts';
import { shownWindows } from '../rig/system/shown.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { framesOf, textOf } from '../wire/frames.ts';
import { fillPages } from '../wire/pages.ts';
import { configure, create, damage, dump, map, title } from '../wire/says.ts';
import { Arena, HOSTILE_LABEL, VICTIM_LABEL } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
/** What no caption of dom0 may have: invisible, reordering, private, unassigned, line ends. */
const BANNED =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Me}\p{Default_Ignorable_Code_Point}]/u;
/** More marks on one base than any orthography has. */
const TOWER = /\p{M}{7}/u;
const BRACKET = /[[\]\u27e6\u27e7\uff3b\uff3d\u3010\u3011\u3014\u3015\u301a\u301b\u2045\u2046]/u;
/** Windows in each other from the root to an icon: the window manager's, the panel's, the slot. */
const TRAY_DEPTH = 5;
const LOCKERS = ['xscreensaver', 'xsecurelock', 'i3lock', 'slock', 'xlock', 'light-locker'];

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start({ wm: 'openbox' });
});
afterAll(() => arena?.[Symbol.asyncDispose]());

/** A hostile qube with a mapped window. */
async function shown(): Promise<{ peer: Peer; window: number; content: number }> {
  const peer = await arena.hostile();
  fillPages(peer.pool, 0, 20);
  peer.send(create(W, { x: 600, y: 300, width: 200, height: 100 }), map(W), dump(W, 200, 100));
  await arena.isFramed(peer, W);
  return { peer, ...(await peer.mapped(W)) };
}

describe('D2-06: labels that look alike', () => {
  it.each([
    ['colours', 'color = "#cc0505"\npattern = "rule"', /distance|alike|colou?r/i],
    ['patterns', 'color = "#00c0c0"\npattern = "plain"', /pattern/i],
  ])('the daemon refuses to start: %s', async (_what, label, reason) => {
    const directory = mkdtempSync(join(tmpdir(), 'livery-alike-'));
    try {
      const config = join(directory, 'livery.toml');
      const table = `[labels.mine]\n${label}\n[qube.one]\nlabel = "mine"\n[qube.two]\nlabel = "red"\n`;
      writeFileSync(config, table);
      const env = { ...arena.screen.env, PATH: process.env.PATH, HOME: directory };
      const run = await livery(['daemon', '--config', config], {
        env: { ...env, LIVERY_RUNTIME_DIR: directory },
      });
      expect(run.status).not.toBe(0);
      expect(run.err).toMatch(reason);
      expect(run.err).toContain('mine');
      expect(run.out).not.toContain('ready');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('D2-07: titles', () => {
  const tricks: [string, string][] = [
    ['the prefix of dom0', '[dom0] Password:'],
    ['the prefix of another qube', '[victim] bank'],
    ['a prefix of other brackets', '\uff3bvictim\uff3d \u3010victim\u3011 \u27e6victim\u27e7'],
    ['a bidi override', '\u202e]0mod[ drowssap'],
    ['isolates', '\u2066\u2067\u2068 [victim] \u2069'],
    ['zero width', 'ba\u200bnk\u200d\u2060\ufeff'],
    ['a tower of marks', `a${'\u0300'.repeat(50)}`],
    ['marks on the prefix', '\u0338\u0338\u0338bank'],
    ['an enclosing mark', 'a\u20dd\u20e3'],
    [
      'tags',
      `${[...'dom0'].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('')}x`,
    ],
    ['control characters and a new line', 'a\u001b]0;x\u0007\u009b31m\r\nb\u2028c'],
    ['private use', '\ue000\u{f0000}'],
    ['blanks only', '\u2800\u3164\u115f\u00a0'],
    ['an end within a character', `${'x'.repeat(125)}\u20ac`],
  ];

  it('have the prefix first and unbroken, and no character that deceives', async () => {
    const { peer, window } = await shown();
    await using _peer = peer;
    const prefix = `[${peer.name}]`;
    for (const [what, text] of tricks) {
      peer.send(title(`mark`, W));
      await waitUntil(
        async () => (await textOf(peer.x, window, '_NET_WM_NAME')) === `${prefix} mark`,
        'the title before',
      );
      const bytes = Buffer.from(text).subarray(0, LIMITS.titleBytes.value - 1);
      peer.send({ name: 'title', window: W, text: bytes });
      await peer.inStep();
      for (const property of ['_NET_WM_NAME', 'WM_NAME', '_NET_WM_ICON_NAME', 'WM_ICON_NAME']) {
        const caption = (await textOf(peer.x, window, property)) ?? '';
        expect(caption.startsWith(prefix), `${what}, ${property}: ${caption}`).toBe(true);
        const rest = caption.slice(prefix.length);
        expect(rest === '' || rest.startsWith(' '), what).toBe(true);
        expect(rest, what).not.toMatch(BANNED);
        expect(rest, what).not.toMatch(TOWER);
        expect(rest, what).not.toMatch(BRACKET);
        expect(rest.normalize('NFKC'), what).not.toMatch(/\[/);
        expect(rest.slice(1), what).not.toMatch(/^\p{M}/u);
        expect(rest, what).not.toContain('\uFFFDx');
      }
    }
  });

  it('are cut at a whole character', async () => {
    const { peer, window } = await shown();
    await using _peer = peer;
    const bytes = Buffer.from(`${'x'.repeat(125)}\u20ac`).subarray(0, 127);
    peer.send({ name: 'title', window: W, text: bytes });
    const caption = await waitUntil(async () => {
      const text = await textOf(peer.x, window, '_NET_WM_NAME');
      return text?.includes('xxx') ? text : undefined;
    }, 'the title');
    expect(caption).toMatch(/x\u2026$/);
  });
});

describe('D2-08: the class of a window', () => {
  it("always begins with the qube's name, a locker's or a dock's name included", async () => {
    await using peer = await arena.hostile();
    for (const [i, name] of [
      ...LOCKERS,
      'trayer',
      'victim:xterm',
      '',
      ':',
      '\0x',
      '\x1b[m',
    ].entries()) {
      const id = (W + i) as VmWindowId;
      const half = Buffer.from(name);
      // No popup: those show only while no other qube has the focus, whoever gave it to that one.
      peer.send(create(id, { width: 60, height: 40 }));
      peer.send({ name: 'wmClass', window: id, resClass: half, resName: half });
      peer.send(map(id));
      const { window } = await peer.mapped(id);
      // While it is mapped it does not change.
      peer.send({
        name: 'wmClass',
        window: id,
        resClass: Buffer.from('x'),
        resName: Buffer.from('y'),
      });
      await peer.inStep();
      const property = await getProperty(peer.x, window, ATOM.WM_CLASS);
      const [instance, className, ...rest] = property?.data.toString('latin1').split('\0') ?? [];
      expect(rest).toEqual(['']);
      for (const half of [instance, className]) {
        expect(half).toMatch(/^[a-z0-9]+:[^:]*$/);
        expect(half).toMatch(new RegExp(`^${peer.name}:`));
        expect(half).toMatch(/^[\x20-\x7e]*$/);
      }
      expect(instance).not.toBe(`${peer.name}:y`);
    }
  });
});

describe('D2-09: icons', () => {
  it("made of another label's colour have the hue of their own", async () => {
    const { peer, window } = await shown();
    await using _peer = peer;
    const side = 32;
    const pixels = new Uint8Array(side * side * 4);
    const { color } = VICTIM_LABEL;
    for (let at = 0; at < pixels.length; at += 4) {
      pixels.set([(color >> 16) & 255, (color >> 8) & 255, color & 255, 255], at);
    }
    peer.service.say({ name: 'iconRecord', window: W, width: side, height: side, pixels });
    const { _NET_WM_ICON = 0 } = await peer.x.intern(['_NET_WM_ICON']);
    const words = await waitUntil(async () => {
      const property = await getProperty(peer.x, window, _NET_WM_ICON, 0, 1 << 20);
      if (!property || property.data.readUInt32LE(0) !== side) return undefined;
      return Array.from({ length: side * side }, (_, i) => property.data.readUInt32LE(8 + 4 * i));
    }, 'the icon');
    const mean = (shift: number): number =>
      words.reduce((sum, word) => sum + ((word >> shift) & 255), 0) / words.length;
    // Red: hue 0, whatever the qube sent. The tint leaves blue and green alike.
    expect(HOSTILE_LABEL.color).toBe(0xcc0000);
    expect(mean(16)).toBeGreaterThan(mean(8) + 60);
    expect(Math.abs(mean(8) - mean(0))).toBeLessThan(2);
  });
});

describe('D2-10: the pointer', () => {
  it('is one of the cursor font, small, with a picture, whatever number is sent', async () => {
    const { peer } = await shown();
    await using _peer = peer;
    const fixes = await openFixes(peer.x);
    const { rect } = await peer.mapped(W);
    await arena.screen.user.move(rect.x + 40, rect.y + 40);
    const seen = new Set<string>();
    const numbers = [0, 1, 0xff, 0x100, 0x101, 0x120, 0x198, 0x199, 0x19a, 0x1000, 0x8000_0000];
    for (const number of [...numbers, 0xffff_ffff]) {
      const message = Buffer.alloc(16);
      message.writeUInt32LE(148, 0);
      message.writeUInt32LE(W, 4);
      message.writeUInt32LE(4, 8);
      message.writeUInt32LE(number, 12);
      peer.agent.sendRaw(message);
      await peer.inStep();
      const image = await peer.x.request<{
        width: number;
        height: number;
        xhot: number;
        yhot: number;
        cursorImage: Buffer;
      }>((done) => fixes.GetCursorImageAndName(done));
      expect(image.width, `cursor ${number}`).toBeLessThanOrEqual(64);
      expect(image.height, `cursor ${number}`).toBeLessThanOrEqual(64);
      expect(image.xhot).toBeLessThan(image.width);
      expect(image.yhot).toBeLessThan(image.height);
      const bytes = Buffer.from(image.cursorImage);
      let opaque = 0;
      for (let at = 3; at < bytes.length; at += 4) if (bytes[at] === 255) opaque++;
      expect(opaque, `cursor ${number}`).toBeGreaterThan(4);
      seen.add(bytes.toString('base64'));
    }
    // Not the same one always: the font's glyphs are shown.
    expect(seen.size).toBeGreaterThan(2);
  });
});

describe('D2-11: notices', () => {
  it('no message makes one: words with markup make no window and no line of the log', async () => {
    const { peer } = await shown();
    await using _peer = peer;
    const markup = '<b>dom0</b><img src="file:///etc/passwd"/>&#27;[31m';
    // Besides dom0's own notice, whose words are dom0's (session-end.test.ts).
    const others = async () =>
      (await shownWindows(peer.x)).filter((one) => one.title !== 'livery notice').length;
    const before = await others();
    peer.send(title(markup, W));
    peer.service.say({ name: 'fileOffer', size: 5, file: markup.replaceAll('/', '') });
    peer.service.say({ name: 'answer', id: 0xdead_beef, status: 0, detail: markup });
    await arena.daemon.process.said(
      new RegExp(`"(qube|name)":"${peer.name}".*"code":"SERVICE_ANSWER"`),
    );
    await peer.inStep();
    expect(await others()).toBe(before);
    expect(arena.daemon.process.err).not.toContain('etc/passwd');
    // A caption is plain text for whoever draws it; an unknown kind of message is the end.
    await using other = await arena.hostile();
    const notify = Buffer.alloc(8 + markup.length);
    notify.writeUInt32LE(140, 0);
    notify.writeUInt32LE(markup.length, 4);
    notify.write(markup, 8);
    other.service.sayRaw(notify);
    await arena.daemon.process.said(
      new RegExp(`"(qube|name)":"${other.name}".*"code":"SERVICE_TYPE"`),
    );
    await arena.victimWorks();
  });
});

describe('D2-12: tray icons', () => {
  let tray: ChildProcess;
  beforeAll(async () => {
    const words = ['--edge', 'top', '--align', 'left', '--widthtype', 'request'];
    tray = spawn('trayer', [...words, '--heighttype', 'pixel', '--height', '32'], {
      env: { ...process.env, ...arena.screen.env },
      stdio: 'ignore',
    });
    // It loses what it is asked before it has its panel.
    await waitUntil(
      async () => (await shownWindows(arena.screen.x)).some(({ title }) => title === 'panel'),
      'the tray is there',
    );
  });
  afterAll(async () => {
    if (tray.exitCode !== null || tray.signalCode !== null) return;
    const gone = once(tray, 'exit');
    tray.kill('SIGKILL');
    await gone;
  });

  it('is small and has a whole frame of its label, whatever it asks for', async () => {
    await using peer = await arena.hostile();
    const ids = [W, (W + 1) as VmWindowId];
    fillPages(peer.pool, 0, 20);
    // The tray finds all that it was asked for at once: one icon asked for twice it drops.
    tray.kill('SIGSTOP');
    for (const id of ids) {
      peer.send(create(id, { width: 900, height: 900 }), { name: 'dock', window: id });
      peer.send(dump(id, 64, 64), configure({ x: 0, y: 0, width: 1900, height: 1000 }, id));
      peer.send(map(id, { popup: true }), damage(id, -5, -5, 2000, 2000));
    }
    await peer.inStep();
    tray.kill('SIGCONT');
    for (const id of ids) {
      let seen = 'nothing';
      await waitUntil(async () => {
        const frame = (await framesOf(peer.x, peer.name, TRAY_DEPTH)).get(id);
        if (!frame?.mapped) return false;
        const { x, y, width, height } = frame.rect;
        const outer = {
          ...{ x: x - TRAY_BORDER, y: y - TRAY_BORDER },
          ...{ width: width + 2 * TRAY_BORDER, height: height + 2 * TRAY_BORDER },
        };
        const faults = frameFaults(await arena.look(), outer, HOSTILE_LABEL, TRAY_BORDER);
        seen = `${faults} wrong pixels of ${JSON.stringify(outer)}`;
        if (outer.width > 32 || outer.height > 32 || frame.overrideRedirect) return false;
        return faults === 0;
      }, `icon ${id} is small and framed`).catch((error: Error) => {
        throw new Error(`${error.message}: ${seen}`);
      });
    }
    await arena.victimIsWhole();
  });
});
