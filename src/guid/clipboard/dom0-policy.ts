/**
 * Which text may go where, for a daemon of one qube: dom0's own policy, asked at
 * its socket for each paste (gui-daemon 4.6), or a policy file of Livery's.
 * Whatever is no clear "allow" is a "no".
 */
import { connect } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { PolicyState } from '../../clipboard/policy.ts';

const SERVICE = 'policy.EvalSimple+qubes.ClipboardPaste dom0 keyword adminvm\0';
const ALLOW = 'result=allow\n';
const DENY = 'result=deny\n';
const MAX_ANSWER_BYTES = 62;
/** A policy that is slow stalls this paste, and nothing else. */
const LIMIT_MS = 5000;

/** What the clipboard asks, whoever decides. */
export interface PastePolicy extends Disposable {
  /** What holds now; in between two questions perhaps nothing. */
  readonly state: PolicyState;
  /** May come to know more; never rejects. */
  ask(source: string, target: string): Promise<void>;
  /** The question was used. */
  over(): void;
}

const NOTHING: PolicyState = { kind: 'rules', rules: [] };
const EVERYTHING: PolicyState = {
  kind: 'rules',
  rules: [
    {
      line: 1,
      text: 'policy.EvalSimple',
      source: { kind: 'any' },
      target: { kind: 'any' },
      action: 'allow',
      maxSize: undefined,
      ttlMs: undefined,
      strip: 'none',
    },
  ],
};

export class Dom0Policy implements PastePolicy {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  state: PolicyState = NOTHING;

  /** @param path of the policy's socket */
  constructor(path: string, clock: Clock, log: Log) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  async ask(source: string, target: string): Promise<void> {
    this.state = NOTHING;
    const answer = await this.#answer(`${SERVICE}${source}\0${target}`);
    if (answer.startsWith(ALLOW)) this.state = EVERYTHING;
    else if (answer.startsWith(DENY))
      this.#log.info({ source, target }, 'the policy of dom0 denies');
    else this.#log.warn({ source, target }, `the policy of dom0 gave no answer (${this.#path})`);
  }

  over(): void {
    this.state = NOTHING;
  }

  [Symbol.dispose](): void {
    this.over();
  }

  /** The beginning of what it says; empty when it says nothing in time. */
  #answer(question: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect({ path: this.#path, allowHalfOpen: true });
      const end = (said: string): void => {
        timer[Symbol.dispose]();
        socket.destroy();
        resolve(said);
      };
      const timer = this.#clock.after(LIMIT_MS, () => end(''));
      socket.on('error', () => end(''));
      socket.on('data', (bytes) => {
        answer += bytes.toString('latin1');
        if (answer.length >= MAX_ANSWER_BYTES) end(answer);
      });
      socket.on('end', () => end(answer));
      socket.end(question, 'latin1');
    });
  }
}
