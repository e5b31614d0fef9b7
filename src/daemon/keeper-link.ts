/**
 * The daemon's connection to the keeper. A keeper that is absent or goes is
 * said once and looked for again: windows of qubes that are gone are closed,
 * and the daemon goes on.
 */
import type { Clock } from '../base/clock.ts';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { KeeperClient } from '../keeper/client.ts';
import type { QubeStatus } from '../keeper/messages.ts';

/** How often an absent keeper is looked for. */
const LOOK_EVERY_MS = 500;

export interface KeeperLinkOptions {
  readonly runtimeDir: string;
  readonly clock: Clock;
  readonly log: Log;
  changed(status: QubeStatus): void;
  /** The keeper is gone. */
  lost(reason: string): void;
}

export class KeeperLink implements Disposable {
  readonly #options: KeeperLinkOptions;
  #client: KeeperClient | undefined;
  #timer: Disposable | undefined;
  #said = false;
  #closed = false;

  constructor(options: KeeperLinkOptions) {
    this.#options = options;
  }

  /** The keeper that is there. Throws UserError KEEPER_ABSENT. */
  get client(): KeeperClient {
    if (this.#client) return this.#client;
    throw new UserError('KEEPER_ABSENT', 'no keeper is running', {
      exitCode: EXIT.notFound,
      hint: 'start it with: livery keeper',
    });
  }

  /** Looks for it once; resolves when the state of its qubes is known, or when it is not there. */
  async start(): Promise<void> {
    let client: KeeperClient | undefined;
    try {
      client = await KeeperClient.connect(this.#options.runtimeDir);
      const qubes = await client.watch((status) => this.#options.changed(status));
      if (this.#closed) throw new Error('the daemon ends');
      this.#client = client;
      this.#said = false;
      for (const qube of qubes) this.#options.changed(qube);
      client.onClosed((reason) => this.#lost(reason));
      this.#options.log.info({ qubes: qubes.length }, 'connected to the keeper');
    } catch (error) {
      client?.[Symbol.dispose]();
      this.#absent(error);
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    const client = this.#client;
    this.#client = undefined;
    client?.[Symbol.dispose]();
  }

  #absent(error: unknown): void {
    if (this.#closed) return;
    if (!this.#said) {
      this.#said = true;
      const hint = error instanceof UserError ? error.hint : undefined;
      this.#options.log.warn({ hint }, `${messageOf(error)}; the daemon looks for it again`);
    }
    this.#lookLater();
  }

  #lost(reason: string): void {
    if (this.#closed) return;
    this.#client = undefined;
    this.#said = true;
    this.#options.log.error(
      { reason },
      'the keeper is gone, and its qubes with it; the daemon goes on and looks for another',
    );
    this.#options.lost('the keeper is gone');
    this.#lookLater();
  }

  #lookLater(): void {
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => void this.start());
  }
}
