/**
 * File sizes: a file of more than 400 lines has more than one subject.
 */
import { codeFiles } from './files.mjs';

const LIMIT = 400;
const HINT = 250;

/** @returns {import('../check.mjs').Finding} */
export function checkSizes() {
  const long = [];
  const hints = [];
  for (const { path, lines } of codeFiles()) {
    const count = lines.length - 1;
    if (count > LIMIT) long.push(`${path}: ${count} lines, the limit is ${LIMIT}`);
    else if (count > HINT) hints.push(`${path}: ${count} lines, aim at ${HINT}`);
  }
  return { problems: long, hints };
}
