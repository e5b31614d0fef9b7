/**
 * `livery doctor`: looks at everything that Livery needs and says what to do
 * about what is missing.
 */
import { EXIT } from '../../base/errors.ts';
import { checkAudit, checkLockedMemory, checkPolicy } from '../doctor/clipboard.ts';
import { checkConfig, checkLabels, checkProcesses } from '../doctor/configuration.ts';
import { checkKernel, checkRunningDaemon } from '../doctor/confinement.ts';
import { checkDisplay } from '../doctor/display.ts';
import type { Finding } from '../doctor/finding.ts';
import {
  checkAddon,
  checkFonts,
  checkNode,
  checkPrograms,
  checkSandbox,
  checkSharedMemory,
} from '../doctor/host.ts';
import { checkLimits } from '../doctor/limits.ts';
import { checkKvm, checkXen } from '../doctor/machine.ts';
import { checkXenUse } from '../doctor/xen.ts';
import { plain } from '../plain.ts';
import { working } from '../progress.ts';
import type { Call } from '../verb.ts';

const MARK = { ok: 'ok     ', note: 'note   ', warning: 'warning', problem: 'PROBLEM' } as const;

export async function doctor({ io, has, value }: Call): Promise<number> {
  const findings: Finding[] = [checkNode()];
  const addon = checkAddon();
  findings.push(addon);
  const { config, findings: ofConfig } = checkConfig(value('config'), io.env);
  // Sockets and sandboxes need the addon.
  if (addon.state === 'ok') {
    const display = () => checkDisplay(io.env, config);
    findings.push(...(await working(io, 'looking at the display', display)));
    findings.push(await working(io, 'making a sandbox', checkSandbox));
    findings.push(...(await checkProcesses(io.env)), checkLockedMemory());
    const audit = () => checkAudit(config, io.env);
    findings.push(...(await working(io, 'looking at the audit log', audit)));
    findings.push(...checkXenUse(config));
    findings.push(...checkKernel(io.env), ...(await checkRunningDaemon(io.env)));
  }
  findings.push(...checkPrograms(config, io.env), checkFonts(), checkSharedMemory());
  findings.push(...checkLimits(config), checkKvm(), ...checkXen(), ...ofConfig);
  if (config) findings.push(...checkLabels(config), ...checkPolicy(config));

  const usable = findings.every(({ state }) => state !== 'problem');
  if (has('json')) io.out(`${JSON.stringify({ usable, findings })}\n`);
  else io.out(text(findings, usable));
  return usable ? EXIT.ok : EXIT.unavailable;
}

function text(findings: readonly Finding[], usable: boolean): string {
  const lines = findings.map(({ check, state, text: said, fix }) => {
    const indented = plain(said, true).replaceAll('\n', '\n           ');
    return `${MARK[state]}  ${check}: ${indented}\n${fix === undefined ? '' : `           → ${fix}\n`}`;
  });
  const verdict = usable ? 'Livery can be used.' : 'Livery cannot be used yet.';
  return `${lines.join('')}\n${verdict}\n`;
}
