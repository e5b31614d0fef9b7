/**
 * Writes the parts of PROTOCOL.md that are made from the tables of
 * src/protocol: node scripts/protocol-doc.mjs, after a build. A part stands
 * between `<!-- begin NAME -->` and `<!-- end NAME -->`; the rest of the file
 * is written by hand. A unit test fails when the file is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * @typedef {import('../src/protocol/table.ts').Table} Table
 * @typedef {import('../src/protocol/table.ts').Row} Row
 * @typedef {import('../src/protocol/limits.ts').Limit} Limit
 * @typedef {import('../src/protocol/rules.ts').Rule} Rule
 */

/**
 * @typedef {object} Wire everything that the document lists
 * @property {Table} fromVm
 * @property {Table} toVm
 * @property {Table} fromQube
 * @property {Table} toQube
 * @property {Readonly<Record<string, Limit>>} limits
 * @property {Readonly<Record<string, Limit>>} serviceLimits
 * @property {Readonly<Record<string, Limit>>} iconStreamLimits
 * @property {Readonly<Record<string, Rule>>} rules
 */

/** @param {Row} row */
function lengthText({ length }) {
  switch (length.kind) {
    case 'exact':
      return `${length.bytes}`;
    case 'counted':
      return `${length.base} + ${length.unit}n, n ≤ ${length.maxCount}`;
    case 'range': {
      const older = length.older ? ` (before 1.${length.older.minor}: ${length.older.max})` : '';
      const step = length.step === 1 ? '' : ` in steps of ${length.step}`;
      return `${length.min} to ${length.max}${older}${step}`;
    }
  }
}

/** @param {Row} row */
function windowText({ window }) {
  return { 'must-exist': 'exists', 'must-not-exist': 'new', any: 'any' }[window];
}

/** @param {Table} table */
function overview(table) {
  const gui = table.header.windowAt !== undefined;
  const head = gui
    ? ['type', 'hex', 'name', 'since', 'body bytes', 'window']
    : ['type', 'hex', 'name', 'since', 'body bytes'];
  const lines = [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`];
  for (const row of table.rows) {
    const name = row.obsolete ? `${row.wireName} (obsolete)` : row.wireName;
    const cells = gui
      ? [row.type, hex(row.type), name, `1.${row.since}`, lengthText(row), windowText(row)]
      : [row.type, hex(row.type), name, `1.${row.since}`, lengthText(row)];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines;
}

/** @param {Table} table @param {Row} row */
function layout(table, row) {
  const gui = table.header.windowAt !== undefined;
  const lines = ['```', `u32        ${row.type} (${row.wireName})`];
  if (gui) lines.push('u32        window');
  lines.push(`u32        length: ${lengthText(row)}`);
  for (const { name, kind, bytes } of row.body.places) {
    const type = kind === 'bytes' ? `byte[${bytes}]` : kind === 'rest' ? 'byte[...]' : kind;
    lines.push(`${type.padEnd(10)} ${name}`);
  }
  return [...lines, '```', '', row.doc, ''];
}

/** @param {Table} table */
function messages(table) {
  const each = table.rows.flatMap((row) => [`#### ${row.wireName}`, '', ...layout(table, row)]);
  return [...overview(table), '', ...each].join('\n').trimEnd();
}

/** @param {Readonly<Record<string, Limit>>} limits */
function limitList(limits) {
  const rows = Object.entries(limits).map(
    ([name, { value, unit, reason }]) => `| ${name} | ${`${value} ${unit}`.trim()} | ${reason} |`,
  );
  return ['| limit | value | reason |', '| --- | --- | --- |', ...rows].join('\n');
}

/** @param {Readonly<Record<string, Rule>>} rules */
function ruleList(rules) {
  const rows = Object.entries(rules).map(
    ([code, { effect, sentence, source }]) => `| ${code} | ${effect} | ${sentence} | ${source} |`,
  );
  return ['| code | effect | rule | source |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** @param {number} type */
function hex(type) {
  return `0x${type.toString(16)}`;
}

/**
 * `text` with every generated part made anew.
 * @param {string} text @param {Wire} wire @returns {string}
 */
export function filledIn(text, wire) {
  /** @type {Readonly<Record<string, string>>} */
  const parts = {
    'agent to daemon': messages(wire.fromVm),
    'daemon to agent': messages(wire.toVm),
    limits: limitList(wire.limits),
    rules: ruleList(wire.rules),
    'dom0 to qube': messages(wire.toQube),
    'qube to dom0': messages(wire.fromQube),
    'service limits': limitList(wire.serviceLimits),
    'icon stream limits': limitList(wire.iconStreamLimits),
  };
  let out = text;
  for (const [name, part] of Object.entries(parts)) {
    const begin = `<!-- begin ${name} -->`;
    const end = `<!-- end ${name} -->`;
    const from = out.indexOf(begin);
    const to = out.indexOf(end);
    if (from < 0 || to < from) throw new Error(`PROTOCOL.md has no part "${name}"`);
    out = `${out.slice(0, from + begin.length)}\n${part}\n${out.slice(to)}`;
  }
  return out;
}

/** The tables as they were built last. @returns {Promise<Wire>} */
async function builtWire() {
  const load = (/** @type {string} */ file) =>
    import(new URL(`../dist/protocol/${file}.js`, import.meta.url).href);
  const { fromVm } = await load('from-vm');
  const { toVm } = await load('to-vm');
  const { fromQube, toQube } = await load('service');
  const { LIMITS, SERVICE_LIMITS, ICON_STREAM_LIMITS } = await load('limits');
  const { PROTOCOL_RULES } = await load('rules');
  return {
    fromVm,
    toVm,
    fromQube,
    toQube,
    limits: LIMITS,
    serviceLimits: SERVICE_LIMITS,
    iconStreamLimits: ICON_STREAM_LIMITS,
    rules: PROTOCOL_RULES,
  };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const file = fileURLToPath(new URL('../PROTOCOL.md', import.meta.url));
  writeFileSync(file, filledIn(readFileSync(file, 'utf8'), await builtWire()));
}
