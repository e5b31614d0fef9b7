/** clipboard.policy: what it may hold, what it says of mistakes, and what it decides. */
import { describe, expect, it } from 'vitest';
import { decide, explain } from '../../../src/clipboard/decide.ts';
import { BROKEN_POLICY, SHIPPED_POLICY } from '../../../src/clipboard/policy.ts';
import { MAX_POLICY_BYTES, parsePolicy } from '../../../src/clipboard/policy-file.ts';
import { BANK, labelled, party, policyOf, VAULT, WORK } from './support.ts';

const KNOWN = { qubes: ['work', 'vault', 'bank'], labels: ['red', 'blue', 'green'] };

/** `line:column text` of each mistake. */
function mistakes(text: string): string[] {
  const parsed = parsePolicy(text, KNOWN);
  if (parsed.ok) return [];
  return parsed.mistakes.map((at) => `${at.line}:${at.column} ${at.text}`);
}

describe('the file', () => {
  it('reads every token and option', () => {
    const parsed = parsePolicy(
      [
        '# a comment',
        '',
        'work vault allow',
        '@label:red @label:blue ask max_size=64000 ttl=30 strip=control # and why',
        '  @careful\t@same-label\tdeny  ',
        '@any @same allow strip=newlines',
      ].join('\n'),
      KNOWN,
    );
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      policy: {
        rules: [
          { line: 3, source: { kind: 'qube', qube: 'work' }, action: 'allow', strip: 'none' },
          {
            line: 4,
            text: '@label:red @label:blue ask max_size=64000 ttl=30 strip=control',
            target: { kind: 'label', label: 'blue' },
            maxSize: 64_000,
            ttlMs: 30_000,
            strip: 'control',
          },
          {
            line: 5,
            source: { kind: 'careful' },
            target: { kind: 'same-label' },
            action: 'deny',
            maxSize: undefined,
            ttlMs: undefined,
          },
          { line: 6, target: { kind: 'same' }, strip: 'newlines' },
        ],
      },
    });
  });

  it('may come from any editor', () => {
    const plain = parsePolicy('work vault allow\n\n@any @any deny\n', KNOWN);
    expect(parsePolicy('\uFEFFwork vault allow\r\n\r\n@any @any deny\r\n', KNOWN)).toEqual(plain);
    expect(parsePolicy('\twork\tvault \t allow\n\n@any @any deny', KNOWN)).toEqual(plain);
  });

  it('without a rule is none with a mistake, and allows nothing', () => {
    for (const text of ['', '# nothing\n', '\uFEFF', ' \t\r\n']) {
      const parsed = parsePolicy(text, KNOWN);
      if (!parsed.ok) throw new Error('a mistake');
      expect(decide(parsed.policy, WORK, WORK, 1).refusal).toBe('policy');
    }
  });

  it.each([
    [
      'wrok vault allow',
      '1:1 expected the name of a qube of the configuration, found "wrok" (did you mean "work"?)',
    ],
    [
      'work vautl allow',
      '1:6 expected the name of a qube of the configuration, found "vautl" (did you mean "vault"?)',
    ],
    [
      '@label:rde work allow',
      '1:1 expected a label of the configuration after @label:, found "@label:rde" (did you mean "red"?)',
    ],
    ['work vault alow', '1:12 expected allow, ask or deny, found "alow" (did you mean "allow"?)'],
    ['work vault Allow', '1:12 expected allow, ask or deny, found "Allow" (did you mean "allow"?)'],
    ['work vault', '1:11 expected allow, ask or deny, found the end of the line'],
    [
      'work',
      '1:5 expected a target: a qube, @label:NAME, @any, @careful, @same or @same-label, found the end of the line',
    ],
    [
      '@same work allow',
      '1:1 expected a source: a qube, @label:NAME, @any or @careful, found "@same"; @same compares with the source and is a target only',
    ],
    [
      '@ayn work allow',
      '1:1 expected a source: a qube, @label:NAME, @any or @careful, found "@ayn" (did you mean "@any"?)',
    ],
    [
      'work vault allow maxsize=3',
      '1:18 expected max_size=BYTES, ttl=SECONDS or strip=none|control|newlines, found "maxsize=3" (did you mean "max_size"?)',
    ],
    [
      'work vault allow now',
      '1:18 expected max_size=BYTES, ttl=SECONDS or strip=none|control|newlines, found "now"',
    ],
    [
      'work vault allow max_size=0',
      '1:18 expected max_size= and a whole number, 1 to 256000, found "max_size=0"',
    ],
    [
      'work vault allow max_size=256001',
      '1:18 expected max_size= and a whole number, 1 to 256000, found "max_size=256001"',
    ],
    [
      'work vault allow ttl=1.5',
      '1:18 expected ttl= and a whole number, 1 to 86400, found "ttl=1.5"',
    ],
    [
      'work vault allow strip=contrl',
      '1:18 expected strip=none, control or newlines, found "strip=contrl" (did you mean "control"?)',
    ],
    ['work vault allow ttl=3 ttl=4', '1:24 expected ttl once, found "ttl=4"'],
    [
      'work vault deny ttl=3',
      '1:17 expected nothing after deny: what is denied has no options, found "ttl=3"',
    ],
    [
      '\n\n  wörk vault allow',
      '3:3 expected the name of a qube of the configuration, found "w\\u{f6}rk" (did you mean "work"?)',
    ],
    ['work vault allow\rwork', '1:12 expected allow, ask or deny, found "allow\\u{d}work"'],
    [
      'work\u00a0vault allow',
      '1:1 expected the name of a qube of the configuration, found "work\\u{a0}vault"',
    ],
    ['@any @any deny#x', '1:11 expected allow, ask or deny, found "deny#x" (did you mean "deny"?)'],
    [
      'work vault allow\0',
      '1:12 expected allow, ask or deny, found "allow\\u{0}" (did you mean "allow"?)',
    ],
  ])('with a mistake says where and what was expected: %j', (text, said) => {
    expect(mistakes(text)[0]).toBe(said);
  });

  it('tells all of its mistakes at once, but not for ever', () => {
    expect(
      mistakes('work vault allw\nok\nwork bank ask\nbank wrk deny').map((at) => at[0]),
    ).toEqual(['1', '2', '2', '4']);
    expect(mistakes('x y z\n'.repeat(4000)).length).toBeLessThan(60);
  });

  it('is bounded, by bytes', () => {
    const filler = (bytes: number): string => `#${'x'.repeat(bytes - 1)}`;
    expect(mistakes(filler(MAX_POLICY_BYTES))).toEqual([]);
    expect(mistakes(filler(MAX_POLICY_BYTES + 1))).toEqual(['1:1 expected at most 65536 bytes']);
    expect(mistakes(`#${'ä'.repeat(MAX_POLICY_BYTES / 2)}`)).toHaveLength(1);
  });

  it('warns of lines that can never match', () => {
    const parsed = parsePolicy(
      'work @any ask\nwork vault allow\n@any @same-label allow\n@careful @same ask\n@any @any deny\nbank work allow',
      KNOWN,
    );
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [
        { line: 2, text: 'never matches: line 1 does whenever it would' },
        { line: 4, text: 'never matches: line 3 does whenever it would' },
        { line: 6, text: 'never matches: line 5 does whenever it would' },
      ],
    });
  });
});

describe('a decision', () => {
  const said = (text: string, from = WORK, to = BANK, size = 10) => {
    const { action, line, refusal } = decide(policyOf(text), from, to, size);
    return [action, line, refusal];
  };

  it('is that of the first line that matches', () => {
    expect(said('work bank ask\nwork bank allow')).toEqual(['ask', 1, undefined]);
    expect(said('vault bank deny\nwork @any allow\n@any @any deny')).toEqual([
      'allow',
      2,
      undefined,
    ]);
  });

  it('is "no" when none does, when it says so, and when the file is broken', () => {
    expect(said('bank work allow')).toEqual(['deny', undefined, 'policy']);
    expect(said('work bank deny')).toEqual(['deny', 1, 'policy']);
    expect(decide(BROKEN_POLICY, WORK, WORK, 1)).toMatchObject({
      action: 'deny',
      refusal: 'policy-broken',
    });
  });

  it('does not fall through to a later line when the text is over max_size', () => {
    const text = 'work bank ask max_size=10\n@any @any allow';
    expect(said(text, WORK, BANK, 10)).toEqual(['ask', 1, undefined]);
    expect(said(text, WORK, BANK, 11)).toEqual(['deny', 1, 'too-large-for-policy']);
  });

  it('compares qubes and labels by name, and takes careful from the configuration', () => {
    const sameLabel = party(9, 'other', { label: labelled('blue') });
    expect(said('@any @same allow', WORK, party(8, 'work'))[0]).toBe('allow');
    expect(said('@any @same allow', WORK, sameLabel)[0]).toBe('deny');
    expect(said('@any @same-label allow', WORK, sameLabel)[0]).toBe('allow');
    expect(said('@any @same-label allow')[0]).toBe('deny');
    expect(said('@label:blue @label:green allow')[0]).toBe('allow');
    expect(said('@label:green @label:blue allow')[0]).toBe('deny');
    expect(said('@careful @any allow', VAULT)[0]).toBe('allow');
    expect(said('@careful @any allow', WORK)[0]).toBe('deny');
    expect(said('@any @careful allow', WORK, VAULT)[0]).toBe('allow');
  });

  it('tells why each line was passed over', () => {
    const policy = policyOf(
      'vault @any deny\n@label:red @any deny\nwork vault deny\n@careful @any deny\n@any @same deny\n@any @same-label deny\nwork bank ask\n@any @any allow',
    );
    expect(explain(policy, WORK, BANK, 10).rules.map(({ line, why }) => `${line} ${why}`)).toEqual([
      '1 the source is work, not vault',
      '2 the source is labelled blue, not red',
      '3 the target is bank, not vault',
      '4 the source is not marked careful',
      '5 source and target are two qubes',
      '6 source and target are labelled blue and green',
      '7 source and target match',
    ]);
    const small = explain(policyOf('work bank allow max_size=5'), WORK, BANK, 10);
    expect(small.rules).toMatchObject([
      { matches: true, why: '10 bytes are more than its max_size' },
    ]);
  });
});

describe('the shipped policy', () => {
  const policy = policyOf(SHIPPED_POLICY);
  const action = (from: typeof WORK, to: typeof WORK): string =>
    decide(policy, from, to, 10).action;
  const other = party(9, 'other', { label: labelled('blue') });
  const careful = party(10, 'safe', { label: labelled('blue'), careful: true });

  it('asks except within a qube or a label, and always for what is marked careful', () => {
    expect(action(WORK, WORK)).toBe('allow');
    expect(action(VAULT, VAULT)).toBe('allow');
    expect(action(WORK, other)).toBe('allow');
    expect(action(WORK, BANK)).toBe('ask');
    expect(action(VAULT, BANK)).toBe('ask');
    expect(action(careful, WORK)).toBe('ask');
    expect(action(WORK, careful)).toBe('ask');
  });

  it('has no line that never matches, whatever the configuration is', () => {
    expect(parsePolicy(SHIPPED_POLICY, { qubes: [], labels: [] })).toMatchObject({
      ok: true,
      warnings: [],
    });
  });
});

describe('without a configuration that names the qubes', () => {
  it('every name that a qube can have is right, and nothing else', () => {
    const known = { qubes: undefined, labels: [] };
    expect(parsePolicy('any.one dom0 deny\n', known)).toMatchObject({ ok: true });
    expect(parsePolicy('1st @any deny\n', known)).toMatchObject({
      ok: false,
      mistakes: [{ line: 1, text: expect.stringContaining('the name of a qube') }],
    });
  });
});
