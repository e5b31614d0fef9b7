/**
 * What options and guid.conf do to windows on the screen.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { getProperty } from '../../../src/x11/properties.ts';
import { create, map, W } from '../session/stage.ts';
import { GuidStage } from './guid-stage.ts';

const PLACE = { x: 100, y: 100, width: 60, height: 60 };

let stage: GuidStage;
afterEach(() => stage?.[Symbol.asyncDispose]());

async function property(window: number, name: string): Promise<Buffer | undefined> {
  const { [name]: atom = 0 } = await stage.screen.x.intern([name]);
  return (await getProperty(stage.screen.x, window, atom))?.data;
}

async function conf(text: string): Promise<string[]> {
  const path = join(stage.screen.directory, 'guid.conf');
  writeFileSync(path, `global: { ${text} };\n`);
  return ['-C', path];
}

describe('label, colours and properties', () => {
  it('a name of a colour is a label; -l is its number', async () => {
    stage = await GuidStage.open();
    await stage.serve(['-c', 'dark orange', '-l', '3']);
    stage.agent.send(create(W, PLACE), map(W));
    const { window } = await stage.shown(W);
    expect((await property(window, '_QUBES_LABEL_COLOR'))?.readUInt32LE(0)).toBe(0xff8c00);
    expect(await property(window, '_QUBES_LABEL')).toEqual(Buffer.from([3]));
    // The corner's inside is the label's colour, whatever the pattern.
    await stage.pixel(97, 97, 0xff8c00);
  });

  it('-p puts properties on every window, and none over ours', async () => {
    stage = await GuidStage.open();
    const own = ['-p', '_QUBES_VMNAME=s:vault'];
    await stage.serve([
      ...own,
      '-p',
      'A_TEXT=s:x=y',
      '-p',
      'SOME=c:1,0x10',
      '-p',
      'AN=a:UTF8_STRING',
    ]);
    stage.agent.send(create(W, PLACE), map(W));
    const { window } = await stage.shown(W);
    const { UTF8_STRING } = await stage.screen.x.intern(['UTF8_STRING']);
    expect((await property(window, 'A_TEXT'))?.toString()).toBe('x=y');
    const numbers = await property(window, 'SOME');
    expect([numbers?.readUInt32LE(0), numbers?.readUInt32LE(4)]).toEqual([1, 16]);
    expect((await property(window, 'AN'))?.readUInt32LE(0)).toBe(UTF8_STRING);
    expect((await property(window, '_QUBES_VMNAME'))?.toString()).toBe('work');
  });

  it('window_background_color is what no image covers', async () => {
    stage = await GuidStage.open();
    await stage.serve(await conf('window_background_color = "0x204060"'));
    stage.agent.send(create(W, PLACE), map(W));
    await stage.shown(W);
    await stage.pixel(120, 120, 0x204060);
  });

  it('titles are ASCII unless allow_utf8_titles says more', async () => {
    stage = await GuidStage.open();
    await stage.serve();
    const text = Buffer.from('é long…');
    stage.agent.send(create(W, PLACE), { name: 'title', window: W, text }, map(W));
    expect(await stage.title((await stage.shown(W)).window)).toBe('[work] _ long...');
  });

  it('allow_utf8_titles', async () => {
    stage = await GuidStage.open();
    await stage.serve(await conf('allow_utf8_titles = true'));
    const text = Buffer.from('é long…');
    stage.agent.send(create(W, PLACE), { name: 'title', window: W, text }, map(W));
    expect(await stage.title((await stage.shown(W)).window)).toBe('[work] é long…');
  });
});

describe('windows without the window manager', () => {
  const large = { x: 0, y: 0, width: 788, height: 588 };

  it('are none with --override-redirect=disabled', async () => {
    stage = await GuidStage.open();
    await stage.serve(['--override-redirect=disabled']);
    stage.agent.send(create(W, { ...PLACE, overrideRedirect: true }), map(W, undefined, true));
    expect((await stage.shown(W)).overrideRedirect).toBe(false);
  });

  it('are limited in size', async () => {
    stage = await GuidStage.open();
    await stage.serve();
    stage.agent.send(create(W, { ...large, overrideRedirect: true }), map(W, undefined, true));
    expect((await stage.shown(W)).overrideRedirect).toBe(false);
  });

  it('are not with override_redirect_protection = false; the frame stays on the screen', async () => {
    stage = await GuidStage.open();
    await stage.serve(await conf('override_redirect_protection = false'));
    stage.agent.send(create(W, { ...large, overrideRedirect: true }), map(W, undefined, true));
    const { overrideRedirect, frame } = await stage.shown(W);
    expect(overrideRedirect).toBe(true);
    expect(frame).toEqual({ x: 0, y: 0, width: 800, height: 600 });
  });
});

describe('-K', () => {
  it('tells the process when the agent is connected', async () => {
    stage = await GuidStage.open();
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    const ended = new Promise((done) => other.once('exit', (_code, signal) => done(signal)));
    const run = stage.start(['-K', String(other.pid), '--pool-mib', '4']);
    expect((await run.ended).status).toBe(0);
    expect(await ended).toBe('SIGUSR1');
    process.kill(stage.flagged() ?? 0, 'SIGTERM');
  });
});

describe('events_max_delay (row 39)', () => {
  it('delays input and not what is drawn', async () => {
    stage = await GuidStage.open();
    await stage.serve(await conf('events_max_delay = 5000'));
    stage.paint([1, 2, 3, 4], () => 0x336699);
    stage.agent.send(create(W, PLACE), map(W));
    stage.agent.send({
      name: 'dump',
      window: W,
      width: 60,
      height: 60,
      refs: Uint32Array.of(1, 2, 3, 4),
    });
    await stage.shown(W);
    await stage.screen.user.move(120, 120);
    // The Expose of the map is answered while the motion still waits.
    await stage.pixel(120, 120, 0x336699);
    await stage.agent.hear('motion');
  });
});
