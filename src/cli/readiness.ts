/**
 * What a service manager is told of this process (sd_notify(3)): that it can be
 * used, that it ends. One datagram each to the socket that $NOTIFY_SOCKET names;
 * without it nothing is said. Works after a daemon has given up its rights: it
 * may still make unix sockets.
 */
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { native } from '../native/addon.ts';

export class Readiness {
  readonly #address: string | undefined;
  readonly #log: Log;

  constructor(env: NodeJS.ProcessEnv, log: Log) {
    this.#address = addressOf(env.NOTIFY_SOCKET);
    this.#log = log;
  }

  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${status}\nMAINPID=${process.pid}\n`);
  }

  stopping(): void {
    this.#tell('STOPPING=1\n');
  }

  /** A manager that is gone is no reason to end. */
  #tell(text: string): void {
    if (this.#address === undefined) return;
    try {
      native().sendDatagram(this.#address, text);
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'the service manager cannot be told');
    }
  }
}

/** `/run/…` is a path, `@name` an abstract address; anything else (vsock:) is none of ours. */
function addressOf(named: string | undefined): string | undefined {
  if (named?.startsWith('/')) return named;
  return named?.startsWith('@') && named.length > 1 ? `\0${named.slice(1)}` : undefined;
}
