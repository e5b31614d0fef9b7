/**
 * One running sandbox: bubblewrap as a child of the keeper, from its start
 * until no process of it is left. What happens inside is known from the word
 * "ready" and from the end alone.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import type { Log } from '../../base/log.ts';
import type { Identity } from './identity.ts';
import { NetworkStack } from './network.ts';
import { QubeOutput } from './output.ts';
import { Pause } from './pause.ts';
import { type SandboxSpec, spawnSandbox } from './spawn.ts';
import type { Tools } from './tools.ts';

/** From the end of standard input to SIGKILL: time for programs to save what they have. */
const DEFAULT_GRACE_MS = 2000;
/** The kernel ends the inside within milliseconds of the outside; looked for this often and long. */
const GONE_POLL_MS = 5;
const GONE_LIMIT_MS = 5000;
const READY_LINE = 'ready';
/** A machine says it before it is ready. A word and no more, so that nothing of a qube's is shown. */
export const HOME_LOST_LINE = 'home lost';

export interface SandboxHost {
  readonly tools: Tools;
  readonly log: Log;
  readonly clock: Clock;
  /** The keeper's guard finds sandboxes by it (guard.ts). */
  readonly mark: string;
  /** Milliseconds from asking to making it end. */
  readonly graceMs?: number | undefined;
}

export class Sandbox {
  /** Process id of bubblewrap's outer process; undefined when nothing could be started. */
  readonly pid: number | undefined;
  /** Resolves when no process of the sandbox is left, with the reason in our own words. */
  readonly ended: Promise<string>;
  readonly #host: SandboxHost;
  readonly #log: Log;
  readonly #onReady: () => void;
  readonly #process: ChildProcess;
  readonly #runs: 'agent' | 'machine';
  readonly #identity: Identity;
  #stack: NetworkStack | undefined;
  readonly #outputs: QubeOutput[] = [];
  /** The sandbox's first process, of whose life all others depend; dom0's number of it. */
  #firstPid: number | undefined;
  /** Everything that bubblewrap has to say has been read. */
  #infoEnd: Promise<unknown> = Promise.resolve();
  #ready = false;
  #homeLost = false;
  #exited = false;
  #reason: string | undefined;
  #lastWords = '';
  #grace: Disposable | undefined;
  #pause: Pause | undefined;

  /**
   * Starts it. Throws UserError when the host has no place for it; everything
   * later is told by `ended`. `onReady` is called once, when the agent says so.
   */
  constructor(spec: SandboxSpec, host: SandboxHost, onReady: () => void) {
    this.#host = host;
    this.#log = host.log.child({ qube: spec.name });
    this.#onReady = onReady;
    this.#runs = spec.runs ?? 'agent';
    this.#identity = spec.identity;
    const { child, info, gate } = spawnSandbox(spec, host.tools, host.mark);
    this.#process = child;
    this.pid = child.pid;
    this.#listen(info);
    gate?.on('error', () => {});
    gate?.once('data', () => void this.#connect(gate));
    this.ended = this.#waitForEnd();
  }

  /** Asks the agent to end (its standard input ends), and makes sure of it when the grace is over. */
  stop(reason: string): void {
    this.#reason ??= reason;
    if (this.#exited || this.#grace) return;
    this.goOn();
    this.#process.stdin?.end();
    this.#grace = this.#host.clock.after(this.#host.graceMs ?? DEFAULT_GRACE_MS, () =>
      this.kill(reason),
    );
  }

  /** It could not use the home that is kept for it, and has a temporary one. */
  get homeLost(): boolean {
    return this.#homeLost;
  }

  /** None of its processes runs; they wait where they are. */
  get paused(): boolean {
    return this.#pause !== undefined;
  }

  /** Resolves when none of its processes runs any more; false when some could not be stopped. */
  async pause(): Promise<boolean> {
    if (this.#firstPid === undefined || this.#exited || this.#grace) return false;
    const pause = await Pause.begin(this.#firstPid, this.#host.clock);
    // It may have been asked to end meanwhile: whoever ends must run.
    if (this.#exited || this.#grace || this.#pause) pause?.end();
    else this.#pause = pause;
    return this.#pause !== undefined;
  }

  /** What is paused goes on; harmless otherwise. */
  goOn(): void {
    this.#pause?.end();
    this.#pause = undefined;
  }

  /** Ends every process of it now. */
  kill(reason: string): void {
    this.#reason ??= reason;
    if (this.#exited || this.pid === undefined) return;
    // With its first process the kernel ends all of a pid namespace, before bubblewrap hears of
    // it; so bubblewrap's own end tells that all are gone. Earlier there is only the group.
    if (this.#firstPid === undefined) signalGroup(this.pid);
    else signal(this.#firstPid);
  }

  #listen(info: Readable | undefined): void {
    const { stdin, stdout, stderr } = this.#process;
    // Who does not read our end of file is killed later.
    stdin?.on('error', () => {});
    if (stdout) this.#outputs.push(new QubeOutput(stdout, this.#host.clock, this.#status));
    if (stderr) this.#outputs.push(new QubeOutput(stderr, this.#host.clock, this.#complaint));
    info?.on('data', (chunk: Buffer) => this.#learnFirstPid(chunk));
    info?.on('error', () => {});
    this.#infoEnd = new Promise((resolve) => {
      if (info) info.on('close', resolve);
      else resolve(undefined);
    });
  }

  /** bubblewrap writes `{ "child-pid": N … }` before anything of the qube runs. */
  #learnFirstPid(chunk: Buffer): void {
    const match = /"child-pid": (\d+)/.exec(chunk.toString('latin1'));
    if (match) this.#firstPid = Number(match[1]);
  }

  /** The sandbox-to-be waits in its network namespace. */
  async #connect(gate: Duplex): Promise<void> {
    if (this.pid === undefined) return;
    try {
      const { tools } = this.#host;
      const stack = await NetworkStack.start(this.pid, this.#identity, tools, (words) =>
        this.#log.warn({ words }, 'its network ended'),
      );
      if (this.#exited) await stack[Symbol.asyncDispose]();
      else this.#stack = stack;
      gate.end('go\n');
    } catch (error) {
      this.kill(`it got no network: ${messageOf(error)}`);
    }
  }

  readonly #status = (line: string): void => {
    if (line === HOME_LOST_LINE && this.#runs === 'machine' && !this.#ready) {
      this.#homeLost = true;
      this.#log.warn(
        {},
        'its disk cannot be used: its home is a temporary one, the disk is left alone',
      );
    } else if (line !== READY_LINE) {
      this.#log.debug({ line: escapeText(line, 300) }, 'its agent says');
    } else if (!this.#ready) {
      this.#ready = true;
      this.#onReady();
    }
  };

  readonly #complaint = (line: string): void => {
    const text = escapeText(line, 300);
    // Until then only dom0's own programs have spoken.
    if (!this.#ready) this.#lastWords = text;
    this.#log.debug({ line: text }, 'its standard error');
  };

  async #waitForEnd(): Promise<string> {
    const closed = new Promise((resolve) => this.#process.once('close', resolve));
    const failure = await new Promise<Error | undefined>((resolve) => {
      this.#process.once('error', resolve);
      this.#process.once('exit', () => resolve(undefined));
    });
    this.#exited = true;
    this.#grace?.[Symbol.dispose]();
    await this.#stack?.[Symbol.asyncDispose]();
    if (failure || this.pid === undefined) {
      return this.#reason ?? `it cannot be started: ${messageOf(failure)}`;
    }
    await this.#waitUntilGone(this.pid);
    for (const output of this.#outputs) output.finish();
    await closed;
    return this.#reason ?? this.#describeEnd();
  }

  /** The outer process has ended; when not by itself, the inner ones may be some moments late. */
  async #waitUntilGone(pid: number): Promise<void> {
    if (this.#process.signalCode === null) return;
    // The first process may exist without the kernel knowing yet that it is to end with the
    // outer one. It is in the outer one's group until after it has been told of by bubblewrap.
    signalGroup(pid);
    await this.#infoEnd;
    if (this.#firstPid === undefined) return;
    signal(this.#firstPid);
    for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS; waitedMs += GONE_POLL_MS) {
      if (!runs(this.#firstPid)) return;
      await new Promise<void>((resolve) => this.#host.clock.after(GONE_POLL_MS, resolve));
    }
    this.#log.error({ pid: this.#firstPid }, 'a process of an ended sandbox does not go away');
  }

  #describeEnd(): string {
    const { exitCode, signalCode } = this.#process;
    const machine = this.#runs === 'machine';
    if (signalCode !== null) {
      return `its ${machine ? 'machine' : 'sandbox'} was ended by ${signalCode}`;
    }
    const said = this.#ready || this.#lastWords === '' ? '' : `: ${this.#lastWords}`;
    if (said.startsWith(': bwrap: ')) return `its sandbox could not be made${said}`;
    if (exitCode === 0) return `its ${this.#runs} ended${said}`;
    const name = exitCode === null ? undefined : signalName(exitCode - 128);
    if (name !== undefined) return `its ${this.#runs} was ended by ${name}${said}`;
    return `its ${this.#runs} ended with code ${exitCode}${said}`;
  }
}

/** False also for a process that only waits to be reaped: then all of its pid namespace is gone. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function signal(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

function signalGroup(leader: number): void {
  signal(-leader);
}

function signalName(number: number): string | undefined {
  return Object.entries(systemConstants.signals).find(([, value]) => value === number)?.[0];
}
