/**
 * What most tests of the agent begin with: an agent, a daemon, and at the end
 * the check of everything that the agent said.
 */
import { expect } from 'vitest';
import { Program } from './program.ts';
import { AgentRig, type RigOptions } from './rig.ts';
import type { DaemonOptions, ScriptedDaemon } from './scripted-daemon.ts';
import { checkAgentStream } from './stream-checker.ts';

export interface Stage {
  readonly rig: AgentRig;
  readonly daemon: ScriptedDaemon;
  readonly program: Program;
}

/** Runs `play`, then checks the whole conversation against the rules of a strict daemon. */
export async function onStage(
  play: (stage: Stage) => Promise<void>,
  options: RigOptions & { readonly daemon?: DaemonOptions } = {},
): Promise<void> {
  await using rig = await AgentRig.start(options);
  const daemon = await rig.daemon(options.daemon);
  const program = new Program(await rig.client());
  await play({ rig, daemon, program });
  checkConversation(rig, daemon);
}

export function checkConversation(rig: AgentRig, daemon: ScriptedDaemon): void {
  const { version } = daemon;
  if (!version) throw new Error('the handshake did not end');
  expect(checkAgentStream(daemon.log, { version, pages: rig.pages })).toEqual([]);
}
