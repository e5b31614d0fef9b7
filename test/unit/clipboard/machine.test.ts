/**
 * Every event in every state of the clipboard: what it does, what it refuses,
 * and what it never does.
 */
import { describe, expect, it } from 'vitest';
import { FOCUS_SETTLE_MS, wakeAtMs } from '../../../src/clipboard/machine.ts';
import { BROKEN_POLICY } from '../../../src/clipboard/policy.ts';
import {
  ASK,
  BANK,
  copy,
  Driver,
  data,
  ended,
  facts,
  party,
  paste,
  policyOf,
  TIME,
  VAULT,
  WINDOW,
  WORK,
} from './support.ts';

describe('a copy and a paste', () => {
  it('asks the qube of the chord and no other', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    expect(driver.effects).toEqual([
      { kind: 'request', session: WORK.session, window: WINDOW },
      expect.objectContaining({ kind: 'audit' }),
    ]);
    expect(driver.audit).toEqual(['copy-asked']);
  });

  it('keeps the answer, and says what it is and when it goes', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    driver.feed(data(WORK, facts(12)), 40);
    expect(driver.did).toEqual(['keep', 'notice']);
    expect(driver.notices).toEqual([
      {
        kind: 'copied',
        source: { qube: 'work', label: WORK.label },
        size: 12,
        wipeAtMs: driver.nowMs + 60_000,
      },
    ]);
  });

  it('sends it to the qube of the paste chord and wipes it in the same step', () => {
    const driver = new Driver();
    driver.copied(WORK, facts(12));
    driver.feed(paste(BANK));
    expect(driver.effects.slice(0, 2)).toEqual([
      { kind: 'deliver', session: BANK.session, window: WINDOW, strip: 'none' },
      { kind: 'wipe' },
    ]);
    expect(driver.audit).toEqual(['pasted allowed-by-policy']);
    driver.feed(paste(BANK));
    expect(driver.refusal).toBe('nothing-copied');
    expect(driver.did).toEqual(['notice']);
  });

  it('says to the log who, to whom, how much and by which line, and nothing else', () => {
    const driver = new Driver(policyOf('\n@any @any allow strip=control'));
    driver.copied(WORK, facts(12, { risks: ['newline'] }));
    driver.feed(paste(BANK));
    expect(driver.effects.at(-1)).toEqual({
      kind: 'audit',
      fact: {
        event: 'pasted',
        source: 'work',
        target: 'bank',
        size: 12,
        verdict: 'allowed-by-policy',
        detail: 'line 2 of the policy, strip=control',
      },
    });
  });

  it('does not act in a qube that took the focus a moment ago', () => {
    const driver = new Driver();
    driver.feed(copy(WORK, FOCUS_SETTLE_MS - 1));
    expect(driver.refusal).toBe('focus-moved');
    expect(driver.phase).toBe('empty');
    driver.copied(WORK);
    for (const focusMs of [FOCUS_SETTLE_MS - 1, 0, -5, Number.NaN]) {
      driver.feed(paste(BANK, focusMs));
      expect(driver.did).toEqual(['notice']);
      expect(driver.refusal).toBe('focus-moved');
    }
    driver.feed(copy(BANK, 10));
    expect(driver.phase).toBe('kept');
    driver.feed(paste(BANK, FOCUS_SETTLE_MS));
    expect(driver.did).toContain('deliver');
  });
});

describe('answers', () => {
  it.each([
    ['nothing', facts(0), 'empty'],
    ['one byte over the limit of the qube', facts(64_001), 'too-large'],
    ['"there was more"', facts(256_001), 'too-large-in-qube'],
    ['the warning of an agent', facts(81, { incrWarning: true }), 'too-large-in-qube'],
    ['no UTF-8', facts(9, { risks: ['not-utf8'] }), 'malformed'],
    ['a size that is none', facts(-1), 'malformed'],
    ['a size that is no number', facts(Number.NaN), 'malformed'],
  ])('%s is not kept', (_, about, reason) => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    driver.feed(data(WORK, about));
    expect(driver.did).toEqual(['notice']);
    expect(driver.refusal).toBe(reason);
    expect(driver.audit).toEqual([`copy-refused ${reason}`]);
    expect(driver.phase).toBe('empty');
    expect(wakeAtMs(driver.state)).toBeUndefined();
  });

  it('takes exactly what the limit of the qube says', () => {
    for (const maxBytes of [256, 64_000, 256_000]) {
      const from = party(9, 'work', { maxBytes });
      const driver = new Driver();
      driver.copied(from, facts(maxBytes));
      expect(driver.phase).toBe('kept');
      driver.copied(from, facts(maxBytes + 1));
      expect(driver.phase).toBe('empty');
    }
  });

  it('does not take what an old agent most likely cut', () => {
    const old = party(9, 'work', { maxBytes: 256_000, sendMax: 65_000 });
    const driver = new Driver();
    driver.copied(old, facts(64_999));
    expect(driver.phase).toBe('kept');
    driver.copied(old, facts(65_000));
    expect(driver.refusal).toBe('too-large-in-qube');
  });

  it('says no size of what was too large for the qube itself', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    driver.feed(data(WORK, facts(81, { incrWarning: true })));
    expect(driver.notices[0]).toMatchObject({ reason: 'too-large-in-qube', size: undefined });
  });

  it('waits only so long, and an answer in the same moment is late already', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 2000);
    driver.feed(data(WORK, facts(5)), 2000);
    expect(driver.refusal).toBe('no-answer');
    expect(driver.did).toEqual(['notice']);
    expect(driver.audit).toEqual(['copy-refused no-answer', 'answer-dropped late']);
  });

  it('drops a second one, one that nobody asked for, and one of another session, silently', () => {
    const driver = new Driver();
    driver.feed(data(BANK, facts(5)));
    expect([driver.did, driver.audit]).toEqual([[], ['answer-dropped unrequested']]);
    driver.feed(copy(WORK));
    driver.feed(data(BANK, facts(5)));
    expect([driver.did, driver.phase]).toEqual([[], 'waiting']);
    driver.feed(data(WORK, facts(6)));
    const kept = driver.state.phase;
    driver.feed(data(WORK, facts(7)));
    expect([driver.did, driver.audit]).toEqual([[], ['answer-dropped second']]);
    driver.feed(data(WORK, facts(7)));
    expect(driver.audit).toEqual(['answer-dropped unrequested']);
    expect(driver.state.phase).toEqual(kept);
  });

  // Weakness 3 of the reference: a qube that was asked once could wipe at times of its choice.
  it.each([
    ['empty', facts(0)],
    ['too large', facts(256_001)],
    ['a text', facts(10)],
    ['the warning', facts(81, { incrWarning: true })],
  ])('that nobody waits for, %s, changes nothing that is kept', (_, about) => {
    const driver = new Driver(ASK);
    driver.feed(copy(BANK));
    driver.copied(WORK);
    const kept = driver.state.phase;
    for (const from of [BANK, WORK, VAULT]) {
      driver.feed(data(from, about), 10);
      expect(driver.did).toEqual([]);
      expect(driver.state.phase).toEqual(kept);
    }
    driver.feed(paste(BANK));
    const asking = driver.state.phase;
    driver.feed(data(WORK, about), 10);
    expect(driver.state.phase).toEqual(asking);
  });

  it('records few of those that a qube sends unasked, then how many there were', () => {
    const driver = new Driver();
    let told = 0;
    for (let i = 0; i < 1000; i++) told += driver.feed(data(WORK, facts(5)), 1).length;
    expect(told).toBe(10);
    driver.feed(data(BANK, facts(5)));
    expect(driver.audit).toHaveLength(1);
    driver.feed(data(WORK, facts(5)), 60_000);
    expect(driver.effects).toMatchObject([
      { fact: { detail: '990 more before, not recorded one by one' } },
    ]);
    driver.feed(ended(WORK));
    driver.feed(ended(BANK));
    expect(driver.state.strays).toEqual([]);
  });
});

describe('a second copy chord', () => {
  it('in the same qube does not ask again while an answer is waited for', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    driver.feed(copy(WORK), 100);
    expect([driver.did, driver.refusal]).toEqual([['notice'], 'busy']);
    driver.feed(data(WORK, facts(5)));
    expect(driver.phase).toBe('kept');
  });

  it('in another qube replaces the request; what the first one answers is dropped', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    driver.feed(copy(BANK), 100);
    expect(driver.audit).toEqual(['copy-refused replaced', 'copy-asked']);
    driver.feed(data(WORK, facts(5)));
    expect([driver.did, driver.audit]).toEqual([[], ['answer-dropped late']]);
    driver.feed(data(BANK, facts(6)));
    expect(driver.did).toContain('keep');
    expect(driver.notices).toMatchObject([{ source: { qube: 'bank' }, size: 6 }]);
  });

  it('wipes the text that was kept, before anything is asked', () => {
    const driver = new Driver();
    driver.copied(VAULT);
    driver.feed(copy(WORK));
    expect(driver.did).toEqual(['wipe', 'request']);
    expect(driver.audit).toEqual(['wiped replaced', 'copy-asked']);
  });

  // The user believes that the new text is there: the old password must not come out.
  it.each([
    ['is not answered', undefined],
    ['is answered with nothing', facts(0)],
    ['is answered with too much', facts(64_001)],
  ])('that %s leaves nothing of the old text to paste', (_, about) => {
    const driver = new Driver();
    driver.copied(VAULT);
    driver.feed(copy(WORK));
    driver.feed(paste(BANK));
    expect(driver.refusal).toBe('busy');
    if (about) driver.feed(data(WORK, about));
    else driver.feed(TIME, 2000);
    driver.feed(paste(BANK));
    expect(driver.refusal).toBe('nothing-copied');
  });
});

describe('the policy at a paste', () => {
  it.each([
    ['deny', '@any @any deny', 'policy'],
    ['no line', 'vault bank allow', 'policy'],
    ['a size over max_size', '@any @any allow max_size=9', 'too-large-for-policy'],
  ])('%s refuses and leaves the text', (_, text, reason) => {
    const driver = new Driver(policyOf(text));
    driver.copied(WORK, facts(10));
    driver.feed(paste(BANK));
    expect([driver.did, driver.refusal, driver.phase]).toEqual([['notice'], reason, 'kept']);
  });

  it('with a mistake refuses everything', () => {
    const driver = new Driver(BROKEN_POLICY);
    driver.copied(WORK);
    driver.feed(paste(WORK));
    expect([driver.did, driver.refusal]).toEqual([['notice'], 'policy-broken']);
  });

  it('refuses a text that is older than its ttl', () => {
    const driver = new Driver(policyOf('@any @any allow ttl=30'));
    driver.copied(WORK);
    driver.feed(paste(BANK), 30_000);
    expect([driver.refusal, driver.phase]).toEqual(['expired-by-policy', 'kept']);
    driver.copied(WORK);
    driver.feed(paste(BANK), 29_999);
    expect(driver.did).toContain('deliver');
  });

  // Weakness 7 of the reference: no cap at all for what is pasted.
  it('never sends more than the target takes, and does not ask about it', () => {
    const old = party(9, 'bank', { sendMax: 65_000 });
    const driver = new Driver(ASK);
    driver.copied(party(8, 'work', { maxBytes: 256_000 }), facts(65_001));
    driver.feed(paste(old));
    expect([driver.did, driver.refusal]).toEqual([['notice'], 'too-large-for-target']);
    driver.feed(paste(party(9, 'bank', { sendMax: 0 })));
    expect([driver.did, driver.refusal]).toEqual([['notice'], 'target-gone']);
  });
});

describe('a text that other daemons share', () => {
  const foreign = party(77, 'mail', { maxBytes: 256_000 });
  const shared = (size?: number) =>
    ({
      kind: 'shared',
      text: size === undefined ? undefined : { source: foreign, facts: facts(size) },
    }) as const;

  it('takes the place of ours, is pasted by the policy, and tells nobody that it came', () => {
    const driver = new Driver(policyOf('work @any deny\n@any @any ask'));
    driver.copied(WORK, facts(3));
    driver.feed(shared(70_000));
    expect(driver.did).toEqual(['wipe', 'keep']);
    expect(driver.audit).toEqual(['wiped replaced', 'shared']);
    driver.feed(paste(VAULT));
    expect(driver.did).toEqual(['ask']);
  });

  it('none: ours is stale, and nothing can be pasted', () => {
    const driver = new Driver();
    driver.copied(WORK, facts(3));
    driver.feed(shared());
    expect(driver.did).toEqual(['wipe']);
    driver.feed(paste(VAULT));
    expect(driver.refusal).toBe('nothing-copied');
  });

  it('is held to the rules for an answer', () => {
    const driver = new Driver();
    driver.feed(shared(256_001));
    expect(driver.did).toEqual(['wipe', 'notice']);
    expect(driver.audit).toEqual(['paste-refused too-large-in-qube']);
    driver.feed(paste(VAULT));
    expect(driver.refusal).toBe('nothing-copied');
  });
});
