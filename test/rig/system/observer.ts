/**
 * xclip inside a qube, looking ten times a second whether there is anything in
 * the clipboard or the primary selection, and writing down what it sees: what
 * a curious program of that qube would learn.
 */
import { existsSync, readFileSync } from 'node:fs';
import { waitUntil } from '../wait.ts';
import type { Livery } from './livery.ts';

const LOOK = `
while :; do
  for selection in clipboard primary; do
    if timeout 2 xclip -out -selection $selection -target UTF8_STRING > now-$selection 2>/dev/null
    then if ! cmp -s now-$selection last-$selection
      then cp now-$selection last-$selection; cat now-$selection >> seen; printf '\\n' >> seen
      fi
    fi
  done
  echo >> looks
  sleep 0.1
done`;

export class Observer {
  readonly #livery: Livery;
  readonly #qube: string;

  private constructor(livery: Livery, qube: string) {
    this.#livery = livery;
    this.#qube = qube;
  }

  /** Resolves when it looks. */
  static async start(livery: Livery, qube: string): Promise<Observer> {
    const script = `mkdir -p watch && cd watch && ${LOOK}`;
    await livery.start(qube, 'sh', '-c', script);
    const observer = new Observer(livery, qube);
    await waitUntil(() => observer.looks > 0, 'the observer looks');
    return observer;
  }

  /** Everything that it ever saw. */
  get seen(): string {
    return this.#text('seen');
  }

  get looks(): number {
    return this.#text('looks').length;
  }

  /** Two further looks at everything: what is there now has been seen. */
  async looked(): Promise<void> {
    const before = this.looks;
    await waitUntil(() => this.looks >= before + 2, 'the observer has looked');
  }

  /** Waits until it has seen `text`. */
  async sees(text: string): Promise<void> {
    await waitUntil(() => this.seen.includes(text), `the observer of ${this.#qube} sees the text`);
  }

  #text(name: string): string {
    const file = this.#livery.inHome(this.#qube, `watch/${name}`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}
