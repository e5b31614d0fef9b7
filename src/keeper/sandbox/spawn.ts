/**
 * The process of a sandbox, made: every descriptor that goes into it is in one
 * list here, and so is what comes out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import type { DomainId, QubeName } from '../../base/ids.ts';
import type { Fd } from '../../native/addon.ts';
import { joinOptions, sandboxEnvironment, sandboxOptions } from './arguments.ts';
import { madeFiles } from './etc.ts';
import { compileFilter } from './filter.ts';
import type { Mount } from './host-files.ts';
import type { Identity } from './identity.ts';
import { planLaunch } from './launch.ts';
import { limited } from './limits.ts';
import { openScratch } from './scratch.ts';
import type { Tools } from './tools.ts';

/** Numbers inside of the descriptors that the agent inherits. */
export const INHERITED = { gui: 3, service: 4, pool: 5 } as const;
/** Handed to the first process; they stay the caller's. */
export interface SandboxDescriptors {
  readonly gui: Fd;
  readonly service: Fd;
  readonly pool: Fd;
}

export interface SandboxSpec {
  readonly name: QubeName;
  readonly domainId: DomainId;
  readonly identity: Identity;
  readonly mounts: readonly Mount[];
  /** Its home is thrown away with it. */
  readonly disposable: boolean;
  readonly network: boolean;
  /** Program and arguments, as paths inside. */
  readonly command: readonly string[];
  /** What that is, for people; an agent if not given. */
  readonly runs?: 'agent' | 'machine';
  readonly descriptors: SandboxDescriptors;
  /** A directory of the keeper's in which a file may exist for a moment. */
  readonly scratchDir: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly info: Readable | undefined;
  /** A line comes from it when the network namespace exists, a line to it lets bubblewrap go on. */
  readonly gate: Duplex | undefined;
}

/**
 * Starts it; the caller keeps its own descriptors.
 * @param mark a word for the arguments of the process, by which the guard finds it
 */
export function spawnSandbox(spec: SandboxSpec, tools: Tools, mark: string): Started {
  const { gui, service, pool } = spec.descriptors;
  const stdio: ('pipe' | number)[] = ['pipe', 'pipe', 'pipe'];
  stdio.push(gui.number, service.number, pool.number);
  const pass = (what: 'pipe' | number): number => stdio.push(what) - 1;
  const scratch: number[] = [];
  const hold = (content: Uint8Array | string): number => {
    const fd = openScratch(spec.scratchDir, content);
    scratch.push(fd);
    return pass(fd);
  };
  try {
    const infoFd = pass('pipe');
    const gateFd = spec.network ? pass('pipe') : undefined;
    const filter = compileFilter(process.arch);
    const filterFd = filter && hold(filter);
    const made = madeFiles(spec).map(({ path, text }) => ({ path, fd: hold(text) }));
    const { identity, mounts, name } = spec;
    const environment = sandboxEnvironment(process.env.LANG, INHERITED);
    const hasNetwork = gateFd !== undefined;
    const passOptions = (mounts: readonly Mount[]): number => {
      const plan = { name, mounts, made, environment, infoFd, filterFd, hasNetwork };
      return hold(joinOptions(sandboxOptions(plan)));
    };
    const command = limited(spec.command, tools.prlimit);
    const launch = planLaunch({ tools, identity, mounts, gateFd, mark, passOptions, command });
    const { file, args, environment: env } = launch;
    // A group of its own: the terminal's Ctrl-C is for the keeper alone.
    const child = spawn(file, args, { cwd: '/', detached: true, env, stdio });
    // Missing when the keeper itself is out of descriptors.
    const streams = (child.stdio ?? []) as readonly unknown[];
    return {
      child,
      info: streams[infoFd] as Readable | undefined,
      gate: gateFd === undefined ? undefined : (streams[gateFd] as Duplex | undefined),
    };
  } finally {
    for (const fd of scratch) closeSync(fd);
  }
}
