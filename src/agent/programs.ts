/**
 * Programs of the qube: started on dom0's word, each in a process group of its
 * own, with the environment of this qube and nothing of the agent's. Their
 * output goes nowhere: it is the qube's, and nobody here may trust it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../base/errors.ts';
import { STATUS } from '../protocol/service.ts';

export type Environment = Readonly<Record<string, string>>;

export interface ProgramEnd {
  readonly kind: 'exited' | 'signalled';
  /** The exit status, or the number of the signal. */
  readonly code: number;
}

/** What came of a request to start a program. */
export interface Started {
  readonly status: number;
  readonly detail: string;
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  ...{ SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7 },
  ...{ SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14 },
  ...{ SIGTERM: 15, SIGXCPU: 24, SIGXFSZ: 25, SIGSYS: 31 },
};

export class Programs {
  readonly #children = new Set<ChildProcess>();

  /**
   * Starts `argv`; `ended` is called once, after the answer, if it started.
   * Never rejects: a program that is not there is an answer too.
   */
  start(
    argv: readonly string[],
    env: Environment,
    ended: (end: ProgramEnd) => void,
  ): Promise<Started> {
    const [program, ...args] = argv;
    return new Promise((resolve) => {
      let child: ChildProcess;
      try {
        child = spawn(program as string, args, {
          cwd: env.HOME ?? '/',
          env: { ...env },
          detached: true,
          stdio: 'ignore',
        });
      } catch (error) {
        // A NUL in an argument, or none left of something.
        resolve({ status: STATUS.failed, detail: messageOf(error) });
        return;
      }
      child.once('error', (error: NodeJS.ErrnoException) => resolve(refusal(program, error)));
      child.once('spawn', () => {
        this.#children.add(child);
        resolve({ status: STATUS.ok, detail: '' });
      });
      child.once('exit', (code, signal) => {
        this.#children.delete(child);
        ended(
          signal === null
            ? { kind: 'exited', code: code ?? 0 }
            : { kind: 'signalled', code: SIGNAL_NUMBERS[signal] ?? 0 },
        );
      });
    });
  }

  /** Asks all programs to end, and after `graceMs` makes sure of it, with their groups. */
  async end(graceMs: number): Promise<void> {
    const gone = [...this.#children].map(
      (child) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
    );
    this.#signal('SIGTERM');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.all(gone), late]);
    clearTimeout(timer);
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { pid } of this.#children) {
      if (pid === undefined) continue;
      try {
        process.kill(-pid, signal);
      } catch {
        // It ended in this very moment.
      }
    }
  }
}

function refusal(program: string | undefined, error: NodeJS.ErrnoException): Started {
  const name = program ?? '';
  switch (error.code) {
    case 'ENOENT':
      return { status: STATUS.notFound, detail: `no program ${name}` };
    case 'EACCES':
      return { status: STATUS.denied, detail: `${name} may not be run` };
    default:
      return { status: STATUS.failed, detail: error.message };
  }
}
