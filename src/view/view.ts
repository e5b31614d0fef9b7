/**
 * The live view as a process: dom0's screen in a browser (docs/view.md). It has
 * two things: a connection to the X server and one to the daemon's control
 * socket. The browser is trusted with what is on the screen, once it has shown
 * the token; with the keyboard and the mouse only when asked to, and then
 * without the chords and the answers that are the person's at the screen.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { messageOf } from '../base/errors.ts';
import { Scope } from '../base/scope.ts';
import { XConnection } from '../x11/connection.ts';
import type { Display } from '../x11/display.ts';
import { Capture } from './capture.ts';
import { createPageServer } from './http.ts';
import { Input } from './input.ts';
import { listen, type Place } from './listen.ts';
import { type Control, KEY_PREFIX, MAX_MESSAGE_BYTES, SUBPROTOCOL } from './messages.ts';
import { originAllowed } from './origin.ts';
import { readPage } from './page-files.ts';
import { preparePictures } from './picture.ts';
import { DaemonState } from './state.ts';
import { OneTimeToken } from './token.ts';
import { Viewer } from './viewer.ts';

/** Pages of one browser that look at the same time. */
const MAX_VIEWERS = 4;
/** So often the screen says that a browser controls all of it. */
const ANNOUNCE_EVERY_MS = 60_000;
const TRY_LATER = 1013;

export interface ViewOptions {
  readonly display: Display;
  /** control.sock of the daemon. */
  readonly controlPath: string;
  readonly place: Place;
  readonly control: Control;
  /** What went wrong with one page, in words. */
  problem(text: string): void;
}

export class View implements AsyncDisposable {
  /** What a person opens; good once. */
  readonly address: string;
  /** Resolves with the reason when the X server is gone. */
  readonly lost: Promise<string>;
  readonly #scope: Scope;

  private constructor(address: string, lost: Promise<string>, scope: Scope) {
    this.address = address;
    this.lost = lost;
    this.#scope = scope;
  }

  /** Rejects with UserError: X_CONNECT, VIEW_LISTEN, or no daemon there (DAEMON_ABSENT). */
  static async open(options: ViewOptions): Promise<View> {
    const scope = new Scope();
    try {
      return await View.#openIn(scope, options);
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async #openIn(scope: Scope, options: ViewOptions): Promise<View> {
    const { display, controlPath, place, control, problem } = options;
    preparePictures();
    const state = scope.own(new DaemonState(controlPath));
    await state.rules();
    const x = scope.own(await XConnection.open(display, { name: 'livery view' }));
    const lost = new Promise<string>((resolve) => {
      x.onClosed(resolve);
    });
    const capture = scope.own(await Capture.open(x));
    const rules = (): ReturnType<DaemonState['rules']> => state.rules();
    const input =
      control === 'none' ? undefined : scope.own(await Input.open({ x, control, rules }));
    const token = new OneTimeToken();
    let port: number | undefined;
    const server = createPageServer({ token, files: readPage(), port: () => port });
    scope.onClose(() => {
      server.close();
      server.closeAllConnections();
    });
    const pages = scope.own(new Pages({ x, capture, state, control, input, problem }));
    server.on('upgrade', (request, socket, head) => {
      if (mayLook(request, token, port)) pages.admit(request, socket, head);
      else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    port = await listen(server, place);
    const address = 'socket' in place ? `${place.socket}#${token.text}` : addressOf(port, token);
    return new View(address, lost, scope);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

function addressOf(port: number | undefined, token: OneTimeToken): string {
  return `http://127.0.0.1:${port}/#${token.text}`;
}

/** From our own page, with the key that the token was exchanged for. */
function mayLook(request: IncomingMessage, token: OneTimeToken, port: number | undefined): boolean {
  const { host, origin } = request.headers;
  if (request.url !== '/live' || !originAllowed({ host, origin }, port)) return false;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  const [protocol, key = ''] = offered.map((one) => one.trim());
  return (
    protocol === SUBPROTOCOL &&
    key.startsWith(KEY_PREFIX) &&
    token.isKey(key.slice(KEY_PREFIX.length))
  );
}

interface PagesParts {
  readonly x: XConnection;
  readonly capture: Capture;
  readonly state: DaemonState;
  readonly control: Control;
  readonly input: Input | undefined;
  problem(text: string): void;
}

/** The pages that look now. */
class Pages implements Disposable {
  readonly #parts: PagesParts;
  readonly #viewers = new Set<Viewer>();
  readonly #sockets: WebSocketServer;
  readonly #announcing: NodeJS.Timeout | undefined;

  constructor(parts: PagesParts) {
    this.#parts = parts;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    if (parts.control !== 'all') return;
    this.#announcing = setInterval(() => {
      if (this.#viewers.size > 0) this.#parts.state.announce().catch(() => {});
    }, ANNOUNCE_EVERY_MS);
  }

  admit(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    this.#sockets.handleUpgrade(request, socket, head, (page) => {
      page.on('error', () => {});
      void this.#welcome(page);
    });
  }

  async #welcome(page: WebSocket): Promise<void> {
    const { control, state, problem } = this.#parts;
    let { input } = this.#parts;
    if (control === 'all') {
      try {
        await state.announce();
      } catch (error) {
        // It has to be seen on the screen who controls it, or nobody does.
        input = undefined;
        problem(`the page may only look: ${messageOf(error)}`);
      }
    }
    if (page.readyState !== page.OPEN) return;
    if (this.#viewers.size >= MAX_VIEWERS) {
      page.close(TRY_LATER, 'too many pages look already');
      return;
    }
    const viewer = new Viewer({
      ...this.#parts,
      socket: page,
      input,
      control: input ? control : 'none',
    });
    this.#viewers.add(viewer);
    page.on('close', () => {
      this.#viewers.delete(viewer);
      viewer[Symbol.dispose]();
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#announcing);
    for (const viewer of this.#viewers) viewer[Symbol.dispose]();
    this.#sockets.close();
  }
}
