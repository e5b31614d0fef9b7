/**
 * What a text can carry, who may be given it, and for how long: attacks 31, 37,
 * 39 and 40 of the field survey.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { QubeName, VmWindowId } from '../../src/base/ids.ts';
import { START, step, wakeAtMs } from '../../src/clipboard/machine.ts';
import type { ClipboardState } from '../../src/clipboard/machine-state.ts';
import type { ClipboardEvent } from '../../src/clipboard/machine-types.ts';
import type { Party, SessionTag } from '../../src/clipboard/party.ts';
import { parsePolicy } from '../../src/clipboard/policy-file.ts';
import { textFacts } from '../../src/clipboard/risks.ts';
import { BUILTIN_LABELS, type Label } from '../../src/trust/label.ts';
import { type ScriptedLivery, startScriptedLivery } from '../rig/system/scripted-livery.ts';
import { waitUntil } from '../rig/wait.ts';

const POLICY =
  'work vault allow strip=control\nwork untrusted ask\nvault work allow strip=newlines\n';
/** Ends a bracketed paste, hides a command, turns what is read round. */
const JACKED = 'echo safe\u001b[201~\nrm -rf /\n\u202etxt.exe\u009b31m\u0007';

let livery: ScriptedLivery;

beforeAll(async () => {
  livery = await startScriptedLivery({
    qubes: { work: 'label = "blue"', vault: 'label = "black"', untrusted: 'label = "red"' },
    policy: POLICY,
  });
});
afterAll(() => livery?.[Symbol.asyncDispose]());

describe('31. text that does more than be text', () => {
  test('is taken out where the policy says so', async () => {
    await livery.copy('work', JACKED);
    const given = livery.given('vault').length;
    await livery.paste('vault');
    const text = (await livery.givenText('vault', given + 1)).toString('utf8');
    expect(text).toBe('echo safe[201~\nrm -rf /\ntxt.exe31m');

    await livery.copy('vault', `one\r\ntwo\u2028three\n${JACKED}`);
    const before = livery.given('work').length;
    await livery.paste('work');
    const line = (await livery.givenText('work', before + 1)).toString('utf8');
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
    expect(line).toContain('echo safe[201~ rm -rf /');
  });

  test('is told of in the prompt, and Cancel is what is chosen', async () => {
    const promptFor = async (text: string): Promise<number> => {
      await livery.copy('work', text);
      await livery.paste('untrusted');
      const { rect } = await livery.person.prompt();
      const since = livery.files.now;
      // Enter, without looking.
      await livery.screen.user.tap(0xff0d);
      await livery.files.record(since, { event: 'paste-refused', verdict: 'cancelled' });
      await livery.person.noPrompt();
      return rect.height;
    };
    const plain = await promptFor('plain words');
    const risky = await promptFor(JACKED);
    // Each risk has a line of its own; their words are tested where they are made.
    expect(risky).toBeGreaterThan(plain);
    expect(livery.given('untrusted')).toEqual([]);
  });
});

describe('37. the text of a session is that session\u2019s', () => {
  test('it is wiped when its qube ends, and a new qube of that name has none of it', async () => {
    await livery.copy('work', 'of the old session');
    const since = livery.files.now;
    await livery.keeper.stop('work');
    await livery.files.record(since, { event: 'wiped', verdict: 'source-ended' });
    await livery.start('work');
    const given = livery.given('vault').length;
    await livery.paste('vault');
    await livery.files.record(since, { event: 'paste-refused', verdict: 'nothing-copied' });
    expect(livery.given('vault')).toHaveLength(given);
  });

  test('a request to the old session is not answered by the new one', async () => {
    await livery.askCopy('work');
    const since = livery.files.now;
    livery.agent('work').hangUp();
    await livery.files.record(since, { event: 'copy-refused', verdict: 'no-answer' });
    const agent = livery.agent('work');
    await waitUntil(() => agent.version !== undefined, 'it is connected again', {
      limitMs: 20_000,
    });
    await livery.show('work');
    livery.answer('work', 'of the new session');
    const dropped = await livery.files.record(since, { event: 'answer-dropped', source: 'work' });
    expect(dropped.verdict).toBe('unrequested');
  });

  test('a prompt about a qube that ends is gone, and its successor is given nothing', async () => {
    await livery.copy('work', 'for the one that was there');
    await livery.paste('untrusted');
    await livery.person.prompt();
    const since = livery.files.now;
    await livery.keeper.stop('untrusted');
    await livery.files.record(since, { event: 'paste-refused', verdict: 'target-gone' });
    await livery.person.noPrompt();
    await livery.start('untrusted');
    await livery.person.allow();
    await livery.settled('untrusted');
    expect(livery.given('untrusted')).toEqual([]);
    expect(
      livery.files.records().filter((one) => one.seq > since && one.event === 'pasted'),
    ).toEqual([]);
  });
});

describe('39. the policy file', () => {
  const policy = (): string => livery.files.policy;

  afterEach(async () => {
    rmSync(policy(), { recursive: true, force: true });
    livery.files.setPolicy(POLICY);
    await waitUntil(() => allows(), 'the policy holds again');
  });

  /** Whether a paste is allowed by what the daemon has read; the text is gone then. */
  async function allows(): Promise<boolean> {
    return (await verdict()) === 'pasted';
  }

  async function verdict(): Promise<string | undefined> {
    await livery.copy('work', 'under which policy');
    const since = livery.files.now;
    await livery.paste('vault');
    return waitUntil(() => {
      const [record] = livery.files
        .records()
        .filter(({ seq, event }) => seq > since && /^past/.test(event));
      return record && (record.event === 'pasted' ? 'pasted' : record.verdict);
    }, 'the paste has an outcome');
  }

  test.each<readonly [what: string, spoil: () => void]>([
    ['a mistake in a line', () => livery.files.setPolicy('work vault allow\nwork vault alow\n')],
    ['an unknown option', () => livery.files.setPolicy('work vault allow forever=yes\n')],
    [
      'a qube that is not there',
      () => livery.files.setPolicy('@any @any allow\nwrok vault deny\n'),
    ],
    ['no file', () => rmSync(policy())],
    [
      'a symbolic link',
      () => {
        renameSync(policy(), `${policy()}.real`);
        symlinkSync(`${policy()}.real`, policy());
      },
    ],
    ['a file that everybody may write', () => chmodSync(policy(), 0o666)],
    [
      'a directory',
      () => {
        rmSync(policy());
        mkdirSync(policy());
      },
    ],
  ])('%s: nothing is allowed, and the screen says so', async (_, spoil) => {
    expect(await allows()).toBe(true);
    spoil();
    await waitUntil(async () => (await verdict()) === 'policy-broken', 'the policy is broken');
    const given = livery.given('vault').length;
    expect(await verdict()).toBe('policy-broken');
    expect(livery.given('vault')).toHaveLength(given);
    expect(await livery.person.surfaces('livery notice')).toHaveLength(1);
    expect(livery.daemon.err).toMatch(/policy/i);
  });
});

describe('40. clocks', () => {
  const label = (name: string): Label => BUILTIN_LABELS.find((one) => one.name === name) as Label;
  const party = (session: number, qube: string): Party => ({
    session: session as SessionTag,
    qube: qube as QubeName,
    label: label('blue'),
    ...{ careful: false, maxBytes: 64_000, sendMax: 256_000 },
  });
  const parsed = parsePolicy('@any @any allow ttl=30\n', { qubes: [], labels: [] });
  const settings = { keepMs: 60_000, answerMs: 2_000, promptMs: 30_000 };
  const [a, b] = [party(1, 'a'), party(2, 'b')];
  const window = 7 as VmWindowId;
  const bytes = Buffer.from('x');

  function play(startMs: number, ...events: readonly (readonly [number, ClipboardEvent])[]) {
    if (!parsed.ok) throw new Error('the policy of the test is wrong');
    let state: ClipboardState = START;
    const effects: string[] = [];
    for (const [afterMs, event] of events) {
      const next = step(state, event, parsed.policy, settings, startMs + afterMs);
      state = next.state;
      effects.push(...next.effects.map(({ kind }) => kind));
    }
    return { state, effects };
  }

  const copy: ClipboardEvent = { kind: 'copy', from: a, window, focusMs: 1000 };
  const data: ClipboardEvent = {
    ...{ kind: 'data', session: a.session, qube: a.qube },
    facts: textFacts(bytes),
  };
  const paste: ClipboardEvent = { kind: 'paste', into: b, window, focusMs: 1000 };

  test.each([2 ** 31, 2 ** 32, 2 ** 53 - 2 ** 20])('nothing changes when %d ms go by', (wrap) => {
    for (const before of [0, 1, 500, 1_999, 15_000]) {
      const startMs = wrap - before;
      expect(play(startMs, [0, copy], [500, data], [29_000, paste]).effects).toContain('deliver');
      // Too old for the rule, and gone after its time.
      expect(play(startMs, [0, copy], [500, data], [30_600, paste]).effects).not.toContain(
        'deliver',
      );
      const late = play(startMs, [0, copy], [500, data], [60_501, { kind: 'time' }]);
      expect(late.state.phase.kind).toBe('empty');
      expect(late.effects).toContain('wipe');
      const slow = play(startMs, [0, copy], [2_001, data]);
      expect(slow.effects).not.toContain('keep');
      const kept = play(startMs, [0, copy], [500, data]);
      expect(wakeAtMs(kept.state)).toBe(startMs + 60_500);
    }
  });

  test('a clock that goes back keeps no text longer', () => {
    const { state } = play(10_000_000, [0, copy], [500, data], [-9_000_000, { kind: 'time' }]);
    expect(wakeAtMs(state)).toBe(1_000_000 + 60_000);
  });
});
