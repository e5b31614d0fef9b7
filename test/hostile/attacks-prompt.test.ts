/**
 * Attacks on dom0's own prompts (D2-16, and D2-15 as far as prompts go): a qube
 * opens, raises and floods while dom0 asks. Judged by the order of the screen's
 * windows, by the prompt's pixels, and by whether an answer counts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { ClipboardUser } from '../rig/system/clipboard-user.ts';
import { Pager } from '../rig/system/pager.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Frame } from '../wire/frames.ts';
import { configure, create, destroy, flags, map, unmap } from '../wire/says.ts';
import { Arena, VICTIM } from './arena.ts';

const W = 0x0040_0001 as VmWindowId;
const POPUP = 0x0040_0002 as VmWindowId;
/** What the line with the seconds that are left changes; a popup over it changes 50,000. */
const COUNTDOWN_BYTES = 2000;
const TEXT = 'of the victim';

let arena: Arena;
let person: ClipboardUser;

beforeAll(async () => {
  arena = await Arena.start();
  person = new ClipboardUser(arena.screen, await Pager.open(arena.screen.x));
});
afterAll(() => arena?.[Symbol.asyncDispose]());

function placeOf({ window, rect }: Frame) {
  return { window, content: rect };
}

describe('D2-16: while dom0 asks', () => {
  it('no window of a qube gets above the prompt or changes a pixel of it', async () => {
    const { victim } = arena;
    await using peer = await arena.hostile();
    peer.send(create(W, { x: 1500, y: 300, width: 200, height: 150 }), map(W));
    const target = await peer.mapped(W);
    await person.focus(placeOf(await victim.mapped(VICTIM.window)));
    await person.copyChord();
    await victim.agent.hear('clipboardRequest');
    const data = Buffer.from(TEXT);
    victim.send({ name: 'clipboardData', window: VICTIM.window, data });
    await victim.inStep();
    await person.focus(placeOf(target));
    await person.pasteChord();
    const prompt = await person.prompt();
    const { rect } = prompt;
    const before = (await arena.screen.grab(rect)).data;

    const isTop = async (): Promise<boolean> => {
      const { children } = await arena.screen.x.request<{ children: readonly number[] }>((done) =>
        arena.screen.x.X.QueryTree(arena.screen.x.root, done),
      );
      const at = children.indexOf(prompt.window);
      const frames = [...(await peer.frames()).values()].filter((one) => one.mapped);
      return frames.every(({ window }) => children.indexOf(window) < at);
    };
    const changed = async (): Promise<number> => {
      const now = (await arena.screen.grab(rect)).data;
      return now.reduce((sum, byte, at) => sum + (byte === before[at] ? 0 : 1), 0);
    };

    const over = { x: rect.x + 10, y: rect.y + 10, width: 200, height: 100 };
    for (let round = 0; round < 6; round++) {
      peer.send(
        create(POPUP, { ...over, overrideRedirect: true }),
        map(POPUP, { popup: true, of: W }),
      );
      peer.send(configure(over, POPUP), flags(3, 0, W), configure(over, W));
      peer.send(unmap(POPUP), map(POPUP, { popup: true }), unmap(W), map(W));
      await peer.inStep();
      expect(await changed(), `round ${round}`).toBeLessThan(COUNTDOWN_BYTES);
      expect(await isTop(), `round ${round}`).toBe(true);
      peer.send(destroy(POPUP));
      await peer.noFrame(POPUP);
    }
    // It was asked about and not answered: nothing was given.
    expect(peer.agent.heard('clipboardData')).toEqual([]);
    await person.cancel();
    await person.noPrompt();
    await peer.inStep();
    expect(peer.agent.heard('clipboardData')).toEqual([]);
    await waitUntil(async () => (await peer.frames()).get(W)?.mapped, 'its window is still there');
  });
});
