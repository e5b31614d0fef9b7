/**
 * A75, A76, A78, A79: the answer of a qube that was asked for its text, by the
 * copy chord in the real daemon. That what nobody asked for is dropped is in
 * properties.test.ts.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { type ScriptedLivery, startScriptedLivery } from '../rig/system/scripted-livery.ts';
import { waitUntil } from '../rig/wait.ts';
import { vectorBytes } from '../unit/protocol/golden.ts';
import { vector } from './vector.ts';

let livery: ScriptedLivery;

beforeAll(async () => {
  livery = await startScriptedLivery({
    qubes: { work: 'label = "blue"', vault: 'label = "black"' },
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

/** The vector's header and a body of the length that it says. */
function withBody(id: string): Buffer {
  const header = Buffer.from(vectorBytes(id)).subarray(0, 12);
  return Buffer.concat([header, Buffer.alloc(header.readUInt32LE(8), 0x61)]);
}

const state = async (): Promise<string> => (await livery.client.ask('clipboard.show', {})).state;

/** Asks by the chord and answers with these bytes; an older text was there before. */
async function answered(bytes: Uint8Array): Promise<number> {
  await livery.copy('work', 'what was there before');
  expect(await state()).toBe('kept');
  await livery.askCopy('work');
  const since = livery.files.now;
  livery.agent('work').sendRaw(bytes);
  return since;
}

async function refused(since: number, verdict: string): Promise<void> {
  await livery.files.record(since, { event: 'copy-refused', source: 'work', verdict });
  expect(await state()).toBe('empty');
  // The session goes on, and there is nothing to be pasted.
  await livery.settled('work');
  const given = livery.given('vault').length;
  await livery.paste('vault');
  await livery.files.record(since, { event: 'paste-refused', verdict: 'nothing-copied' });
  expect(livery.given('vault')).toHaveLength(given);
}

vector('A75', async () => {
  const since = await answered(vectorBytes('A75'));
  await livery.files.record(since, { event: 'copied', source: 'work', size: 5 });
  // The request is closed: a second answer is one that nobody asked for.
  livery.agent('work').sendRaw(withBody('A78'));
  await livery.files.record(since, { event: 'answer-dropped', source: 'work' });
  const given = livery.given('vault').length;
  await livery.paste('vault');
  expect((await livery.givenText('vault', given + 1)).toString()).toBe('hello');
  await waitUntil(async () => (await state()) === 'empty', 'it is wiped after one paste');
});

vector('A76', async () => {
  await refused(await answered(vectorBytes('A76')), 'empty');
});

vector('A78', async () => {
  await refused(await answered(withBody('A78')), 'too-large');
  const most = withBody('A78').subarray(0, 12 + 64_000);
  most.writeUInt32LE(64_000, 8);
  const since = await answered(most);
  await livery.files.record(since, { event: 'copied', size: 64_000 });
});

vector('A79', async () => {
  // One byte over what the version carries: the agent's way to say that there was more.
  await refused(await answered(withBody('A79')), 'too-large-in-qube');
});
