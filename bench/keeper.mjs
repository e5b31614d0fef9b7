/**
 * The keeper as a process of its own whose qubes' agents get variables of ours:
 * argv[2] names the configuration, argv[3] is JSON of the variables and argv[4]
 * of flags for the agents' Node.js. The sandbox, the agent and everything else are those of `livery keeper`.
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

const [, , configFile, variablesText, flagsText] = process.argv;
const variables = Object.entries(JSON.parse(variablesText)).map((pair) => pair.join('='));
const [node, ...words] = AGENT_COMMAND;
process.exitCode = await runKeeper({
  config: readConfig(configFile),
  runtimeDir: process.env.LIVERY_RUNTIME_DIR,
  log: makeLog({}),
  parentPipeFd: 3,
  command: ['/usr/bin/env', ...variables, node, ...JSON.parse(flagsText), ...words],
  onReady: () => process.stdout.write('ready\n'),
});
