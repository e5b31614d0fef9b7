/**
 * PROTOCOL.md says what the tables say.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { filledIn } from '../../../scripts/protocol-doc.mjs';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { ICON_STREAM_LIMITS, LIMITS, SERVICE_LIMITS } from '../../../src/protocol/limits.ts';
import { PROTOCOL_RULES } from '../../../src/protocol/rules.ts';
import { fromQube, toQube } from '../../../src/protocol/service.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';

const text = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8');
const wire = {
  fromVm,
  toVm,
  fromQube,
  toQube,
  limits: LIMITS,
  serviceLimits: SERVICE_LIMITS,
  iconStreamLimits: ICON_STREAM_LIMITS,
  rules: PROTOCOL_RULES,
};

it('PROTOCOL.md is up to date: npm run build && node scripts/protocol-doc.mjs', () => {
  expect(filledIn(text, wire)).toBe(text);
});

it('a changed table would change it', () => {
  const rules = { GUI_TYPE: { ...PROTOCOL_RULES.GUI_TYPE, sentence: 'Another sentence.' } };
  expect(filledIn(text, { ...wire, rules })).not.toBe(text);
});

it('a lost part is an error, not silence', () => {
  expect(() => filledIn(text.replace('<!-- begin rules -->', ''), wire)).toThrow(/rules/);
});
