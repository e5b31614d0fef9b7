/**
 * How a sandbox's outermost process comes to be: a chain of programs that each
 * replace themselves by the next, so that the process the keeper started is the
 * one that ends up as bubblewrap. On the way it loses the keeper's rights, asks
 * the kernel to be killed when the keeper dies, and makes sure that this has
 * not happened in the moment before it asked.
 */
import { lstatSync } from 'node:fs';
import { EXIT, UserError } from '../../base/errors.ts';
import type { Mount } from './host-files.ts';
import type { Identity } from './identity.ts';
import type { Tools } from './tools.ts';

/**
 * $1 = the keeper's process id. When it is not our parent any more, the keeper
 * died before the kernel knew that we want to go with it.
 * When memory runs out the kernel shall take a qube before anything of dom0.
 */
const LAST_CHECK = `
[ "$PPID" = "$1" ] || exit 125
umask 022
echo 500 2>/dev/null >/proc/self/oom_score_adj
shift
exec "$@"
`;

/**
 * $1 = an empty place, $2 = how many paths follow. As root in a mount namespace
 * of its own: shows each path there under its number, for a user who could not
 * walk to it (the checkout and node may lie below a home of mode 0700). Goes
 * with the last process of the sandbox and is seen by nobody else.
 */
const STAGE = `
stage=$1 count=$2
shift 2
"$MOUNT" -t tmpfs -o mode=0755,size=64k,nosuid,nodev livery "$stage" || exit 126
umask 022
number=0
while [ "$number" -lt "$count" ]; do
  if [ -d "$1" ]; then mkdir "$stage/$number"; else : >"$stage/$number"; fi || exit 126
  "$MOUNT" --rbind -- "$1" "$stage/$number" || exit 126
  shift
  number=$((number + 1))
done
exec "$@"
`;

/**
 * $1 = a descriptor, in a network namespace that has just been made. Says there
 * that it exists and waits for its stack; the end of the keeper is the end.
 */
const GATE = `
echo here >&"$1" && read -r _ <&"$1" || exit 125
eval "exec $1>&-"
shift
exec "$@"
`;

/** Directories that every Linux system has (FHS 3.0) and no program of ours needs. */
const STAGES = ['/mnt', '/media', '/srv', '/opt'];

function chooseStage(mounts: readonly Mount[]): string {
  const stage = STAGES.find(
    (place) =>
      lstatSync(place, { throwIfNoEntry: false })?.isDirectory() &&
      !mounts.some(({ host }) => host === place || host.startsWith(`${place}/`)),
  );
  if (stage !== undefined) return stage;
  throw new UserError('NO_STAGE', `none of ${STAGES.join(', ')} is a directory that can be used`, {
    exitCode: EXIT.unavailable,
    hint: 'make one: mkdir /mnt',
  });
}

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface LaunchPlan {
  readonly tools: Tools;
  readonly identity: Identity;
  readonly mounts: readonly Mount[];
  /** A duplex pipe to wait at in a network namespace of its own; a single digit, as dash wants. */
  readonly gateFd: number | undefined;
  /** A word by which the guard finds the processes that make a sandbox (guard.ts). */
  readonly mark: string;
  /**
   * Makes bwrap's options, of mounts whose host paths can be reached, and returns
   * the descriptor from which they are read. Not arguments, because those of the
   * first process can be read inside, with paths of dom0 in them.
   */
  readonly passOptions: (mounts: readonly Mount[]) => number;
  /** What bwrap runs. */
  readonly command: readonly string[];
}

/** The program to spawn. Without a separate identity it keeps the user's own. */
export function planLaunch(plan: LaunchPlan): Launch {
  const { tools, identity, mounts, gateFd, mark, passOptions } = plan;
  const { setpriv, sh, unshare } = tools;
  const environment = { PATH: process.env.PATH, MOUNT: tools.mount };
  // The kernel forgets the wish when rights change, so it comes after everything that does that.
  const follow = [setpriv, '--pdeathsig', 'KILL', '--'];
  const check = [sh, '-c', LAST_CHECK, 'livery-sandbox', `${process.pid}`];
  const ownNetwork = [unshare, '--user', '--map-root-user', '--net', '--'];
  const gate = [sh, '-c', GATE, 'livery-gate', `${gateFd}`];
  const last =
    gateFd === undefined ? [...follow, ...check] : [...ownNetwork, ...follow, ...check, ...gate];
  // The mark is the name of a variable that does not exist, which bwrap takes away.
  const bwrap = (options: number) => [
    ...[tools.bwrap, '--unsetenv', mark, '--args', `${options}`, '--'],
    ...plan.command,
  ];
  if (!identity.separate) return command([...last, ...bwrap(passOptions(mounts))], environment);
  const stage = chooseStage(mounts);
  const reachable = mounts.map((one, number) => ({ ...one, host: `${stage}/${number}` }));
  const paths = mounts.map(({ host }) => host);
  const { uid, gid, group } = identity;
  const groups = group === undefined ? ['--clear-groups'] : ['--groups', `${group}`];
  const drop = ['--reuid', `${uid}`, '--regid', `${gid}`, ...groups, '--'];
  const staging = [
    // Slave: what the host unmounts later is not held here.
    ...[unshare, '--mount', '--propagation', 'slave', '--'],
    ...[sh, '-c', STAGE, 'livery-stage', stage, `${paths.length}`, ...paths],
  ];
  const rest = [setpriv, ...drop, ...last, ...bwrap(passOptions(reachable))];
  return command([...staging, ...rest], environment);
}

function command(words: readonly string[], environment: Launch['environment']): Launch {
  const [file = '', ...args] = words;
  return { file, args, environment };
}
