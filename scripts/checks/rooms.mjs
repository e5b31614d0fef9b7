/**
 * The import rules between the rooms of src/ (.dependency-cruiser.cjs). A guard
 * that looked at nothing would pass, so it also counts what was looked at.
 */
import { readFileSync } from 'node:fs';
import { run } from '../run.mjs';
import { filesUnder } from '../setup/stamps.mjs';

const CRUISE = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';

/** @returns {Promise<import('../check.mjs').Finding>} */
export async function checkRooms() {
  const files = filesUnder('src').filter((path) => path.endsWith('.ts'));
  const rooms = new Set(Object.keys(JSON.parse(readFileSync('scripts/rooms.json', 'utf8'))));
  const problems = [];
  for (const path of files) {
    const room = path.split('/')[1] ?? '';
    if (!rooms.has(room)) problems.push(`${path}: lies in no room of scripts/rooms.json`);
  }
  const args = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { output } = await run(process.execPath, [CRUISE, ...args], { outputLimit: 1 << 27 });
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    return { problems: [...problems, output] };
  }
  for (const { rule, from, to, cycle } of report.summary.violations) {
    const path = cycle ? cycle.map((/** @type {{ name: string }} */ step) => step.name) : [to];
    problems.push(`${from} → ${path.join(' → ')}: ${rule.name}`);
  }
  const cruised = report.modules.filter((/** @type {{ source: string }} */ one) =>
    one.source.startsWith('src/'),
  ).length;
  if (cruised < files.length || cruised === 0) {
    problems.push(`only ${cruised} of ${files.length} files were looked at`);
  }
  return { problems };
}
