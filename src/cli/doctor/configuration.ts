/**
 * The configuration and what runs of Livery already.
 */
import { existsSync, statSync } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { locateConfig } from '../../config/locate.ts';
import { readConfig } from '../../config/read.ts';
import { checkRuntimeDir, controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { KeeperClient } from '../../keeper/client.ts';
import { type AlikePair, alikePairs } from '../../trust/label-rules.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export function checkConfig(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
): { config: Config | undefined; findings: Finding[] } {
  let file: string;
  try {
    file = locateConfig(option, env);
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    return { config: undefined, findings: [warning('configuration', messageOf(error), hint)] };
  }
  try {
    const config = readConfig(file);
    const findings = [ok('configuration', `${file}: ${config.qubes.size} qubes`)];
    if ((statSync(file).mode & 0o022) !== 0) {
      findings.push(
        warning(
          'configuration',
          `others may change ${file}, and with it every trust decision`,
          `chmod go-w '${file}'`,
        ),
      );
    }
    return { config, findings };
  } catch (error) {
    return {
      config: undefined,
      findings: [problem('configuration', messageOf(error), `edit ${file}`)],
    };
  }
}

/** Labels in use that only their pattern tells apart for somebody with a colour vision deficiency. */
export function checkLabels(config: Config): Finding[] {
  const used = new Set([...config.qubes.values()].map(({ label }) => label));
  const pairs = alikePairs([...used]);
  if (pairs.length === 0) return [ok('labels', 'the labels in use are told apart by every eye')];
  return pairs.map((pair) =>
    warning(
      'labels',
      alikeText(pair),
      `the patterns differ; for colours that do too, give one of them another label`,
    ),
  );
}

const PEOPLE = { protan: 'little red', deutan: 'little green', tritan: 'little blue' } as const;

function alikeText({ one, two, vision, distance }: AlikePair): string {
  return `${one.name} and ${two.name} look alike to somebody who sees ${PEOPLE[vision]} (${vision}, difference ${distance.toFixed(1)} of 15)`;
}

/** The runtime directory, and which processes answer in it. */
export async function checkProcesses(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let dir: string;
  try {
    dir = runtimeDirPath(env);
    if (existsSync(dir)) checkRuntimeDir(dir);
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    return [problem('runtime directory', messageOf(error), hint)];
  }
  const keeper = await KeeperClient.connect(dir).then(
    (client) => {
      client[Symbol.dispose]();
      return 'runs';
    },
    () => 'does not run',
  );
  let daemon = 'does not run';
  try {
    ControlClient.connect(controlSocketPath(dir))[Symbol.dispose]();
    daemon = 'runs';
  } catch {
    // None listens.
  }
  return [ok('runtime directory', `${dir}; the keeper ${keeper}, the daemon ${daemon}`)];
}
