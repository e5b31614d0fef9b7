/**
 * A viewer without a browser, on a real WebSocket: takes pictures as fast as
 * they come, or not at all.
 */
import { WebSocket } from 'ws';
import { waitUntil } from '../rig/wait.ts';
import type { RunningView } from './view-process.ts';

const HEADER_BYTES = 16;

export class PlainViewer implements Disposable {
  readonly #socket: WebSocket;
  /** Says of each picture that it was drawn. */
  draws = true;
  pictures = 0;
  pixels = 0;
  bytes = 0;
  states = 0;
  closed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        if ((JSON.parse(String(data)) as { kind: string }).kind === 'state') this.states++;
        return;
      }
      if (data.readUInt16LE(0) !== 1) return;
      this.pictures++;
      this.bytes += data.length - HEADER_BYTES;
      this.pixels += data.readUInt16LE(6) * data.readUInt16LE(8);
      if (this.draws) this.say('{"kind":"drawn"}');
    });
  }

  /** Uses the token of the view up. */
  static async open(view: RunningView, draws = true): Promise<PlainViewer> {
    return PlainViewer.with(view, await keyOf(view), draws);
  }

  static async with(view: RunningView, key: string, draws = true): Promise<PlainViewer> {
    const address = `${view.origin.replace('http', 'ws')}/live`;
    const protocols = ['livery.view.1', `key.${key}`];
    const viewer = new PlainViewer(
      new WebSocket(address, protocols, { headers: { Origin: view.origin } }),
    );
    viewer.draws = draws;
    const begun = () => viewer.pictures > 0 || viewer.closed;
    await waitUntil(begun, 'the first picture, or a refusal', { limitMs: 20_000 });
    if (viewer.closed) throw new Error('the view refused another page');
    return viewer;
  }

  say(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Reads nothing any more, as a process that was stopped. */
  stop(): void {
    this.#socket.pause();
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

export async function keyOf({ origin, token }: RunningView): Promise<string> {
  const headers = { Origin: origin };
  const answer = await fetch(`${origin}/session`, { method: 'POST', body: token, headers });
  return answer.text();
}
