/**
 * Who is still alive in a process group, after the program that led it ended.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The living processes of a group, as `name (pid)`; those that wait to be reaped do not count.
 * @param {number} group @returns {string[]}
 */
export function groupMembers(group) {
  const members = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    let stat;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    } catch {
      continue;
    }
    // The name may hold anything, blanks and parentheses too.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [state = '', , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(itsGroup) === group && !'ZX'.includes(state)) members.push(`${name} (${pid})`);
  }
  return members;
}

/**
 * Waits until a group is empty, at most so long; who is left then.
 * @param {number} group @param {number} limitMs @returns {Promise<string[]>}
 */
export async function awaitGroupEnd(group, limitMs) {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const left = groupMembers(group);
    if (left.length === 0 || performance.now() > deadlineMs) return left;
    await sleep(50);
  }
}
