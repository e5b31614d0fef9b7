/**
 * What a qube can say about the clipboard, and what comes of it: attacks 29,
 * 30 and 33 of the field survey. The daemon is the real one, the qubes are
 * played word by word.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { pause } from '../rig/system/clipboard-user.ts';
import { type ScriptedLivery, startScriptedLivery, WINDOW } from '../rig/system/scripted-livery.ts';

const ANSWER_MS = 600;
/** The sentence of Qubes' agent when a program offers its text in pieces (gui-agent 3.7). */
const INCR_SENTENCE =
  'Qube clipboard size over 256KiB and X11 INCR protocol support is not implemented!';

let livery: ScriptedLivery;

beforeAll(async () => {
  livery = await startScriptedLivery({
    qubes: {
      work: 'label = "blue"',
      vault: 'label = "black"',
      untrusted: 'label = "red"',
    },
    policy: 'work vault allow\nuntrusted vault allow\nvault work allow strip=control\n',
    clipboard: `answer_ms = ${ANSWER_MS}`,
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

/** Nothing is kept: a paste is refused, and nobody was given anything. */
async function nothingIsKept(): Promise<void> {
  const given = livery.given('vault').length;
  const since = livery.files.now;
  await livery.paste('vault');
  await livery.files.record(since, { event: 'paste-refused', verdict: 'nothing-copied' });
  expect(livery.given('vault')).toHaveLength(given);
}

/** Pastes into vault; what it is given. */
async function pasted(): Promise<string> {
  const given = livery.given('vault').length;
  await livery.paste('vault');
  return (await livery.givenText('vault', given + 1)).toString('utf8');
}

describe('29. answers that were not asked for', () => {
  test('data without a request is dropped', async () => {
    const since = livery.files.now;
    livery.answer('work', 'nobody asked');
    const fields = { event: 'answer-dropped', source: 'work', verdict: 'unrequested' } as const;
    expect(await livery.files.record(since, fields)).toMatchObject({ size: 12 });
    await nothingIsKept();
  });

  test('of two answers to one request the first counts', async () => {
    await livery.askCopy('work');
    const since = livery.files.now;
    livery.answer('work', 'the first');
    livery.answer('work', 'the second');
    await livery.files.record(since, { event: 'answer-dropped', verdict: 'second' });
    expect(await pasted()).toBe('the first');
    await nothingIsKept();
  });

  test('an answer after the time limit is dropped', async () => {
    const since = livery.files.now;
    await livery.askCopy('work');
    await livery.files.record(since, { event: 'copy-refused', verdict: 'no-answer' });
    livery.answer('work', 'too late');
    await livery.files.record(since, { event: 'answer-dropped', verdict: 'late' });
    await nothingIsKept();
  });

  test('another qube cannot answer, and the right one still can', async () => {
    await livery.askCopy('work');
    const since = livery.files.now;
    livery.answer('untrusted', 'from the wrong qube');
    await livery.files.record(since, { event: 'answer-dropped', source: 'untrusted' });
    livery.answer('work', 'from the right qube');
    await livery.files.record(since, { event: 'copied', source: 'work' });
    expect(await pasted()).toBe('from the right qube');
  });

  test('the window of an answer decides nothing: it is the session that was asked', async () => {
    await livery.askCopy('work');
    const since = livery.files.now;
    // A window that was never made, as Qubes' agent does it, too.
    const window = 0x7777 as VmWindowId;
    livery.agent('work').send({ name: 'clipboardData', window, data: Buffer.from('any window') });
    expect(await livery.files.record(since, { event: 'copied' })).toMatchObject({ source: 'work' });
    expect(await pasted()).toBe('any window');
  });

  test('a text that is there is not touched by answers that nobody waits for', async () => {
    await livery.copy('work', 'the real one');
    const since = livery.files.now;
    for (const name of ['work', 'untrusted', 'vault']) livery.answer(name, 'instead of it');
    livery.answer('untrusted', '');
    await livery.files.record(since, { event: 'answer-dropped', source: 'vault' });
    expect(await pasted()).toBe('the real one');
  });
});

describe('30. sizes and bytes', () => {
  test('a body that is announced and never comes is no answer', async () => {
    const since = livery.files.now;
    await livery.askCopy('untrusted');
    const message: FromVmDraft = {
      ...{ name: 'clipboardData', window: WINDOW },
      data: Buffer.alloc(1000, 0x61),
    };
    const bytes = encodeFromVm(message, NEWEST);
    livery.agent('untrusted').sendRaw(bytes.subarray(0, 200));
    await livery.files.record(since, { event: 'copy-refused', verdict: 'no-answer' });
    livery.agent('untrusted').sendRaw(bytes.subarray(200));
    await livery.files.record(since, { event: 'answer-dropped', verdict: 'late' });
    await nothingIsKept();
  });

  test('the sentence that stands for INCR is not taken for the text', async () => {
    const since = livery.files.now;
    await livery.askCopy('work');
    livery.answer('work', INCR_SENTENCE);
    await livery.files.record(since, { event: 'copy-refused', verdict: 'too-large-in-qube' });
    await nothingIsKept();
  });

  test('the limit is exact: 64,000 bytes are kept, one more is not', async () => {
    await livery.copy('work', Buffer.alloc(64_000, 0x61));
    expect(await pasted()).toHaveLength(64_000);
    const since = livery.files.now;
    await livery.askCopy('work');
    livery.answer('work', Buffer.alloc(64_001, 0x61));
    const refused = await livery.files.record(since, { event: 'copy-refused', source: 'work' });
    expect(refused).toMatchObject({ verdict: 'too-large', size: 64_001 });
    await nothingIsKept();
  });

  test('more than the wire can carry ends the session of that qube', async () => {
    await livery.askCopy('untrusted');
    const header = Buffer.alloc(12);
    header.writeUInt32LE(140, 0);
    header.writeUInt32LE(WINDOW, 4);
    header.writeUInt32LE(256_002, 8);
    const agent = livery.agent('untrusted');
    const { connections } = agent;
    agent.sendRaw(header);
    await agent.gone();
    // It is connected again by itself, as a session of its own.
    while (agent.connections === connections || !agent.version) await pause(20);
    await livery.show('untrusted');
    await nothingIsKept();
  });

  test('nothing is an answer too: what was there is gone', async () => {
    await livery.copy('work', 'old text');
    const since = livery.files.now;
    await livery.askCopy('work');
    livery.answer('work', '');
    await livery.files.record(since, { event: 'copy-refused', verdict: 'empty' });
    await nothingIsKept();
  });

  test.each([
    ['a byte that is nowhere in UTF-8', [0x61, 0xff, 0x62]],
    ['half a character at the end', [0x61, 0xe4, 0xbd]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a slash in two bytes', [0xc0, 0xaf]],
  ])('%s: no UTF-8 is no text', async (_, bytes) => {
    const since = livery.files.now;
    await livery.askCopy('work');
    livery.answer('work', Uint8Array.from(bytes));
    await livery.files.record(since, { event: 'copy-refused', verdict: 'malformed' });
    await nothingIsKept();
  });

  test('NUL arrives as it is, or is taken out by the rule', async () => {
    await livery.copy('work', 'a\0b');
    expect(await pasted()).toBe('a\0b');
    await livery.copy('vault', 'a\0b');
    const before = livery.given('work').length;
    await livery.paste('work');
    expect((await livery.givenText('work', before + 1)).toString()).toBe('ab');
  });
});

describe('33. a qube asks for keys', () => {
  /** Every kind of message that an agent can say, with numbers as they come. */
  function anything(): FromVmDraft {
    const pick = <T>(...from: readonly T[]): T => from[randomInt(from.length)] as T;
    const place = (): number => pick(-5000, -1, 0, 1, 300, 5000);
    const size = (): number => pick(1, 2, 200, 1000);
    const other = 0x0040_0100 as VmWindowId;
    const rect = { x: place(), y: place(), width: size(), height: size() };
    const messages: readonly FromVmDraft[] = [
      { name: 'clipboardData', window: pick(WINDOW, other), data: Buffer.alloc(randomInt(300), 1) },
      { name: 'clipboardData', window: WINDOW, data: Buffer.from('instead of it') },
      { name: 'configure', window: WINDOW, ...rect, overrideRedirect: false },
      { name: 'map', window: WINDOW, transientFor: undefined, overrideRedirect: false },
      { name: 'flags', window: WINDOW, set: pick(0, 1, 2, 4), unset: pick(0, 1, 2, 4) },
      { name: 'title', window: WINDOW, text: Buffer.from(pick('Paste', 'Ctrl+Shift+V', '')) },
      { name: 'cursor', window: WINDOW, glyph: pick(undefined, 0, 68) },
      { name: 'shmImage', window: WINDOW, x: 0, y: 0, width: size(), height: size() },
    ];
    return messages[randomInt(messages.length)] as FromVmDraft;
  }

  test('and gets nothing: 3,000 messages of every kind copy and paste nothing', async () => {
    await livery.copy('work', 'what the user copied');
    const requests = () =>
      ['work', 'vault', 'untrusted'].map((name) => [
        livery.agent(name).heard('clipboardRequest').length,
        livery.given(name).length,
      ]);
    const before = requests();
    const since = livery.files.now;
    for (let round = 0; round < 30; round++) {
      for (const name of ['work', 'untrusted']) {
        livery.agent(name).send(...Array.from({ length: 50 }, anything));
      }
      await pause(10);
    }
    await Promise.all([livery.settled('work'), livery.settled('untrusted')]);
    expect(requests()).toEqual(before);
    const events = livery.files.records().filter(({ seq }) => seq > since);
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['answer-dropped']));
    // A qube cannot fill the log either.
    expect(events.length).toBeLessThanOrEqual(2 * 10);
    expect(await pasted()).toBe('what the user copied');
  });
});
