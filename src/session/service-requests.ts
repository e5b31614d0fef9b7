/**
 * dom0's requests to one qube: each has an id, a time limit and exactly one
 * answer. Those made before the qube is there wait for it, within their time;
 * an answer after the time is up is no fault.
 */
import type { Clock } from '../base/clock.ts';
import { LimitExceeded, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { Untrusted } from '../base/untrusted.ts';
import { type FromQube, STATUS, type ToQube } from '../protocol/service.ts';
import { encodeToQube } from '../protocol/service-codec.ts';
import { OpenRequests } from '../protocol/service-requests.ts';

/** How a program in the qube ended, by the qube's word. */
export interface ProgramEnd {
  readonly kind: 'exited' | 'signalled';
  /** The exit status, or the number of the signal. */
  readonly code: number;
}

/** The qube's answer to a request. */
export interface ServiceAnswer {
  readonly id: number;
  readonly status: number;
  /** The qube's words, made safe to print. */
  readonly detail: string;
  /** The end of the program that was started; rejects with QUBE_GONE. */
  readonly exited: Promise<ProgramEnd> | undefined;
}

/** A request without its number. */
export type RequestDraft = ToQube extends infer M
  ? M extends ToQube
    ? Omit<M, 'id'>
    : never
  : never;

interface Waiting {
  readonly draft: RequestDraft;
  readonly timer: Disposable | undefined;
  resolve(answer: ServiceAnswer): void;
  reject(error: Error): void;
}

interface Running {
  resolve(end: ProgramEnd): void;
  reject(error: Error): void;
}

export class ServiceRequests implements Disposable {
  readonly #clock: Clock;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #open = new OpenRequests<Waiting>();
  readonly #running = new Map<number, Running>();
  #unsent: Waiting[] = [];
  #connected = false;

  /** `write` may throw LimitExceeded; it is called while connected only. */
  constructor(clock: Clock, write: (bytes: Uint8Array) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Rejects with UserError QUBE_SILENT after `limitMs` (undefined: never), or QUBE_GONE. */
  ask(draft: RequestDraft, limitMs: number | undefined): Promise<ServiceAnswer> {
    return new Promise((resolve, reject) => {
      const late = (ms: number): void => {
        this.#unsent = this.#unsent.filter((other) => other !== waiting);
        const what = this.#connected ? 'did not answer' : 'is not there yet';
        reject(new UserError('QUBE_SILENT', `the qube ${what} (${ms / 1000} s)`));
      };
      const timer =
        limitMs === undefined ? undefined : this.#clock.after(limitMs, () => late(limitMs));
      const waiting: Waiting = { draft, timer, resolve, reject };
      if (this.#connected) this.#send(waiting);
      else this.#unsent.push(waiting);
    });
  }

  /** The qube is there: what waited is sent. */
  connected(): void {
    this.#connected = true;
    for (const waiting of this.#unsent.splice(0)) this.#send(waiting);
  }

  /** Throws ProtocolViolation SERVICE_ANSWER for an answer to nothing. */
  answered({ id, status, detail }: Extract<FromQube, { name: 'answer' }>): void {
    const waiting = this.#open.settle(id);
    waiting.timer?.[Symbol.dispose]();
    // Here and not where the answer arrives: the next message may be the program's end.
    const started = waiting.draft.name === 'runProgram' && status === STATUS.ok;
    const exited = started ? this.#follow(id) : undefined;
    waiting.resolve({ id, status, detail: printable(detail), exited });
  }

  /** An end of a program that nobody knows is ignored: it may be of an earlier connection. */
  exited({ runId, kind, code }: Extract<FromQube, { name: 'programExited' }>): void {
    this.#running.get(runId)?.resolve({ kind, code });
    this.#running.delete(runId);
  }

  /** The connection is over: nothing that was sent will be answered. */
  disconnected(): void {
    this.#connected = false;
    for (const waiting of this.#open.drain()) giveUp(waiting);
    for (const running of this.#running.values()) running.reject(gone());
    this.#running.clear();
  }

  /** There will be no other connection. */
  [Symbol.dispose](): void {
    this.disconnected();
    for (const waiting of this.#unsent.splice(0)) giveUp(waiting);
  }

  #send(waiting: Waiting): void {
    try {
      const id = this.#open.ask(waiting);
      this.#write(encodeToQube({ ...waiting.draft, id } as ToQube));
    } catch (error) {
      // Too many requests or too many bytes that the qube leaves alone.
      if (!(error instanceof LimitExceeded)) throw error;
      waiting.timer?.[Symbol.dispose]();
      waiting.reject(new UserError('QUBE_SILENT', `the qube does not answer: ${error.message}`));
    }
  }

  #follow(run: number): Promise<ProgramEnd> {
    const exited = new Promise<ProgramEnd>((resolve, reject) => {
      this.#running.set(run, { resolve, reject });
    });
    // Nobody may wait for it.
    exited.catch(() => {});
    return exited;
  }
}

function giveUp(waiting: Waiting): void {
  waiting.timer?.[Symbol.dispose]();
  waiting.reject(gone());
}

function gone(): UserError {
  return new UserError('QUBE_GONE', 'the qube went away before it answered');
}

function printable(detail: Untrusted<Uint8Array>): string {
  return detail.parse((bytes) => escapeText(new TextDecoder('utf-8').decode(bytes)));
}
