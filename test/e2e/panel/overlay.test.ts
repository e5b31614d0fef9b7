/**
 * The attention overlay on a real screen: what it shows of whose windows, that
 * it takes the keyboard from everybody, and what can be done in it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '../../rig/system/clipboard-user.ts';
import { BORDER } from '../../rig/system/livery.ts';
import { type ScriptedLivery, startScriptedLivery } from '../../rig/system/scripted-livery.ts';
import { KEYSYM } from '../../rig/user.ts';
import { waitUntil } from '../../rig/wait.ts';
import { frameColor, sidesOf } from '../desktop/judge.ts';
import {
  brightness,
  closeOverlay,
  countLabel,
  gone,
  inner,
  labelOf,
  openOverlay,
  shown,
  surface,
} from './look.ts';

const QUBES = { work: 'label = "blue"', vault: 'label = "green"' } as const;
const NAMES = ['work', 'vault'] as const;
const LABELS = { work: 'blue', vault: 'green' } as const;
const P = 0x70;
const S = 0x73;

describe.each(['openbox', 'xfwm4', 'i3', 'none'] as const)('the overlay under %s', (wm) => {
  let livery: ScriptedLivery;
  beforeAll(async () => {
    livery = await startScriptedLivery({ wm, qubes: QUBES });
  });
  afterAll(() => livery?.[Symbol.asyncDispose]());

  it('dims the contents, leaves the frames as they are and names the owners', async () => {
    const { screen } = livery;
    const places = await Promise.all(NAMES.map((name) => livery.place(name)));
    const before = await screen.grab();
    const list = await openOverlay(screen);
    const after = await screen.grab();
    for (const [at, { frame, content, label }] of places.entries()) {
      expect(label).toBe(LABELS[NAMES[at] as 'work']);
      for (const [side, rect] of Object.entries(sidesOf(frame, BORDER))) {
        const covered =
          rect.y + rect.height > list.rect.y &&
          rect.x + rect.width > list.rect.x &&
          rect.x < list.rect.x + list.rect.width &&
          rect.y < list.rect.y + list.rect.height;
        if (covered) continue;
        const wanted = (x: number, y: number): number =>
          frameColor(labelOf(label), BORDER, frame, x - frame.x, y - frame.y);
        expect(after.differences(rect, wanted), `${label} ${side}`).toBe(0);
      }
      const corner = { ...inner(content), width: 20, height: 10 };
      expect(brightness(after, corner)).toBeLessThan(brightness(before, corner) * 0.5);
      // The name in its frame lies on the content, which had nothing of that colour.
      expect(countLabel(before, inner(content), label)).toBe(0);
      expect(countLabel(after, inner(content), label), label).toBeGreaterThan(150);
    }
    await closeOverlay(screen);
    await waitUntil(async () => {
      const now = await screen.grab(places[0]?.content);
      return brightness(now, inner(places[0]?.content ?? now)) > 80;
    }, 'the screen is bright again');
  });

  it('gives no key to any qube, and lets go what was held', async () => {
    const { screen } = livery;
    const { user } = screen;
    await livery.focus('work');
    const agent = livery.agent('work');
    const a = 0x61;
    await user.key(a, true);
    await waitUntil(() => agent.heard('key').some(({ pressed }) => pressed), 'the key is down');
    await openOverlay(screen);
    // Released in the qube although it is still held.
    await waitUntil(() => agent.heard('key').at(-1)?.pressed === false, 'it is let go');
    const heard = agent.heard('key').length;
    await user.key(a, false);
    await user.type('secret');
    await user.tap(KEYSYM.control, KEYSYM.shift, 0x63);
    await livery.settled('work');
    expect(agent.heard('key')).toHaveLength(heard);
    expect(agent.heard('clipboardRequest')).toHaveLength(0);
    for (const name of NAMES) {
      const keys = livery.agent(name).heard('key');
      expect(keys.filter(({ pressed }) => pressed).length).toBeLessThanOrEqual(2);
    }
    await closeOverlay(screen);
    await user.tap(a);
    await waitUntil(() => agent.heard('key').length >= heard + 2, 'keys are the qube`s again');
  });

  it('is not closed by what was pressed before it was seen', async () => {
    const { screen } = livery;
    const { user } = screen;
    await user.tap(KEYSYM.super, KEYSYM.escape);
    await shown(screen, 'livery overlay');
    await user.tap(KEYSYM.escape);
    await pause(200);
    expect(await surface(screen, 'livery overlay')).toBeDefined();
    await pause(300);
    await closeOverlay(screen);
  });

  it('pauses the chosen qube, lets it go on, and stops it with the second press', async () => {
    const { screen, keeper } = livery;
    const { user } = screen;
    await livery.focus('vault');
    await openOverlay(screen);
    await user.tap(P);
    await waitUntil(() => keeper.paused.join() === 'vault', 'vault is paused');
    // The list says so, and the same key means the other thing.
    await pause(300);
    await user.tap(P);
    await waitUntil(() => keeper.paused.length === 0, 'vault goes on');
    // Too soon after the first one, and with something typed in between: no.
    await user.tap(S);
    await user.tap(S);
    await pause(400);
    await user.type('es');
    await pause(400);
    expect(keeper.list().map(({ state }) => state)).toEqual(['running', 'running']);
    await user.tap(S);
    await waitUntil(
      () =>
        keeper
          .list()
          .map(({ state }) => state)
          .join() === 'running,stopped',
      'vault is stopped',
    );
    await closeOverlay(screen);
    await livery.start('vault');
  });

  it('is closed when the screen is locked', async () => {
    const { screen } = livery;
    await openOverlay(screen);
    await livery.client.ask('locked', {});
    await gone(screen, 'livery overlay');
    await gone(screen, 'livery overlay list');
  });
});
