/**
 * The HTTP side of the view: the files of the page, and one POST that takes the
 * token of the address and gives the key for the WebSocket. Everything else is
 * refused. The files hold no secret; what is to be seen comes over the WebSocket.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostAllowed, originAllowed } from './origin.ts';
import type { PageFile } from './page-files.ts';
import type { OneTimeToken } from './token.ts';

const MAX_TOKEN_BYTES = 128;
/** A browser that is slow to say what it wants is none. */
const REQUEST_MS = 5000;
const MAX_CONNECTIONS = 32;

export interface HttpParts {
  readonly token: OneTimeToken;
  readonly files: ReadonlyMap<string, PageFile>;
  /** What the server listens on; undefined: a unix socket. Asked for at each request. */
  port(): number | undefined;
}

export function createPageServer(parts: HttpParts): Server {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => answer(parts, request, response));
  return server;
}

/** Headers of every answer. `connect` names us, since not every browser counts ws: as 'self'. */
function secure(response: ServerResponse, host: string | undefined): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${host === undefined ? '' : ` ws://${host}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  response.setHeader('Content-Security-Policy', policy.join('; '));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
}

function answer(parts: HttpParts, request: IncomingMessage, response: ServerResponse): void {
  const { host, origin } = request.headers;
  const port = parts.port();
  const known = hostAllowed(host, port);
  secure(response, known ? host : undefined);
  if (!known) {
    refuse(response, 421, 'this page is not here: open it by 127.0.0.1');
    return;
  }
  if (request.method === 'POST' && request.url === '/session') {
    if (originAllowed({ host, origin }, port)) exchange(parts.token, request, response);
    else refuse(response, 403, 'this page may not ask');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405, 'only GET');
    return;
  }
  const file = parts.files.get(request.url ?? '');
  if (!file) {
    refuse(response, 404, 'there is nothing here');
    return;
  }
  response.setHeader('Content-Type', file.type);
  response.end(request.method === 'HEAD' ? undefined : file.bytes);
}

function exchange(token: OneTimeToken, request: IncomingMessage, response: ServerResponse): void {
  let given = '';
  request.setEncoding('latin1');
  request.on('data', (chunk: string) => {
    given += chunk;
    if (given.length <= MAX_TOKEN_BYTES) return;
    refuse(response, 413, 'too long for a token');
    request.destroy();
  });
  request.on('end', () => {
    if (response.writableEnded) return;
    const wasUsed = token.used;
    const key = token.exchange(given);
    if (key === undefined) {
      refuse(response, wasUsed ? 410 : 403, wasUsed ? 'used already' : 'not the token');
      return;
    }
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end(key);
  });
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${words}\n`);
}
