/**
 * The wires against the rooms that parse them: streams of messages, mostly legal,
 * recorded ones among them, spoiled in places. Nothing that a qube says breaks a
 * promise to the desktop, says nonsense to the qube, or throws anything but the end
 * of that qube's conversation. `npm run fuzz` does the same for longer.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readU32 } from '../../../src/protocol/bytes.ts';
import { GuiFuzz } from '../../rig/fuzz/gui.ts';
import { Random } from '../../rig/fuzz/random.ts';
import { ServiceFuzz } from '../../rig/fuzz/service.ts';
import { traces } from '../../unit/protocol/golden.ts';

/** Without a time it is a number of messages: the same ones each time. */
const seconds = Number(process.env['LIVERY_FUZZ_SECONDS'] ?? 0);
const SHORT_MESSAGES = 20_000;
const PROGRESS_MS = 10_000;
/** The service wire is the smaller one. */
const GUI_PART = 0.75;

/** Conversations that once ended badly; each is said again at every run. */
const SEEDS = new URL('../../golden/fuzz/', import.meta.url);

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
  mkdirSync(SEEDS, { recursive: true });
  const file = new URL(`${wire}-${Date.now()}.bin`, SEEDS);
  writeFileSync(file, Buffer.concat(said));
  return file.pathname;
}

async function fuzz(wire: string, make: () => Fuzz, forMs: number): Promise<Fuzz> {
  const one = make();
  // What a later turn of the loop throws ends the process: the conversation is kept first.
  const onCrash = () => process.stderr.write(`wire ${wire}: kept ${keep(wire, one.said)}\n`);
  process.on('uncaughtExceptionMonitor', onCrash);
  const startMs = performance.now();
  let saidMs = startMs;
  const rate = () => {
    const passed = (performance.now() - startMs) / 1000;
    const perSecond = Math.round(one.messages / passed).toLocaleString('en');
    return `${one.messages.toLocaleString('en')} messages, ${perSecond} a second`;
  };
  try {
    while (forMs > 0 ? performance.now() - startMs < forMs : one.messages < SHORT_MESSAGES) {
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

async function sayAgain(wire: string, make: () => Fuzz): Promise<number> {
  let files: string[] = [];
  try {
    files = readdirSync(SEEDS).filter((name) => name.startsWith(`${wire}-`));
  } catch {
    // None was ever kept.
  }
  for (const name of files) {
    using one = make();
    one.connect();
    await one.say(Uint8Array.from(readFileSync(new URL(name, SEEDS))));
  }
  return files.length;
}

const limitMs = seconds * 2000 + 60_000;
const seed = seconds > 0 ? Date.now() & 0x7fff_ffff : 20_221_122;

describe(`the wires under fuzzing (seed ${seed})`, () => {
  const messages = recorded();
  const gui = () => new GuiFuzz(new Random(seed), messages);
  const service = () => new ServiceFuzz(new Random(seed));

  it('hold against the GUI messages of a hostile qube', { timeout: limitMs }, async () => {
    await sayAgain('gui', gui);
    const one = (await fuzz('gui', gui, seconds * GUI_PART * 1000)) as GuiFuzz;
    // Much was let through, and much was not.
    expect(one.desktop.events).toBeGreaterThan(one.messages / 4);
    expect(one.desktop.sessions).toBeGreaterThan(10);
    expect(one.desktop.ends.size).toBeGreaterThan(4);
  });

  it('hold against what it says over the service channel', { timeout: limitMs }, async () => {
    await sayAgain('service', service);
    const one = await fuzz('service', service, seconds * (1 - GUI_PART) * 1000);
    const { seen } = one as ServiceFuzz;
    for (const [what, count] of Object.entries(seen))
      expect([what, count > 0]).toEqual([what, true]);
  });
});
