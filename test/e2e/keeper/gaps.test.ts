/**
 * The moments in which one mechanism against left-over processes does not hold,
 * each made to last by a script in the place of a program: the other one must.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { eventually } from '../../rig/eventually.ts';
import { allGone, carrying, guardOf, KeeperProcess, killGuards } from './keeper-process.ts';
import { programPath, realProgram } from './program-path.ts';

/** The check at the keeper's start is not what is tested. */
function butForProbe(name: string, script: string): Record<string, string> {
  const real = realProgram(name);
  return { [name]: `case "$*" in *livery-probe*) exec ${real} "$@" ;; esac\n${script}` };
}

/** Sleeps under a name that carries the arguments it was given. */
const SLEEP = 'perl -e "sleep 100000" -- "$@"';

async function appear(word: string, count: number): Promise<void> {
  await eventually(() => (carrying(word).length >= count ? true : undefined), 'its processes');
}

async function vanish(word: string): Promise<void> {
  await eventually(() => (carrying(word).length === 0 ? true : undefined), `the end of ${word}`);
}

describe('a keeper that is killed', () => {
  it('has a guard that finds what does not die with its parent', async () => {
    // A child in a session of its own, as bubblewrap's is before it has asked for its death.
    using programs = programPath('', butForProbe('bwrap', `setsid ${SLEEP} &\nexec ${SLEEP}`));
    const word = `gap-${randomUUID()}`;
    const command = ['/bin/true', word];
    const PATH = `${programs.path}:/usr/bin:/bin`;
    await using keeper = await KeeperProcess.start({ command, env: { PATH } });
    const starting = (await keeper.connect()).start('work').catch(() => {});
    // The keeper itself was given the word, then come the two.
    await appear(word, 3);
    const guard = guardOf(keeper);
    keeper.signal('SIGKILL');
    await starting;
    await allGone(guard ? [guard] : []);
    await vanish(word);
  });

  it('takes along what is not bubblewrap yet, without any guard', async () => {
    using programs = programPath('', butForProbe('bwrap', `exec ${SLEEP}`));
    const word = `gap-${randomUUID()}`;
    const command = ['/bin/true', word];
    const PATH = `${programs.path}:/usr/bin:/bin`;
    await using keeper = await KeeperProcess.start({ command, env: { PATH } });
    const starting = (await keeper.connect()).start('work').catch(() => {});
    await appear(word, 2);
    await killGuards(keeper);
    keeper.signal('SIGKILL');
    await starting;
    await vanish(word);
  });

  it('is not followed by a sandbox that it had just begun, without any guard', async () => {
    // The one that asks for its death with the keeper's comes late: the keeper is dead already.
    const late = `while kill -0 "$KEEPER" 2>/dev/null; do sleep 0.05; done`;
    const real = realProgram('setpriv');
    const script = `KEEPER=$PPID\n${late}\nexec ${real} "$@"`;
    using programs = programPath('', butForProbe('setpriv', script));
    const word = `gap-${randomUUID()}`;
    const command = ['/bin/sh', '-c', `: ${word}; sleep 100000`];
    const PATH = `${programs.path}:/usr/bin:/bin`;
    await using keeper = await KeeperProcess.start({ command, env: { PATH } });
    const starting = (await keeper.connect()).start('work').catch(() => {});
    await appear(word, 2);
    await killGuards(keeper);
    keeper.signal('SIGKILL');
    await starting;
    await vanish(word);
    // While one program takes the place of another the process has no arguments to be found by.
    await delay(200);
    await vanish(word);
  });
});
