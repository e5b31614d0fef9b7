/**
 * The wires against the rooms that parse them: streams of messages, mostly legal,
 * recorded ones among them, spoiled in places. Nothing that a qube says breaks a
 * promise to the desktop, says nonsense to the qube, or throws anything but the end
 * of that qube's conversation. The same for the icon stream, and for the double of a
 * Xen ring, whose memory the qube rewrites. `npm run fuzz` does it for longer.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readU32 } from '../../../src/protocol/bytes.ts';
import { GuiFuzz } from '../../rig/fuzz/gui.ts';
import { IconFuzz } from '../../rig/fuzz/icons.ts';
import { Random } from '../../rig/fuzz/random.ts';
import { RingFuzz } from '../../rig/fuzz/ring-double.ts';
import { ServiceFuzz } from '../../rig/fuzz/service.ts';
import { traces } from '../../unit/protocol/golden.ts';

/** Without a time it is a number of messages: the same ones each time. */
const seconds = Number(process.env.LIVERY_FUZZ_SECONDS ?? 0);
const SHORT_MESSAGES = 20_000;
/** An icon has some thousand bytes of pixels. */
const SHORT_ICONS = 4000;
const PROGRESS_MS = 10_000;
/** Of the time; the GUI wire is the largest by far. */
const PARTS = { gui: 0.6, service: 0.16, icons: 0.14, 'ring-double': 0.1 } as const;
type Wire = keyof typeof PARTS;
const WIRES = Object.keys(PARTS) as Wire[];
/** Words of the command line; all if there are none. */
const chosen = (process.env.LIVERY_FUZZ_WIRES ?? '').split(',').filter((word) => word !== '');

/** Conversations that once ended badly; each is said again at every run. */
const SEEDS = new URL('../../golden/fuzz/', import.meta.url);
/** Those that nobody has looked at yet; in no commit. */
const FOUND = new URL('../../../out/fuzz/', import.meta.url);

interface Fuzz extends Disposable {
  readonly messages: number;
  readonly said: readonly Uint8Array[];
  connect(): void;
  say(bytes: Uint8Array): Promise<void>;
  converse(): Promise<void>;
}

/** The messages of the recorded agents, each once. */
function recorded(): Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  for (const { agent } of traces()) {
    for (let at = 4; at + 12 <= agent.length; ) {
      const end = at + 12 + readU32(agent, at + 8);
      const bytes = agent.subarray(at, end);
      if (bytes.length <= 4096) found.set(Buffer.from(bytes).toString('latin1'), bytes);
      at = end;
    }
  }
  return [...found.values()];
}

function keep(wire: string, said: readonly Uint8Array[]): string {
  mkdirSync(FOUND, { recursive: true });
  const file = new URL(`${wire}-${Date.now()}.bin`, FOUND);
  writeFileSync(file, Buffer.concat(said));
  return file.pathname;
}

async function fuzz(wire: string, make: () => Fuzz, forMs: number): Promise<Fuzz> {
  const one = make();
  // What a later turn of the loop throws ends the process: the conversation is kept first.
  const onCrash = () => process.stderr.write(`wire ${wire}: kept ${keep(wire, one.said)}\n`);
  process.on('uncaughtExceptionMonitor', onCrash);
  const shortCount = wire === 'icons' ? SHORT_ICONS : SHORT_MESSAGES;
  const startMs = performance.now();
  let saidMs = startMs;
  const rate = () => {
    const passed = (performance.now() - startMs) / 1000;
    const perSecond = Math.round(one.messages / passed).toLocaleString('en');
    return `${one.messages.toLocaleString('en')} messages, ${perSecond} a second`;
  };
  try {
    while (forMs > 0 ? performance.now() - startMs < forMs : one.messages < shortCount) {
      await one.converse();
      if (performance.now() - saidMs < PROGRESS_MS) continue;
      saidMs = performance.now();
      process.stderr.write(`wire ${wire}, so far: ${rate()}\n`);
    }
  } catch (error) {
    onCrash();
    throw error;
  } finally {
    process.off('uncaughtExceptionMonitor', onCrash);
    one[Symbol.dispose]();
  }
  if (forMs > 0) process.stderr.write(`wire ${wire}: ${rate()}\n`);
  return one;
}

async function sayAgain(wire: string, make: () => Fuzz): Promise<void> {
  for (const folder of [SEEDS, FOUND]) {
    let files: string[] = [];
    try {
      files = readdirSync(folder).filter((name) => name.startsWith(`${wire}-`));
    } catch {
      // None was ever kept.
    }
    for (const name of files) {
      using one = make();
      one.connect();
      await one.say(Uint8Array.from(readFileSync(new URL(name, folder))));
    }
  }
}

const limitMs = seconds * 2000 + 60_000;
const seed = seconds > 0 ? Date.now() & 0x7fff_ffff : 20_221_122;

/** Much was let through, and much was not. */
function saw(seen: Readonly<Record<string, number>>): void {
  for (const [what, count] of Object.entries(seen)) expect([what, count > 0]).toEqual([what, true]);
}

const messages = recorded();
const fuzzers: { readonly [W in Wire]: { make(): Fuzz; judge(one: Fuzz): void } } = {
  gui: {
    make: () => new GuiFuzz(new Random(seed), messages),
    judge: (one) => {
      const { desktop } = one as GuiFuzz;
      expect(desktop.events).toBeGreaterThan(one.messages / 4);
      expect(desktop.sessions).toBeGreaterThan(10);
      expect(desktop.ends.size).toBeGreaterThan(4);
    },
  },
  service: {
    make: () => new ServiceFuzz(new Random(seed)),
    judge: (one) => saw((one as ServiceFuzz).seen),
  },
  icons: {
    make: () => new IconFuzz(new Random(seed)),
    judge: (one) => saw((one as IconFuzz).seen),
  },
  'ring-double': {
    make: () => new RingFuzz(new Random(seed)),
    judge: (one) => saw((one as RingFuzz).seen),
  },
};

const wires = WIRES.filter((wire) => chosen.length === 0 || chosen.includes(wire));
const whole = wires.reduce((sum, wire) => sum + PARTS[wire], 0);

describe(`the wires under fuzzing (seed ${seed})`, () => {
  it.each(wires)('%s holds against a hostile qube', { timeout: limitMs }, async (wire) => {
    const { make, judge } = fuzzers[wire];
    await sayAgain(wire, make);
    judge(await fuzz(wire, make, (seconds * PARTS[wire] * 1000) / whole));
  });
});
