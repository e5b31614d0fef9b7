/** What the unit test of PROTOCOL.md uses of scripts/protocol-doc.mjs. */
import type { Limit } from '../src/protocol/limits.ts';
import type { Rule } from '../src/protocol/rules.ts';
import type { Table } from '../src/protocol/table.ts';

export interface Wire {
  readonly fromVm: Table;
  readonly toVm: Table;
  readonly fromQube: Table;
  readonly toQube: Table;
  readonly limits: Readonly<Record<string, Limit>>;
  readonly serviceLimits: Readonly<Record<string, Limit>>;
  readonly iconStreamLimits: Readonly<Record<string, Limit>>;
  readonly rules: Readonly<Record<string, Rule>>;
}

export function filledIn(text: string, wire: Wire): string;
