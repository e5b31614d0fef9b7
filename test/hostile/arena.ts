/**
 * The daemon's process on a real screen, one qube that only works (the victim),
 * and as many hostile ones as a test wants: each attack has a qube of its own,
 * because most of them end its session.
 */
import { expect } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { BUILTIN_LABELS, type Label } from '../../src/trust/label.ts';
import { frameFaults } from '../e2e/desktop/judge.ts';
import type { Image } from '../rig/image.ts';
import type { Screen } from '../rig/screen.ts';
import { waitUntil } from '../rig/wait.ts';
import { type DaemonOptions, type Peer, type PeerOptions, WireDaemon } from '../wire/daemon.ts';
import { fillPages, imageColor } from '../wire/pages.ts';
import { create, damage, dump, map, pagesOf } from '../wire/says.ts';

const HOSTILE_QUBES = 60;
/** Thickness of a frame at 96 dpi. */
export const BORDER = 6;
/** The victim's window, out of the way of attacks in the upper left. */
export const VICTIM = {
  window: 0x0070_0001 as VmWindowId,
  rect: { x: 1480, y: 780, width: 320, height: 200 },
} as const;

function labelOf(name: string): Label {
  const label = BUILTIN_LABELS.find((one) => one.name === name);
  if (!label) throw new Error(`there is no label ${name}`);
  return label;
}

export const HOSTILE_LABEL = labelOf('red');
export const VICTIM_LABEL = labelOf('blue');

function configuration(extra: string): string {
  const hostile = Array.from(
    { length: HOSTILE_QUBES },
    (_, i) => `[qube.bad${i}]\nlabel = "red"\nid = ${100 + i}\n`,
  );
  return [extra, '[qube.victim]\nlabel = "blue"\nid = 99\n', ...hostile].join('\n');
}

export interface ArenaOptions extends Omit<DaemonOptions, 'toml'> {
  /** More of livery.toml. */
  readonly extra?: string;
}

export class Arena implements AsyncDisposable {
  readonly daemon: WireDaemon;
  readonly victim: Peer;
  #next = 0;

  private constructor(daemon: WireDaemon, victim: Peer) {
    this.daemon = daemon;
    this.victim = victim;
  }

  static async start({ extra = '', ...options }: ArenaOptions = {}): Promise<Arena> {
    const daemon = await WireDaemon.start({ toml: configuration(extra), ...options });
    const victim = await daemon.connectTo('victim');
    const arena = new Arena(daemon, victim);
    const { width, height } = VICTIM.rect;
    fillPages(victim.pool, 0, pagesOf(width, height).length);
    victim.send(
      create(VICTIM.window, VICTIM.rect),
      map(VICTIM.window),
      dump(VICTIM.window, width, height, 0),
    );
    await arena.victimIsWhole();
    return arena;
  }

  get screen(): Screen {
    return this.daemon.screen;
  }

  /** A qube with the red label that was not used yet. */
  hostile(options: Omit<PeerOptions, 'titles'> = {}): Promise<Peer> {
    return this.daemon.connectTo(`bad${this.#next++}`, options);
  }

  /** A picture of the whole screen, when no request of anybody is half done. */
  look(): Promise<Image> {
    return this.screen.still(() => this.screen.grab());
  }

  /** Every pixel of the victim's window and frame is as it was drawn. */
  async victimIsWhole(): Promise<void> {
    let faults = 'the window is not there';
    await waitUntil(async () => {
      const frame = (await this.victim.frames()).get(VICTIM.window);
      if (!frame?.mapped) return false;
      const image = await this.look();
      const { rect } = frame;
      const refs = pagesOf(rect.width, rect.height);
      const content = image.differences(
        rect,
        (x, y) => imageColor(refs, rect.width, x - rect.x, y - rect.y) ?? -1,
      );
      const outer = grown(rect);
      const edge = frameFaults(image, outer, VICTIM_LABEL, BORDER);
      faults = `${content} wrong pixels of its content, ${edge} of its frame`;
      return content === 0 && edge === 0;
    }, 'the window of the victim is whole').catch((error: Error) => {
      throw new Error(`${error.message}: ${faults}`);
    });
  }

  /** The victim's session still takes messages and draws, and the daemon lives. */
  async victimWorks(): Promise<void> {
    this.victim.send(damage(VICTIM.window, 0, 0, 1, 1));
    await this.victim.inStep();
    await this.victimIsWhole();
    expect(this.daemon.process.over).toBe(false);
  }

  /** All four sides of a hostile window's frame show, in its own label, to the pixel. */
  async isFramed(peer: Peer, id: VmWindowId): Promise<void> {
    let faults = 'it has no mapped frame';
    await waitUntil(
      async () => {
        const frame = (await peer.frames()).get(id);
        if (!frame?.mapped) return false;
        const image = await this.look();
        const wrong = frameFaults(image, grown(frame.rect), HOSTILE_LABEL, BORDER);
        faults = `${wrong} wrong pixels around ${JSON.stringify(frame.rect)}`;
        return wrong === 0;
      },
      `the frame of 0x${id.toString(16)} is complete`,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${faults}`);
    });
  }

  /** Every mapped window of the qube is framed; how many there are. */
  async allFramed(peer: Peer): Promise<number> {
    let count = 0;
    for (const [id, frame] of await peer.frames()) {
      if (!frame.mapped) continue;
      count++;
      await this.isFramed(peer, id as VmWindowId);
    }
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }
}

/** The outer edge of the frame around a content. */
export function grown(rect: { x: number; y: number; width: number; height: number }) {
  return {
    x: rect.x - BORDER,
    y: rect.y - BORDER,
    width: rect.width + 2 * BORDER,
    height: rect.height + 2 * BORDER,
  };
}
