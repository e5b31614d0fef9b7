/**
 * How the desktop begins and ends, what frames say about themselves, and what
 * happens when the screen, the window manager or a connection changes under it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { contains } from '../../../src/base/geometry.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { Untrusted } from '../../../src/base/untrusted.ts';
import { native } from '../../../src/native/addon.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import { ATOM, getCardinals, getProperty } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/rig.ts';
import { frameFaults, windowFaults } from './judge.ts';
import { openScene, type Scene } from './scene.ts';

const HOME = { x: 200, y: 150, width: 300, height: 200 };
const run = promisify(execFile);

let scene: Scene | undefined;

afterEach(async () => {
  await scene?.[Symbol.asyncDispose]();
  scene = undefined;
});

async function open(options: Parameters<typeof openScene>[0]): Promise<Scene> {
  scene = await openScene(options);
  return scene;
}

async function text(at: Scene, window: number, property: number): Promise<string> {
  return (await getProperty(at.screen.x, window, property))?.data.toString('utf8') ?? '';
}

describe('what a frame says about itself', () => {
  test('whose it is, what it is called, what it can', async () => {
    const here = await open({ wm: 'none' });
    const { x } = here.screen;
    const qube = await here.qube('work', 'blue');
    const id = 0x0040_0007;
    const vm = qube.open(id, HOME, { map: false });
    qube.port.titleChanged(vm, new Untrusted(Buffer.from('[vault] \u202Esecret\u0007\0rest')));
    qube.port.classChanged(
      vm,
      new Untrusted(Buffer.from('XScreenSaver\0')),
      new Untrusted(Buffer.from('xscreensaver\0')),
    );
    qube.port.windowMapped(vm, { transientFor: undefined, overrideRedirect: false });
    await waitUntil(() => here.info(qube, id)?.mapped, 'mapped');
    const frame = here.info(qube, id)?.window ?? 0;
    const atoms = await x.intern([
      '_NET_WM_NAME',
      '_NET_WM_PID',
      '_NET_WM_USER_TIME',
      '_QUBES_LABEL',
      '_QUBES_LABEL_COLOR',
      '_QUBES_VMNAME',
      '_QUBES_VMWINDOWID',
    ]);
    expect(await text(here, frame, atoms._NET_WM_NAME)).toBe('[work] (vault) secret');
    expect(here.info(qube, id)?.title).toBe('[work] (vault) secret');
    expect(await text(here, frame, ATOM.WM_CLASS)).toBe('work:xscreensaver\0work:XScreenSaver\0');
    expect(await text(here, frame, atoms._QUBES_VMNAME)).toBe('work');
    expect(await getCardinals(x, frame, atoms._QUBES_LABEL_COLOR)).toEqual([0x3465a4]);
    expect(await getCardinals(x, frame, atoms._QUBES_VMWINDOWID, ATOM.WINDOW)).toEqual([id]);
    expect(await getCardinals(x, frame, atoms._NET_WM_USER_TIME)).toEqual([0]);
    expect(await getCardinals(x, frame, atoms._NET_WM_PID)).toEqual([process.pid]);
    const label = await getProperty(x, frame, atoms._QUBES_LABEL);
    expect([label?.format, label?.type, ...(label?.data ?? [])]).toEqual([8, ATOM.CARDINAL, 6]);
    // Mapped: a class that comes now could only confuse.
    qube.port.classChanged(vm, new Untrusted(Buffer.from('a')), new Untrusted(Buffer.from('b')));
    await here.idle();
    expect(await text(here, frame, ATOM.WM_CLASS)).toBe('work:xscreensaver\0work:XScreenSaver\0');
  });

  test('dialogs belong to a window of their qube; circles and strangers do not', async () => {
    const here = await open({ wm: 'none' });
    const { x } = here.screen;
    const qube = await here.qube('work', 'blue');
    const parentOf = async (id: number): Promise<number | undefined> => {
      const frame = here.info(qube, id)?.window ?? 0;
      const [parent] = await getCardinals(x, frame, ATOM.WM_TRANSIENT_FOR, ATOM.WINDOW);
      return parent;
    };
    qube.open(1, HOME);
    qube.open(2, HOME, { transientFor: 1 });
    await here.shown(qube, 2);
    expect(await parentOf(2)).toBe(here.info(qube, 1)?.window);
    const first = 1 as VmWindowId;
    qube.port.windowUnmapped(first);
    qube.port.windowMapped(first, { transientFor: 2 as VmWindowId, overrideRedirect: false });
    qube.open(3, HOME, { transientFor: 3 });
    qube.open(4, HOME, { transientFor: 99 });
    await here.shown(qube, 4);
    // It would have closed the circle.
    expect(await parentOf(1)).toBeUndefined();
    expect([await parentOf(3), await parentOf(4)]).toEqual([undefined, undefined]);
    qube.open(5, HOME, { transientFor: 4 });
    await here.shown(qube, 5);
    expect(await parentOf(5)).toBe(here.info(qube, 4)?.window);
    qube.port.windowDestroyed(4 as VmWindowId);
    await here.idle();
    expect(await parentOf(5)).toBeUndefined();
  });

  test('pings are answered, messages that only look like close are not taken', async () => {
    const here = await open({ wm: 'none' });
    const { x } = here.screen;
    const qube = await here.qube('work', 'blue');
    qube.open(1, HOME);
    const { window } = await here.shown(qube, 1);
    const { WM_PROTOCOLS, WM_DELETE_WINDOW, _NET_WM_PING } = await x.intern([
      'WM_PROTOCOLS',
      'WM_DELETE_WINDOW',
      '_NET_WM_PING',
    ]);
    x.X.ChangeWindowAttributes(x.root, { eventMask: EVENT_MASK.substructureNotify });
    const answers: unknown[] = [];
    x.on((event) => {
      if (event.name === 'ClientMessage') answers.push([event.wid, event.data[0], event.data[2]]);
    });
    const send = (type: number, data: readonly number[]): void =>
      x.X.SendEvent(window, 0, 0, {
        name: 'ClientMessage',
        format: 32,
        wid: window,
        message_type: type,
        data,
      });
    send(WM_PROTOCOLS, [_NET_WM_PING, 7, window, 0, 0]);
    await waitUntil(() => answers.length > 0, 'an answer');
    expect(answers).toEqual([[x.root, _NET_WM_PING, window]]);
    send(_NET_WM_PING, [WM_DELETE_WINDOW, 0, 0, 0, 0]);
    await here.idle();
    expect(qube.session.of('close')).toEqual([]);
    send(WM_PROTOCOLS, [WM_DELETE_WINDOW, 0, 0, 0, 0]);
    await waitUntil(() => qube.session.of('close').length > 0, 'close');
  });

  test('pointers come from the cursor font', async () => {
    const here = await open({ wm: 'none' });
    const qube = await here.qube('work', 'blue');
    const vm = qube.open(1, HOME);
    await here.shown(qube, 1);
    for (const glyph of [0, 152, 68, 153, 154, -2, 3, undefined])
      qube.port.cursorChanged(vm, glyph);
    await here.idle();
    expect(qube.attached.faults).toBe(0);
  });
});

describe('beginning and end', () => {
  test('a detached qube leaves nothing on the screen and no descriptor open', async () => {
    const here = await open({ wm: 'openbox' });
    const before = native().openHandleCount();
    const tree = async (): Promise<readonly number[]> => {
      const { x } = here.screen;
      const reply = await x.request<{ children: readonly number[] }>((done) =>
        x.X.QueryTree(x.root, done),
      );
      return reply.children;
    };
    await here.idle();
    const empty = (await tree()).length;
    for (let round = 0; round < 3; round++) {
      const qube = await here.qube('work', 'blue');
      for (let id = 1; id < 6; id++) qube.open(id, HOME, { scattered: id % 2 === 0 });
      qube.open(9, { ...HOME, x: 600 }, { overrideRedirect: true });
      await here.shown(qube, 5);
      await qube.attached.detach();
      expect(here.desktop.windows()).toEqual([]);
      qube.pool[Symbol.dispose]();
    }
    await waitUntil(async () => (await tree()).length === empty, 'all windows are gone');
    expect(native().openHandleCount()).toBe(before);
  });

  test('the end of a session takes the windows, a new one begins on the same qube', async () => {
    const here = await open({ wm: 'openbox' });
    const qube = await here.qube('work', 'blue');
    qube.open(1, HOME);
    await here.shown(qube, 1);
    qube.port.sessionEnded('CHANNEL_CLOSED', 'test');
    expect(here.desktop.windows()).toEqual([]);
    qube.port.sessionReady('1.8');
    qube.open(1, HOME, { seed: 4 });
    const info = await here.shown(qube, 1);
    expect(windowFaults(await here.screen.grab(), info, qube.config.label, 4)).toEqual([]);
  });

  test('somebody kills a qube’s connection: the others do not notice', async () => {
    const here = await open({ wm: 'none' });
    const work = await here.qube('work', 'blue');
    const vault = await here.qube('vault', 'black');
    work.open(1, HOME);
    vault.open(1, { ...HOME, x: 700 });
    const { window } = await here.shown(work, 1);
    await here.shown(vault, 1);
    const lost = new Promise<string>((resolve) => work.attached.onLost(resolve));
    here.screen.x.X.KillClient(window);
    expect(await lost).toContain('closed');
    await work.attached.detach();
    const info = await here.shown(vault, 1);
    vault.port.damaged(info.id, 0, 0, 10, 10);
    await here.idle();
    expect(windowFaults(await here.screen.grab(), info, vault.config.label, 1)).toEqual([]);
    expect(here.desktop.windows()).toHaveLength(1);
  });

  test('the X server goes: it is said once, and everything can be closed', async () => {
    const here = await open({ wm: 'none' });
    const qube = await here.qube('work', 'blue');
    qube.open(1, HOME);
    await here.shown(qube, 1);
    const reasons: string[] = [];
    here.desktop.onLost((reason) => reasons.push(reason));
    await here.screen.server.stop();
    await waitUntil(() => reasons.length > 0, 'it is noticed');
    qube.port.damaged(1 as VmWindowId, 0, 0, 10, 10);
    qube.port.windowConfigured(1 as VmWindowId, { ...HOME, x: 0 });
    qube.open(2, HOME);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reasons).toHaveLength(1);
  });
});

describe('the screen changes', () => {
  test('a window manager comes and goes while windows are there', async () => {
    const here = await open({ wm: 'none' });
    const qube = await here.qube('work', 'blue');
    qube.open(1, HOME);
    await here.shown(qube, 1);
    for (const wm of ['openbox', 'xfwm4'] as const) {
      expect(here.desktop.managed).toBe(false);
      await here.screen.startManager(wm);
      await waitUntil(() => here.desktop.managed, 'it is noticed');
      await here.idle();
      qube.open(2, { ...HOME, x: 700 });
      for (const id of [1, 2]) {
        const info = await here.shown(qube, id);
        const faults = windowFaults(await here.screen.grab(), info, qube.config.label, id);
        expect([wm, id, faults]).toEqual([wm, id, []]);
      }
      await here.screen.stopManager();
      await waitUntil(() => !here.desktop.managed, 'its end is noticed');
      qube.port.windowDestroyed(2 as VmWindowId);
      const info = await here.shown(qube, 1);
      await waitUntil(async () => {
        const now = here.info(qube, 1) ?? info;
        return windowFaults(await here.screen.grab(), now, qube.config.label, 1).length === 0;
      }, 'the window is whole without it');
    }
    expect(qube.attached.faults).toBe(0);
  });

  test('a window manager that loses a map request is asked again', async () => {
    const here = await open({ wm: 'none' });
    const { x } = here.screen;
    const { _NET_SUPPORTING_WM_CHECK: check, WM_STATE } = await x.intern([
      '_NET_SUPPORTING_WM_CHECK',
      'WM_STATE',
    ]);
    let requests = 0;
    x.on((event) => {
      if (event.name !== 'MapRequest' || ++requests < 2) return;
      x.X.ChangeProperty(0, event.wid, WM_STATE, WM_STATE, 32, [1, 0]);
      x.X.MapWindow(event.wid);
    });
    x.X.ChangeWindowAttributes(x.root, { eventMask: EVENT_MASK.substructureRedirect });
    x.X.ChangeProperty(0, x.root, check, ATOM.WINDOW, 32, [0]);
    await waitUntil(() => here.desktop.managed, 'it is noticed');
    const qube = await here.qube('work', 'blue');
    qube.open(1, HOME);
    await here.shown(qube, 1);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(requests).toBe(2);
  });

  test('after a window manager ended, the focus is with the window clicked last', async () => {
    const here = await open({ wm: 'openbox' });
    const work = await here.qube('work', 'blue');
    const vault = await here.qube('vault', 'black');
    work.open(1, HOME);
    vault.open(2, { ...HOME, x: 700 });
    await here.shown(work, 1);
    await here.shown(vault, 2);
    const { user } = here.screen;
    // What has just appeared there is not what anybody clicks at.
    await waitUntil(async () => {
      await user.click(720, 200);
      return vault.session.of('button').length > 0;
    }, 'a click that counts');
    await waitUntil(() => vault.session.focused === 2, 'focus');
    await user.move(HOME.x + 10, HOME.y + 10);
    await here.screen.stopManager();
    await waitUntil(() => !here.desktop.managed, 'its end is noticed');
    await waitUntil(() => vault.session.focused === 2, 'focus again');
    vault.session.told.length = 0;
    work.session.told.length = 0;
    await user.type('a');
    await waitUntil(() => vault.session.of('key').length === 2, 'typed');
    expect(work.session.of('key')).toEqual([]);
  });

  test.each(['none', 'openbox'] as const)(
    'with the focus nowhere, keys under the pointer reach nobody (%s)',
    async (wm) => {
      const here = await open({ wm });
      const qube = await here.qube('work', 'blue');
      qube.open(1, HOME);
      await here.shown(qube, 1);
      const { user } = here.screen;
      await user.move(HOME.x + 10, HOME.y + 10);
      await here.idle();
      for (const focus of ['root', 'pointer root'] as const) {
        // In one piece: neither daemon nor window manager can put it right before the key.
        await here.screen.still(async (x) => {
          x.X.SetInputFocus(focus === 'root' ? x.root : 1, 1);
          await user.type('a');
        });
        await here.idle();
        expect(qube.session.of('key')).toEqual([]);
      }
    },
  );

  test('a smaller screen: popups are brought onto it, whole', async () => {
    const here = await open({ wm: 'openbox', kind: 'xvnc' });
    const qube = await here.qube('work', 'blue');
    const menu = { x: 1000, y: 650, width: 200, height: 100 };
    qube.open(1, menu, { overrideRedirect: true });
    await here.shown(qube, 1);
    const env = { ...process.env, ...here.screen.env };
    await run('xrandr', ['-s', '800x600'], { env });
    const small = { x: 0, y: 0, width: 800, height: 600 };
    await waitUntil(() => contains(small, here.info(qube, 1)?.frame ?? menu), 'it is moved');
    await here.idle();
    const info = await here.shown(qube, 1);
    expect(info.content).toEqual({ x: 594, y: 494, width: 200, height: 100 });
    expect(qube.session.place(1)).toEqual(info.content);
    const picture = await here.screen.grab(small);
    expect(frameFaults(picture, info.frame, qube.config.label, 6)).toBe(0);
    expect(here.desktop.screen()).toMatchObject({ width: 800, height: 600 });
  });
});
