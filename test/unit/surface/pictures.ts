/** Every notice and prompt that there can be, for tests that look at them. */
import type { QubeName } from '../../../src/base/ids.ts';
import type { PromptFacts } from '../../../src/clipboard/machine-types.ts';
import { type NamedLabel, type Notice, REFUSALS, WIPES } from '../../../src/clipboard/notice.ts';
import type { Party, SessionTag } from '../../../src/clipboard/party.ts';
import { RISKS } from '../../../src/clipboard/text-facts.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';

/** The widest name that a qube can have. */
const WIDEST = 'W'.repeat(31);

function named(qube: string, label: string): NamedLabel {
  const found = BUILTIN_LABELS.find(({ name }) => name === label) as Label;
  return { qube: qube as QubeName, label: found };
}

function party(qube: string, label: string): Party {
  const sizes = { careful: false, maxBytes: 64_000, sendMax: 65_000 };
  return { ...named(qube, label), ...sizes, session: 1 as SessionTag };
}

export const VAULT = named('vault', 'black');
export const WORK = named('work', 'blue');
export const COPIED: Notice = { kind: 'copied', source: VAULT, size: 64, wipeAtMs: 60_000 };
export const PASTED: Notice = { kind: 'pasted', source: VAULT, target: WORK, size: 64 };

/** Each kind, reason and cause; with ordinary names and with the widest. */
export const NOTICES: readonly Notice[] = [
  COPIED,
  { ...COPIED, wipeAtMs: undefined },
  PASTED,
  ...REFUSALS.map((reason): Notice => {
    return { kind: 'refused', reason, source: VAULT, target: WORK, size: 256_000 };
  }),
  { kind: 'refused', reason: 'empty', source: WORK, target: undefined, size: undefined },
  { kind: 'refused', reason: 'nothing-copied', source: undefined, target: WORK, size: undefined },
  ...WIPES.map((cause): Notice => ({ kind: 'wiped', cause, source: VAULT })),
  { kind: 'problem', text: `clipboard.policy, line 3: ${'x'.repeat(300)}` },
  {
    kind: 'pasted',
    source: named(WIDEST, 'purple'),
    target: named(WIDEST, 'yellow'),
    size: 64_000,
  },
];

export const PROMPT: PromptFacts = {
  id: 1,
  source: party('vault', 'black'),
  target: party('work', 'blue'),
  text: { size: 23, risks: [], incrWarning: false },
  strip: 'none',
  deadlineMs: 30_000,
};

export const WORST_PROMPT: PromptFacts = {
  ...PROMPT,
  source: party(WIDEST, 'purple'),
  target: party(WIDEST, 'orange'),
  text: { size: 256_000, risks: RISKS, incrWarning: false },
  strip: 'newlines',
};
