/**
 * What comes after a text was copied: prompts, wiping, sessions that end, time,
 * and what the desktop could not do.
 */
import { describe, expect, it } from 'vitest';
import { START, step, wakeAtMs } from '../../../src/clipboard/machine.ts';
import type { PromptVerdict } from '../../../src/clipboard/machine-types.ts';
import {
  ALLOW,
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
  SETTINGS,
  TIME,
  VAULT,
  WORK,
} from './support.ts';

const verdict = (driver: Driver, said: PromptVerdict, id = driver.promptId()) =>
  driver.feed({ kind: 'prompt', id, verdict: said });

describe('a prompt', () => {
  const asking = (): Driver => {
    const driver = new Driver(ASK);
    driver.copied(WORK, facts(10, { risks: ['newline'] }));
    driver.feed(paste(BANK));
    return driver;
  };

  it('is told all that it shows; nothing is sent meanwhile', () => {
    const driver = asking();
    expect(driver.did).toEqual(['ask']);
    expect(driver.effects[0]).toEqual({
      kind: 'ask',
      prompt: {
        id: 1,
        source: WORK,
        target: BANK,
        text: facts(10, { risks: ['newline'] }),
        strip: 'none',
        deadlineMs: driver.nowMs + 30_000,
      },
    });
  });

  it('answered with "allow" sends once', () => {
    const driver = asking();
    const id = driver.promptId();
    verdict(driver, 'allow');
    expect(driver.did).toEqual(['deliver', 'wipe', 'notice']);
    expect(driver.audit).toEqual(['pasted allowed-by-user']);
    verdict(driver, 'allow', id);
    expect(driver.effects).toEqual([]);
  });

  it.each([
    ['deny', 'cancelled'],
    ['timeout', 'prompt-timeout'],
    ['lost', 'prompt-lost'],
  ] as const)('answered with "%s" sends nothing and leaves the text', (said, reason) => {
    const driver = asking();
    verdict(driver, said);
    expect([driver.did, driver.refusal, driver.phase]).toEqual([['notice'], reason, 'kept']);
  });

  it('answers itself with "no"', () => {
    const driver = asking();
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 30_000);
    driver.feed(TIME, 30_000);
    expect([driver.did, driver.refusal]).toEqual([['end-ask', 'notice'], 'prompt-timeout']);
  });

  it('that is over is not answered any more, also when its time runs out with the answer', () => {
    const driver = asking();
    const id = driver.promptId();
    driver.feed({ kind: 'prompt', id, verdict: 'allow' }, 30_000);
    expect(driver.did).toEqual(['end-ask', 'notice']);
    driver.feed(paste(BANK));
    verdict(driver, 'allow', id);
    expect([driver.effects, driver.phase]).toEqual([[], 'asking']);
  });

  it.each([
    ['a new copy', copy(VAULT), ['end-ask', 'wipe', 'request'], 'waiting'],
    ['a wish to wipe', { kind: 'wipe' }, ['end-ask', 'wipe', 'notice'], 'empty'],
    ['the lock', { kind: 'locked' }, ['end-ask', 'wipe', 'notice'], 'empty'],
    ['another policy', { kind: 'policy-changed' }, ['end-ask', 'wipe', 'notice'], 'empty'],
    ['the end of the source', ended(WORK), ['end-ask', 'wipe', 'notice'], 'empty'],
    ['the end of the target', ended(BANK), ['end-ask', 'notice'], 'kept'],
  ] as const)('ends with %s', (_, event, did, phase) => {
    const driver = asking();
    const id = driver.promptId();
    driver.feed(event);
    expect([driver.did, driver.phase]).toEqual([did, phase]);
    expect(driver.effects).toContainEqual({ kind: 'end-ask', id });
    verdict(driver, 'allow', id);
    expect(driver.did).toEqual([]);
  });

  it('does not keep the text longer than its time', () => {
    const driver = asking();
    driver.settings = { ...SETTINGS, promptMs: 100_000 };
    verdict(driver, 'deny');
    driver.feed(paste(BANK));
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 60_000);
    driver.feed(TIME, 60_000);
    expect(driver.did).toEqual(['end-ask', 'wipe', 'notice']);
    expect(driver.audit).toEqual(['paste-refused wiped', 'wiped time']);
  });

  it('refuses another paste chord while it is open', () => {
    const driver = asking();
    driver.feed(paste(VAULT));
    expect([driver.did, driver.refusal, driver.phase]).toEqual([['notice'], 'busy', 'asking']);
  });

  it.each([
    ['denies', '@any @any deny', 'policy'],
    ['strips something else', '@any @any ask strip=control', 'policy'],
    ['finds it too old', '@any @any ask ttl=1', 'expired-by-policy'],
  ])('cannot allow what the policy by then %s', (_, text, reason) => {
    const driver = asking();
    driver.policy = policyOf(text);
    driver.feed(TIME, 2000);
    verdict(driver, 'allow');
    expect([driver.did, driver.refusal]).toEqual([['notice'], reason]);
  });
});

describe('wiping', () => {
  it.each([
    ['on demand', { kind: 'wipe' }, 'asked'],
    ['on lock', { kind: 'locked' }, 'lock'],
    ['at the end of the source', ended(WORK), 'source-ended'],
    ['with another policy', { kind: 'policy-changed' }, 'policy-reload'],
  ] as const)('%s says so and leaves nothing', (_, event, cause) => {
    const driver = new Driver();
    driver.copied(WORK);
    driver.feed(event);
    expect(driver.did).toEqual(['wipe', 'notice']);
    expect(driver.notices).toMatchObject([{ kind: 'wiped', cause, source: { qube: 'work' } }]);
    expect(driver.audit).toEqual([`wiped ${cause}`]);
    driver.feed(paste(WORK));
    expect(driver.refusal).toBe('nothing-copied');
  });

  it('comes after the time that is set, or never', () => {
    const driver = new Driver();
    driver.copied(WORK);
    driver.feed(TIME, 59_999);
    expect(driver.effects).toEqual([]);
    driver.feed(TIME, 1);
    expect(driver.audit).toEqual(['wiped time']);
    driver.settings = { ...SETTINGS, keepMs: undefined };
    driver.copied(WORK);
    expect(driver.notices).toMatchObject([{ wipeAtMs: undefined }]);
    expect(wakeAtMs(driver.state)).toBeUndefined();
    driver.feed(TIME, 1e12);
    expect(driver.phase).toBe('kept');
  });

  it('comes first when a timer is late: the paste finds nothing', () => {
    const driver = new Driver();
    driver.copied(WORK);
    driver.feed(paste(BANK), 60_000);
    expect(driver.did).toEqual(['wipe', 'notice', 'notice']);
    expect(driver.refusal).toBe('nothing-copied');
  });

  it('leaves the text of another session of the same qube alone, and that of no other', () => {
    const driver = new Driver();
    driver.copied(WORK);
    driver.feed(ended(party(77, 'work')));
    expect(driver.phase).toBe('kept');
    driver.feed(ended(BANK));
    expect(driver.phase).toBe('kept');
  });

  it('also takes back a request, whose answer is then late', () => {
    for (const event of [{ kind: 'wipe' }, { kind: 'locked' }] as const) {
      const driver = new Driver();
      driver.feed(copy(WORK));
      driver.feed(event);
      expect([driver.did, driver.phase]).toEqual([['wipe'], 'empty']);
      driver.feed(data(WORK, facts(4)));
      expect([driver.did, driver.audit]).toEqual([[], ['answer-dropped late']]);
    }
  });

  it('goes to the vault also when nothing should be in it', () => {
    const driver = new Driver();
    driver.feed({ kind: 'wipe' });
    expect(driver.effects).toEqual([{ kind: 'wipe' }]);
  });
});

describe('what the desktop could not do', () => {
  it('a text that found no place is wiped and refused', () => {
    const driver = new Driver(ASK);
    driver.copied(WORK);
    driver.feed({ kind: 'not-kept', session: BANK.session });
    expect(driver.phase).toBe('kept');
    driver.feed({ kind: 'not-kept', session: WORK.session });
    expect([driver.did, driver.refusal]).toEqual([['wipe', 'notice'], 'storage']);
    expect(driver.phase).toBe('empty');
  });

  it('a text that could not be sent is told as refused, once, and only right after', () => {
    const driver = new Driver();
    driver.copied(WORK, facts(33));
    driver.feed(paste(BANK));
    driver.feed({ kind: 'not-sent', session: BANK.session });
    expect(driver.notices).toMatchObject([
      { reason: 'target-gone', source: { qube: 'work' }, target: { qube: 'bank' }, size: 33 },
    ]);
    driver.feed({ kind: 'not-sent', session: BANK.session });
    expect(driver.effects).toEqual([]);
    driver.copied(WORK);
    driver.feed(paste(BANK));
    driver.feed(TIME);
    driver.feed({ kind: 'not-sent', session: BANK.session });
    expect(driver.effects).toEqual([]);
  });
});

describe('sessions', () => {
  // field-survey D2, 37.
  it('a restarted qube gets no answer of its former life taken', () => {
    const driver = new Driver();
    driver.feed(copy(WORK));
    driver.feed(ended(WORK));
    expect(driver.refusal).toBe('no-answer');
    const again = party(50, 'work');
    driver.feed(copy(again));
    driver.feed(data(WORK, facts(5)));
    expect([driver.did, driver.phase]).toEqual([[], 'waiting']);
  });

  it('the end of a qube that has nothing to do with it does nothing', () => {
    const driver = new Driver(ASK);
    driver.copied(WORK);
    driver.feed(paste(BANK));
    driver.feed(ended(VAULT));
    expect([driver.effects, driver.phase]).toEqual([[], 'asking']);
  });
});

describe('time', () => {
  // field-survey D2, 40: a 32-bit wrap made an old operation look new.
  it.each([2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 45])('is not cut to 32 bits at %d', (start) => {
    const driver = new Driver();
    driver.nowMs = start - 1000;
    driver.feed(copy(WORK));
    expect(wakeAtMs(driver.state)).toBe(start + 1000);
    driver.feed(data(WORK, facts(5)), 1500);
    expect(driver.phase).toBe('kept');
    driver.feed(TIME, 59_999);
    expect(driver.phase).toBe('kept');
    driver.feed(TIME, 1);
    expect(driver.phase).toBe('empty');
  });

  it('that goes back lengthens no wait', () => {
    const driver = new Driver(ASK);
    driver.feed(copy(WORK));
    driver.feed(TIME, -5000);
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 2000);
    driver.feed(data(WORK, facts(5)), 100);
    driver.feed(TIME, 50_000);
    driver.feed(TIME, -1e9);
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 10_000);
    driver.feed(paste(BANK));
    driver.feed(TIME, -1e9);
    driver.feed(TIME, 9999);
    expect(driver.phase).toBe('asking');
    driver.feed(TIME, 1);
    expect(driver.phase).toBe('empty');
  });

  it('that goes back does not make a text young for a ttl', () => {
    const driver = new Driver(policyOf('@any @any allow ttl=30'));
    driver.copied(WORK);
    driver.feed(TIME, 30_000);
    driver.feed(paste(BANK), -20_000);
    expect(driver.refusal).toBe('expired-by-policy');
  });

  it('that is no number is a defect', () => {
    for (const nowMs of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => step(START, TIME, ALLOW, SETTINGS, nowMs)).toThrow('a clock that says');
    }
  });

  it('a wait of nothing still ends by a timer', () => {
    const driver = new Driver();
    driver.settings = { answerMs: 0, keepMs: 0, promptMs: 0 };
    driver.feed(copy(WORK));
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 1);
  });
});
