/**
 * A network stack of its own for one sandbox: slirp4netns, an unprivileged
 * program of the host, carries connections out for it as an ordinary process
 * would. The sandbox stays in its own network namespace, where dom0's loopback
 * and abstract sockets do not exist; dom0's loopback is not carried to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { EXIT, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import type { QubeConfig } from '../../config/config.ts';
import type { Identity } from './identity.ts';
import type { Tools } from './tools.ts';

const INTERFACE = 'tap0';
const READY_FD = 3;
const EXIT_FD = 4;
const MAX_WORDS_CHARS = 2000;

/**
 * Throws UserError NO_NETWORK_STACK when the qube is to have a network and the
 * host has no program that gives it one of its own. It never gets the host's.
 */
export function requireStack(
  { name, network }: Pick<QubeConfig, 'name' | 'network'>,
  tools: Tools,
): void {
  if (!network || tools.slirp4netns !== undefined) return;
  throw new UserError('NO_NETWORK_STACK', `qube ${name} is to have a network of its own`, {
    exitCode: EXIT.unavailable,
    hint: 'apt-get install slirp4netns',
  });
}

/** Of the keeper's rights only what `identity` has, which owns the sandbox's namespaces. */
function asOwner(identity: Identity, tools: Tools): string[] {
  const { uid, gid, separate } = identity;
  const drop = ['--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups', '--'];
  return separate ? [tools.setpriv, ...drop] : [];
}

function stackCommand(pid: number, identity: Identity, tools: Tools): string[] {
  const { slirp4netns } = tools;
  if (slirp4netns === undefined) throw new Error('slirp4netns is not installed');
  const namespaces = `/proc/${pid}/ns`;
  return [
    ...asOwner(identity, tools),
    slirp4netns,
    ...['--configure', '--mtu=65520', '--disable-host-loopback'],
    ...['--enable-seccomp'],
    ...[`--ready-fd=${READY_FD}`, `--exit-fd=${EXIT_FD}`],
    ...['--netns-type=path', `--userns-path=${namespaces}/user`, `${namespaces}/net`, INTERFACE],
  ];
}

export class NetworkStack implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #ending = false;

  private constructor(child: ChildProcess, onEnd: () => void) {
    this.#child = child;
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    void this.#closed.then(() => {
      if (!this.#ending) onEnd();
    });
  }

  /**
   * Returns when the stack carries. It ends by itself when the keeper is gone.
   * @param pid the process that waits in the namespaces to be served
   * @param onEnd it ended by itself later; with its last words
   * @throws Error with the program's last words
   */
  static async start(
    pid: number,
    identity: Identity,
    tools: Tools,
    onEnd: (words: string) => void,
  ): Promise<NetworkStack> {
    const [file = '', ...args] = stackCommand(pid, identity, tools);
    const child = spawn(file, args, {
      cwd: '/',
      detached: true,
      env: { PATH: process.env.PATH },
      // The last one is never written to: its closing tells the program to end.
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    });
    const words = collectWords(child);
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error(words())));
      (child.stdio[READY_FD] as Readable).once('data', () => resolve());
    });
    return new NetworkStack(child, () => onEnd(words()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

/** What the program complained of last. */
function collectWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (words.length < MAX_WORDS_CHARS) words += chunk.toString('utf8');
  });
  return () => escapeText(words.trim().split('\n').at(-1) ?? '', 300);
}
