/**
 * What the daemon tells about qubes, windows, clipboard and log, asked once a
 * second while somebody looks. The daemon may go and come back: then it says so.
 */
import { UserError } from '../base/errors.ts';
import { ControlClient } from '../control/client.ts';
import type { InputRules } from '../control/messages.ts';
import type { ViewMessage } from './messages.ts';
import { Rates } from './rates.ts';

type State = Extract<ViewMessage, { kind: 'state' }>;

export class DaemonState implements Disposable {
  readonly #path: string;
  readonly #rates = new Rates();
  #client: ControlClient | undefined;

  /** @param path control.sock */
  constructor(path: string) {
    this.#path = path;
  }

  /** @param seen the newest numbers that the viewer has. Rejects with UserError when there is no daemon. */
  async look(seen: { readonly event: number; readonly log: number }): Promise<State> {
    const [qubes, windows, stats, clipboard, events, log] = await this.#with((client) =>
      Promise.all([
        client.ask('qubes', {}),
        client.ask('windows', {}),
        client.ask('stats', {}),
        client.ask('clipboard.show', {}).catch((error: unknown) => {
          if (error instanceof UserError && error.code === 'CLIPBOARD_OFF') return null;
          throw error;
        }),
        client.ask('clipboard.events', { since: seen.event }),
        client.ask('log.tail', { since: seen.log }),
      ]),
    );
    const rates = this.#rates.next(stats, performance.now());
    return {
      kind: 'state',
      qubes: qubes.map((one) => ({ ...one, perSecond: rates.get(one.name) ?? null })),
      ...{ windows, clipboard, events, log },
    };
  }

  /** Rejects when there is no daemon. */
  rules(): Promise<InputRules> {
    return this.#with((client) => client.ask('input.rules', {}));
  }

  /** Has the daemon say on the screen that a browser may do everything. Rejects when it did not. */
  async announce(): Promise<void> {
    await this.#with((client) => client.ask('view.announce', {}));
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }

  /** A connection that is over is made anew the next time. */
  async #with<T>(work: (client: ControlClient) => Promise<T>): Promise<T> {
    this.#client ??= ControlClient.connect(this.#path);
    const client = this.#client;
    try {
      return await work(client);
    } catch (error) {
      if (error instanceof UserError && error.code === 'DAEMON_LOST' && this.#client === client) {
        this.#client = undefined;
        client[Symbol.dispose]();
      }
      throw error;
    }
  }
}
