/**
 * The keeper as a process of its own whose qubes' agents get variables of ours:
 * argv[2] names the configuration, argv[3] is JSON of the variables. The
 * sandbox, the agent and everything else are those of `livery keeper`.
 */
import { readConfig } from '../dist/config/read.js';
import { runKeeper } from '../dist/keeper/main.js';
import { AGENT_COMMAND } from '../dist/keeper/sandbox/host-files.js';

function makeLog(bound) {
  const write = (level) => (fields, message) =>
    process.stderr.write(`${JSON.stringify({ level, ...bound, ...fields, message })}\n`);
  const quiet = () => {};
  return {
    debug: quiet,
    info: quiet,
    warn: write('warn'),
    error: write('error'),
    child: (fields) => makeLog({ ...bound, ...fields }),
  };
}

const variables = Object.entries(JSON.parse(process.argv[3] ?? '{}'));
process.exitCode = await runKeeper({
  config: readConfig(process.argv[2]),
  runtimeDir: process.env.LIVERY_RUNTIME_DIR,
  log: makeLog({}),
  parentPipeFd: 3,
  command: [
    '/usr/bin/env',
    ...variables.map(([name, value]) => `${name}=${value}`),
    ...AGENT_COMMAND,
  ],
  onReady: () => process.stdout.write('ready\n'),
});
