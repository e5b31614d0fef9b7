/**
 * Messages per second of each qube, from counters that only grow. Pure.
 */
import type { Stats } from '../control/messages.ts';

interface Look {
  readonly messages: number;
  readonly atMs: number;
}

export class Rates {
  #last = new Map<string, Look>();

  /** @returns by name; a qube that was not there before, or began anew, has none yet */
  next({ qubes }: Stats, nowMs: number): Map<string, number> {
    const rates = new Map<string, number>();
    const looks = new Map<string, Look>();
    for (const { name, gui, service } of qubes) {
      const messages = gui.messages + service.messages;
      const before = this.#last.get(name);
      looks.set(name, { messages, atMs: nowMs });
      if (!before || messages < before.messages || nowMs <= before.atMs) continue;
      rates.set(name, Math.round(((messages - before.messages) * 1000) / (nowMs - before.atMs)));
    }
    this.#last = looks;
    return rates;
  }
}
