/**
 * A native program of the benchmark that is told what to do: a line for each
 * command, a line of JSON for each answer, in order.
 */
import type { Readable, Writable } from 'node:stream';

interface Waiting {
  resolve(answer: Record<string, unknown>): void;
  reject(error: Error): void;
}

/** `draw` or `probe`, at the other end of a socket or of its standard input and output. */
export class Talk {
  readonly #name: string;
  readonly #to: Writable;
  readonly #waiting: Waiting[] = [];
  #text = '';
  #over: Error | undefined;

  constructor(name: string, from: Readable, to: Writable) {
    this.#name = name;
    this.#to = to;
    from.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
    from.on('close', () => this.#end());
    from.on('error', () => this.#end());
    to.on('error', () => this.#end());
  }

  /** Says a command; the answer belongs to it. Rejects with what the program calls an error. */
  async ask<T>(...words: readonly (string | number)[]): Promise<T> {
    const answer = this.next<T>();
    this.#to.write(`${words.join(' ')}\n`);
    return answer;
  }

  /** A further answer to the command before. */
  async next<T>(): Promise<T> {
    if (this.#over) throw this.#over;
    const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    if (typeof answer.error === 'string') throw new Error(`${this.#name}: ${answer.error}`);
    return answer as T;
  }

  #take(chunk: string): void {
    const lines = (this.#text + chunk).split('\n');
    this.#text = lines.pop() as string;
    for (const line of lines) {
      this.#waiting.shift()?.resolve(JSON.parse(line) as Record<string, unknown>);
    }
  }

  #end(): void {
    this.#over ??= new Error(`${this.#name} has ended`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#over);
  }
}
