/**
 * `livery policy check|explain`: the clipboard policy as a daemon with this
 * configuration would read it. Needs no daemon and changes nothing.
 */
import { resolve } from 'node:path';
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { didYouMean } from '../../base/suggest.ts';
import { type Explanation, explain } from '../../clipboard/decide.ts';
import type { PolicyParty } from '../../clipboard/policy.ts';
import type { Config } from '../../config/config.ts';
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import {
  knownNames,
  type LoadedPolicy,
  loadPolicy,
  policyPlace,
} from '../../daemon/clipboard/load-policy.ts';
import { plain } from '../plain.ts';
import { table } from '../table.ts';
import type { Call } from '../verb.ts';

export async function policyCheck({ io, operands, has, value }: Call): Promise<number> {
  const config = readConfig(locateConfig(value('config'), io.env));
  const [file] = operands;
  const loaded = load(config, file);
  const ok = loaded.mistakes.length === 0;
  if (has('json')) {
    const { origin, mistakes, warnings } = loaded;
    io.out(`${JSON.stringify({ ok, origin, mistakes, warnings })}\n`);
    return ok ? EXIT.ok : EXIT.usage;
  }
  for (const warning of loaded.warnings) io.out(`warning: ${plain(warning)}\n`);
  if (!ok) throw mistaken(loaded);
  io.out(`${plain(loaded.origin)} holds\n`);
  return EXIT.ok;
}

export async function policyExplain({ io, operands, has, value }: Call): Promise<number> {
  const config = readConfig(locateConfig(value('config'), io.env));
  const [from = '', to = ''] = operands;
  const source = party(config, from);
  const target = party(config, to);
  const size = sizeOf(value('size'));
  const loaded = load(config, value('file'));
  if (loaded.mistakes.length > 0) throw mistaken(loaded);
  const explained = explain(loaded.state, source, target, size);
  if (has('json')) io.out(`${json(explained, source, target, size)}\n`);
  else io.out(text(explained, loaded, source, target, size));
  return EXIT.ok;
}

function load(config: Config, file: string | undefined): LoadedPolicy {
  const named = file === undefined ? undefined : resolve(file);
  return loadPolicy(policyPlace(config, named), knownNames(config));
}

function mistaken({ mistakes }: LoadedPolicy): UserError {
  return new UserError('POLICY', mistakes.join('\n'), {
    exitCode: EXIT.usage,
    hint: 'a daemon that reads this allows nothing until it is put right',
  });
}

/** Throws UserError UNKNOWN_QUBE. */
function party(config: Config, name: string): PolicyParty {
  for (const qube of config.qubes.values()) {
    const { label, clipboard } = qube;
    if (qube.name === name) return { qube: qube.name, label, careful: clipboard.careful };
  }
  const near = didYouMean(name, config.qubes.keys());
  throw new UserError('UNKNOWN_QUBE', `there is no qube '${escapeText(name, 40)}'${near}`, {
    exitCode: EXIT.notFound,
    hint: `the configuration has: ${[...config.qubes.keys()].join(', ')}`,
  });
}

function sizeOf(given: string | undefined): number {
  if (given === undefined) return 1;
  const size = /^\d{1,9}$/.test(given) ? Number(given) : 0;
  if (size > 0) return size;
  throw new UserError('USAGE', `--size is a number of bytes, not '${escapeText(given, 40)}'`, {
    exitCode: EXIT.usage,
  });
}

function json(
  { decision, rules }: Explanation,
  source: PolicyParty,
  target: PolicyParty,
  size: number,
): string {
  const { action, refusal, line, maxSize, ttlMs, strip } = decision;
  return JSON.stringify({
    source: source.qube,
    target: target.qube,
    size,
    action,
    refusal: refusal ?? null,
    line: line ?? null,
    maxSize: maxSize ?? null,
    ttlMs: ttlMs ?? null,
    strip,
    rules,
  });
}

function text(
  { decision, rules }: Explanation,
  { origin }: LoadedPolicy,
  source: PolicyParty,
  target: PolicyParty,
  size: number,
): string {
  const { action, line, maxSize, ttlMs, strip } = decision;
  const rows = rules.map((rule) => [
    String(rule.line),
    rule.matches ? 'yes' : 'no',
    rule.text,
    rule.why,
  ]);
  const where = line === undefined ? 'no line matches' : `line ${line}`;
  const more = [
    maxSize === undefined ? '' : `; at most ${maxSize} bytes`,
    ttlMs === undefined ? '' : `; for ${ttlMs / 1000} s after it was copied`,
    strip === 'none' ? '' : `; without ${strip === 'control' ? 'control characters' : 'newlines'}`,
  ];
  return (
    `${plain(origin)}\n${table(['LINE', 'MATCHES', 'RULE', 'WHY'], rows)}\n` +
    `${source.qube} to ${target.qube}, ${size} bytes: ${action} (${where})${more.join('')}\n`
  );
}
