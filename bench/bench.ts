/**
 * A run: its options, its results, and the subjects that several measures share.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Scope } from '../src/base/scope.ts';
import type { Options, PeerName } from './options.ts';
import { Results } from './results.ts';
import type { Subject } from './subject.ts';
import { type Livery, startLivery } from './subjects/livery.ts';
import { startNative } from './subjects/native.ts';
import { startTigervnc } from './subjects/tigervnc.ts';
import { startXephyr } from './subjects/xephyr.ts';
import { startXpra } from './subjects/xpra.ts';

const PEERS: Readonly<
  Record<PeerName, { readonly program: string; readonly start: () => Promise<Subject> }>
> = {
  xephyr: { program: 'Xephyr', start: startXephyr },
  tigervnc: { program: 'xtigervncviewer', start: startTigervnc },
  xpra: { program: 'xpra', start: startXpra },
};

export class Bench implements AsyncDisposable {
  readonly options: Options;
  readonly results = new Results();
  readonly scope = new Scope();
  #base: Promise<{ liveries: Livery[]; native: Subject }> | undefined;
  #peers: Promise<Subject[]> | undefined;
  stopped = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** Says what is done now; throws when nothing more is to be done. */
  progress(text: string): void {
    if (this.stopped) throw new Error('it was told to end');
    process.stderr.write(`bench: ${text}\n`);
  }

  /** The measure under way ends at its next step. */
  stop(): void {
    this.stopped = true;
  }

  /** `quick` rounds with --quick, else `full`, or what was asked for. */
  rounds(full: number, quick: number): number {
    return this.options.rounds ?? (this.options.quick ? quick : full);
  }

  /** Livery in each variant. */
  async liveries(): Promise<readonly Livery[]> {
    return (await this.#started()).liveries;
  }

  /** Livery and the screen without a proxy. */
  async pair(): Promise<readonly Subject[]> {
    const { liveries, native } = await this.#started();
    return [...liveries, native];
  }

  /** All that can be compared. */
  async everybody(): Promise<readonly Subject[]> {
    this.#peers ??= this.#startPeers();
    return [...(await this.pair()), ...(await this.#peers)];
  }

  #started(): Promise<{ liveries: Livery[]; native: Subject }> {
    this.#base ??= (async () => {
      this.progress('starting Livery and the screens');
      const liveries: Livery[] = [];
      for (const variant of this.options.variants) {
        const { profile } = this.options;
        liveries.push(this.scope.own(await startLivery({ ...variant, profile })));
      }
      return { liveries, native: this.scope.own(await startNative()) };
    })();
    return this.#base;
  }

  async #startPeers(): Promise<Subject[]> {
    const wanted = this.options.peers ?? (this.options.quick ? [] : Object.keys(PEERS));
    const started: Subject[] = [];
    for (const name of wanted as PeerName[]) {
      const { program, start } = PEERS[name];
      if (!isInstalled(program)) {
        this.progress(`${program} is not installed: not compared with it`);
        this.absent.push(program);
        continue;
      }
      this.progress(`starting ${name}`);
      try {
        started.push(this.scope.own(await start()));
      } catch (error) {
        this.progress(`${name} cannot be compared with: ${(error as Error).message}`);
        this.absent.push(`${program} (did not start)`);
      }
    }
    return started;
  }

  /** Programs that could have been compared with. */
  readonly absent: string[] = [];

  [Symbol.asyncDispose](): Promise<void> {
    return this.scope[Symbol.asyncDispose]();
  }
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)));
}
