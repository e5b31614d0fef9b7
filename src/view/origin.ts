/**
 * Who may talk to the view over HTTP. Pure. The page is only ever loaded from a
 * name of this machine, so any other Host is a name that somebody bent to us
 * (DNS rebinding), and any other Origin is a foreign page in the same browser.
 */

export interface Asker {
  /** The Host header. */
  readonly host: string | undefined;
  /** The Origin header. */
  readonly origin: string | undefined;
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost)(?::(\d{1,5}))?$/;

/** @param port undefined: a unix socket, reached through whatever port was forwarded to it */
export function hostAllowed(host: string | undefined, port: number | undefined): boolean {
  const match = LOOPBACK.exec(host ?? '');
  if (!match) return false;
  return port === undefined || Number(match[1] ?? 80) === port;
}

/** For requests that do something: they come from our own page and say so. */
export function originAllowed({ host, origin }: Asker, port: number | undefined): boolean {
  return hostAllowed(host, port) && origin === `http://${host}`;
}
