/**
 * What agents of all kinds are used to (Windows, Wayland, mirage, old and new
 * X11 agents), each against the real program.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import type { Version } from '../../../src/protocol/version.ts';
import { create, damage, map, W, W2 } from '../session/stage.ts';
import { dumpOf, GuidStage, pages } from './guid-stage.ts';

const SCREEN = 0 as VmWindowId;
const NEUTRAL = 0xffffff;
const SMALL = { width: 32, height: 32 };
const CONFIGURE = { name: 'configure', overrideRedirect: false } as const;

let stage: GuidStage;
afterEach(() => stage?.[Symbol.asyncDispose]());

async function start(version?: Version): Promise<void> {
  stage = await GuidStage.open(version ? { agent: { version } } : {});
  await stage.serve();
}

/** The image of a screen of 400 x 300: its colour says the place. */
const PLACE = (offset: number): number => ((offset % 400) << 8) | Math.floor(offset / 400);
const placeColor = (x: number, y: number): number => (x << 8) | y;
const SCREEN_PAGES = Math.ceil((400 * 300 * 4) / 4096);

function showScreen(firstPage = 0): void {
  stage.paint(pages(firstPage, SCREEN_PAGES), PLACE);
  stage.agent.send(
    create(SCREEN, { x: 0, y: 0, width: 400, height: 300 }),
    dumpOf(SCREEN, 400, 300, pages(firstPage, SCREEN_PAGES)),
    { name: 'unmap', window: SCREEN },
  );
}

describe('window 0 is the screen of the qube', () => {
  it('lends its image to windows without one, at the place that the qube said', async () => {
    await start();
    showScreen();
    stage.agent.send(create(W, { x: 50, y: 60, ...SMALL, overrideRedirect: true }));
    stage.agent.send(map(W, undefined, true), damage(W, 0, 0, 32, 32));
    await stage.shown(W);
    await stage.pixel(50, 60, placeColor(50, 60));
    await stage.pixel(81, 91, placeColor(81, 91));
    // A move shows another part, wherever dom0 has the window by then.
    stage.agent.send({ ...CONFIGURE, window: W, x: 200, y: 100, ...SMALL });
    await stage.pixel(210, 110, placeColor(210, 110));
  });

  it('shows the neutral fill where its image has nothing', async () => {
    await start();
    showScreen();
    stage.agent.send(create(W, { x: 380, y: 100, ...SMALL, overrideRedirect: true }));
    stage.agent.send(map(W, undefined, true), damage(W, 0, 0, 32, 32));
    await stage.shown(W);
    await stage.pixel(399, 110, placeColor(399, 110));
    await stage.pixel(400, 110, NEUTRAL);
  });

  it('goes and comes with an answer, and a window with an image of its own keeps that', async () => {
    await start();
    showScreen();
    stage.paint([500], () => 0xabcdef);
    stage.agent.send(
      create(W, { x: 50, y: 60, ...SMALL, overrideRedirect: true }),
      map(W, undefined, true),
      create(W2, { x: 150, y: 60, ...SMALL, overrideRedirect: true }),
      map(W2, undefined, true),
      dumpOf(W2, 32, 32, [500]),
      damage(W, 0, 0, 32, 32),
      damage(W2, 0, 0, 32, 32),
    );
    await stage.shown(W2);
    await stage.pixel(60, 70, placeColor(60, 70));
    await stage.pixel(160, 70, 0xabcdef);
    stage.agent.send({ name: 'unmap', window: SCREEN }, { name: 'destroy', window: SCREEN });
    const [gone] = await stage.agent.hear('destroyAck');
    expect(gone?.window).toBe(0);
    await stage.pixel(60, 70, NEUTRAL);
    // Damage between the two: no fault.
    stage.agent.send(damage(W, 0, 0, 32, 32));
    showScreen(600);
    await stage.pixel(60, 70, placeColor(60, 70));
    await stage.pixel(160, 70, 0xabcdef);
  });
});

describe('dumps', () => {
  it('again and again of the same pages: one answer each, and nothing new in the X server', async () => {
    await start();
    stage.paint([7], () => 0x112233);
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL }), map(W), dumpOf(W, 32, 32, [7]));
    await stage.shown(W);
    await stage.pixel(110, 110, 0x112233);
    for (let round = 0; round < 300; round++) {
      stage.agent.send(dumpOf(W, 32, 32, [7]), damage(W, 0, 0, 32, 32));
    }
    const acks = await stage.agent.hear('dumpAck', 301);
    expect(acks.every((one) => one.window === W)).toBe(true);
    expect(stage.openFiles('livery-staging')).toBe(1);
    // The pixels may have changed without a word besides the dump.
    stage.paint([7], () => 0x445566);
    stage.agent.send(dumpOf(W, 32, 32, [7]));
    await stage.pixel(110, 110, 0x445566);
  });

  it('a frame each, of buffers in turn: each is shown', async () => {
    await start({ major: 1, minor: 7 });
    stage.paint([1], () => 0x010101);
    stage.paint([2], () => 0x020202);
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL }), map(W));
    for (let frame = 0; frame < 60; frame++) {
      stage.agent.send(dumpOf(W, 32, 32, [1 + (frame % 2)]), damage(W, 0, 0, 32, 32));
    }
    await stage.agent.hear('dumpAck', 60);
    await stage.pixel(110, 110, 0x020202);
    expect(stage.openFiles('livery-staging')).toBe(1);
  });

  it('before the map and without damage, as in a replay: all of it is shown', async () => {
    await start();
    stage.paint([3], () => 0x778899);
    stage.agent.send(
      create(W, { x: 100, y: 100, ...SMALL }),
      { ...CONFIGURE, window: W, x: 100, y: 100, ...SMALL },
      dumpOf(W, 32, 32, [3]),
      map(W),
      { name: 'flags', window: W, set: 0, unset: 0 },
    );
    await stage.shown(W);
    await stage.pixel(100, 100, 0x778899);
    await stage.pixel(131, 131, 0x778899);
  });

  it('never of a window for input only: its frame is there all the same', async () => {
    await start();
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL }), map(W), damage(W, 0, 0, 32, 32));
    const { frame } = await stage.shown(W);
    expect(frame).toEqual({ x: 94, y: 94, width: 44, height: 44 });
    await stage.pixel(110, 110, NEUTRAL);
  });
});

describe('old agents', () => {
  it('1.1 with the fields of MAP the other way round: the policy holds', async () => {
    await start({ major: 1, minor: 1 });
    // override_redirect first: as transient_for it names no window, and 0 is "managed".
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL, overrideRedirect: true }));
    stage.agent.send(map(W, 1, false));
    expect((await stage.shown(W)).overrideRedirect).toBe(false);
    // A window as large as the screen does not get out of the window manager's hands.
    stage.agent.send(create(W2, { x: 0, y: 0, width: 800, height: 600 }), map(W2, 0, true));
    expect((await stage.shown(W2)).overrideRedirect).toBe(false);
  });

  it('1.1 with a title without an end: what fits of it is shown', async () => {
    await start({ major: 1, minor: 1 });
    const body = Buffer.alloc(12 + 128, 0x41);
    body.writeUInt32LE(141, 0);
    body.writeUInt32LE(W, 4);
    body.writeUInt32LE(128, 8);
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL }));
    stage.agent.sendRaw(body);
    stage.agent.send(map(W));
    const { window } = await stage.shown(W);
    expect(await stage.title(window)).toMatch(/^\[work\] A{100,117}\.\.\.$/);
  });

  it('1.0 with MFNDUMP: refused by name, with what to do', async () => {
    stage = await GuidStage.open({ agent: { version: { major: 1, minor: 0 } } });
    const run = await stage.serve();
    const body = Buffer.alloc(12 + 32);
    body.writeUInt32LE(135, 0);
    body.writeUInt32LE(W, 4);
    body.writeUInt32LE(32, 8);
    body.writeUInt32LE(1, 16);
    body.writeUInt32LE(1, 20);
    body.writeUInt32LE(1, 32);
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL }));
    stage.agent.sendRaw(body);
    expect((await run.ended).status).toBe(1);
    expect(run.err).toContain('GUI_MFNDUMP_UNSUPPORTED');
    expect(run.err).toMatch(/too old: update the GUI agent/);
  });
});

describe('everything twice, and in the wrong moment', () => {
  it('is no fault', async () => {
    await start();
    const twice: FromVmDraft[] = [
      map(W),
      map(W),
      { name: 'title', window: W, text: Buffer.from('x') },
      { name: 'unmap', window: W },
      { name: 'unmap', window: W },
      { name: 'flags', window: W, set: 0, unset: 0 },
      damage(W, 0, 0, 32, 32),
      dumpOf(W, 32, 32, [1]),
      dumpOf(W, 32, 32, [1]),
    ];
    stage.agent.send(create(W, { x: 100, y: 100, ...SMALL }), ...twice);
    await stage.agent.hear('dumpAck', 2);
    stage.agent.send(map(W));
    await stage.shown(W);
  });

  it('a docked icon ignores MAP and UNMAP', async () => {
    await start();
    const icon = { width: 24, height: 24, x: 0, y: 0 };
    stage.agent.send(create(W, icon), { name: 'dock', window: W }, { name: 'dock', window: W });
    stage.agent.send({ name: 'unmap', window: W }, map(W), dumpOf(W, 24, 24, [1]));
    stage.agent.send(damage(W, 0, 0, 24, 24), create(W2, { x: 100, y: 100, ...SMALL }), map(W2));
    await stage.shown(W2);
    expect(await stage.frame(W)).toBeUndefined();
    expect(stage.agent.connected).toBe(true);
  });

  it('answers each DESTROY of a number that is used again at once', async () => {
    await start();
    const life = [create(W, { x: 100, y: 100, ...SMALL }), map(W), dumpOf(W, 32, 32, [1])];
    const end = { name: 'destroy', window: W } as const;
    stage.paint([1], () => 0x00ff00);
    stage.agent.send(...life, end, ...life, end, ...life, damage(W, 0, 0, 32, 32));
    await stage.agent.hear('dumpAck', 3);
    await stage.shown(W);
    await stage.pixel(110, 110, 0x00ff00);
    expect(stage.agent.heard('destroyAck').map((one) => one.window)).toEqual([W, W]);
    const order = stage.agent.messages.map((one) => one.name);
    const answers = order.filter((name) => name === 'dumpAck' || name === 'destroyAck');
    expect(answers).toEqual(['dumpAck', 'destroyAck', 'dumpAck', 'destroyAck', 'dumpAck']);
  });
});
