/**
 * A configuration taken over in the worst moment: the keeper does not agree,
 * a text was copied under the old labels, a chord was dom0's until now. The
 * daemon is a real process; the qubes are played word by word.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { type ScriptedLivery, startScriptedLivery } from '../rig/system/scripted-livery.ts';
import { waitUntil } from '../rig/wait.ts';

let livery: ScriptedLivery;
let original = '';

beforeAll(async () => {
  livery = await startScriptedLivery({
    qubes: { work: 'label = "blue"', vault: 'label = "black"' },
    policy: '@label:blue vault allow\n@any @any deny\n',
  });
  original = readFileSync(livery.configFile, 'utf8');
});
afterAll(() => livery?.[Symbol.asyncDispose]());

const write = (text: string): void => writeFileSync(livery.configFile, text);
const reload = () => livery.client.ask('reload', {});
const labels = async () => (await livery.client.ask('qubes', {})).map(({ label }) => label);

test('takes over nothing when the keeper refuses', async () => {
  livery.keeper.refusesReload = new UserError('KEEPER_FILE', 'another file');
  write(original.replace('"blue"', '"red"'));
  await expect(reload()).rejects.toMatchObject({ code: 'KEEPER_FILE' });
  expect(await labels()).toEqual(['blue', 'black']);
  livery.keeper.refusesReload = undefined;
  write(original);
  expect(await reload()).toEqual({ changed: [], later: [] });
});

test('takes over nothing when a qube that runs would be another', async () => {
  // The keeper here agrees to anything.
  write(original.replace('label = "blue"', 'label = "red"\nid = 77'));
  await expect(reload()).rejects.toMatchObject({ code: 'RELOAD_REFUSED', exitCode: 2 });
  expect(await labels()).toEqual(['blue', 'black']);
  write(original);
});

test('wipes a text that was copied while the qube had another label', async () => {
  await livery.copy('work', 'of a blue qube');
  expect((await livery.client.ask('clipboard.show', {})).state).toBe('kept');
  write(original.replace('"blue"', '"red"'));
  await reload();
  expect((await livery.client.ask('clipboard.show', {})).state).toBe('empty');
  const since = livery.files.now;
  await livery.copy('work', 'of a red one');
  await livery.paste('vault');
  await livery.files.record(since, { event: 'paste-refused', verdict: 'policy' });
  expect(livery.given('vault')).toEqual([]);
  write(original);
  await reload();
});

test('a chord that is not dom0`s any more is the qube`s, and the new one is not', async () => {
  write(`${original.replace('label = "blue"', 'label = "blue"\nclipboard.copy = "Ctrl+Shift+S"')}`);
  await reload();
  const agent = livery.agent('work');
  await livery.focus('work');
  const asked = agent.heard('clipboardRequest').length;
  const keys = (): number => agent.heard('key').length;
  const before = keys();
  await livery.person.copyChord();
  await waitUntil(() => keys() >= before + 2, 'the qube has the keys');
  expect(agent.heard('clipboardRequest')).toHaveLength(asked);
  write(original);
  await reload();
  await livery.copy('work', 'by the old one again');
});
