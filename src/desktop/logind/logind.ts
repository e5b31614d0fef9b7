/**
 * Tells when logind says that the user's session is locked: its Lock signal
 * (the wish to lock) and its LockedHint (that it is). Only what logind itself
 * sent counts. Without a system bus or a session of logind's it hears nothing,
 * says so once, and everything else goes on.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { Bus } from './bus.ts';
import { booleanOf, type Message, namedPathOf, textOf } from './message.ts';

const SYSTEM_BUS = '/run/dbus/system_bus_socket';
const LOGIND = 'org.freedesktop.login1';
const MANAGER = 'org.freedesktop.login1.Manager';
const SESSION = 'org.freedesktop.login1.Session';
const USER = 'org.freedesktop.login1.User';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const BUS = 'org.freedesktop.DBus';
const MANAGER_PATH = '/org/freedesktop/login1';
const USER_PATH = '/org/freedesktop/login1/user/self';
const OURSELVES = 0;
const RETRY_MS = 30_000;

export interface LogindOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Socket of the bus; default: the system's. */
  readonly bus?: string | undefined;
  /** Default: XDG_SESSION_ID of this process. */
  readonly sessionId?: string | undefined;
}

export class LogindWatch implements Disposable {
  readonly #options: LogindOptions;
  readonly #locked: () => void;
  #bus: Bus | undefined;
  #owner: string | undefined;
  #session: string | undefined;
  #retry: Disposable | undefined;
  #said = false;
  #disposed = false;

  private constructor(options: LogindOptions, locked: () => void) {
    this.#options = options;
    this.#locked = locked;
  }

  /** Resolves when it is heard, or will not be; never rejects. */
  static async start(options: LogindOptions, locked: () => void): Promise<LogindWatch> {
    const watch = new LogindWatch(options, locked);
    await watch.#connect();
    return watch;
  }

  /** The session that is listened to, an object of the bus. */
  get session(): string | undefined {
    return this.#session;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#retry?.[Symbol.dispose]();
    this.#bus?.[Symbol.dispose]();
  }

  async #connect(): Promise<void> {
    const { clock, bus: path = SYSTEM_BUS } = this.#options;
    this.#retry = undefined;
    try {
      const bus = await Bus.connect(path);
      if (this.#disposed) {
        bus[Symbol.dispose]();
        return;
      }
      this.#bus = bus;
      bus.onSignal((signal) => this.#signal(bus, signal));
      bus.onClosed((reason) => {
        this.#forget();
        this.#say(reason);
        if (!this.#disposed) this.#retry = clock.after(RETRY_MS, () => void this.#connect());
      });
      await bus.addMatch(
        `type='signal',sender='${BUS}',member='NameOwnerChanged',arg0='${LOGIND}'`,
      );
      await this.#find(bus);
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  /** logind may have been started anew: its name, and what it calls our session. */
  async #find(bus: Bus): Promise<void> {
    this.#forget();
    const owner = await bus.call(BUS, '/org/freedesktop/DBus', BUS, 'GetNameOwner', LOGIND);
    const session = await this.#findSession(bus);
    if (session === undefined) {
      this.#say('logind knows no session of this user');
      return;
    }
    const from = `type='signal',sender='${LOGIND}',path='${session}'`;
    await bus.addMatch(`${from},interface='${SESSION}',member='Lock'`);
    await bus.addMatch(`${from},interface='${PROPERTIES}',member='PropertiesChanged'`);
    this.#owner = textOf(owner);
    this.#session = session;
  }

  /** The session of this process, that of its environment, or the one with the user's display. */
  async #findSession(bus: Bus): Promise<string | undefined> {
    const ask = (member: string, argument: string | number): Promise<string | undefined> =>
      bus.call(LOGIND, MANAGER_PATH, MANAGER, member, argument).then(textOf, () => undefined);
    const own = await ask('GetSessionByPID', OURSELVES);
    if (own !== undefined) return usable(own);
    const id = this.#options.sessionId ?? process.env.XDG_SESSION_ID;
    const named = id ? await ask('GetSession', id) : undefined;
    if (named !== undefined) return usable(named);
    const shown = await bus
      .call(LOGIND, USER_PATH, PROPERTIES, 'Get', USER, 'Display')
      .then(namedPathOf, () => undefined);
    return shown === undefined ? undefined : usable(shown);
  }

  #signal(bus: Bus, signal: Message): void {
    const { member } = signal;
    if (signal.sender === BUS) {
      if (member === 'NameOwnerChanged') {
        this.#find(bus).catch((error: unknown) => this.#say(messageOf(error)));
      }
      return;
    }
    // A program may send us a signal of its own making without the bus's being asked for it.
    if (signal.sender !== this.#owner || signal.path !== this.#session) return;
    if (this.#owner === undefined || this.#session === undefined) return;
    if (signal.interface === SESSION && member === 'Lock') this.#locked();
    else if (signal.interface === PROPERTIES && member === 'PropertiesChanged') {
      void this.#askHint(bus, this.#session);
    }
  }

  async #askHint(bus: Bus, session: string): Promise<void> {
    const hint = await bus
      .call(LOGIND, session, PROPERTIES, 'Get', SESSION, 'LockedHint')
      .then(booleanOf, () => undefined);
    if (hint === true && !this.#disposed) this.#locked();
  }

  #forget(): void {
    this.#owner = undefined;
    this.#session = undefined;
  }

  #say(reason: string): void {
    if (this.#said) return;
    this.#said = true;
    this.#options.log.debug({ reason }, "logind does not tell of the screen's lock");
  }
}

/** It goes into a match rule, in quotes. */
function usable(path: string): string | undefined {
  return /^\/[A-Za-z0-9_/]{1,200}$/.test(path) ? path : undefined;
}
