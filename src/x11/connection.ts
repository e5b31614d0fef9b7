/**
 * One connection to an X server through the npm package `x11`, over our own
 * stream. Requests of one turn of the event loop leave in one write. Errors
 * from the server go to listeners (or reject the promise that they answer) and
 * never end the process; the end of the connection is reported once. The
 * server is trusted with its own numbers only.
 */
import x11 from 'x11';
import { Emitter } from '../base/emitter.ts';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { escapeText } from '../base/escape.ts';
import type { XWindowId } from '../base/ids.ts';
import { type Fd, native } from '../native/addon.ts';
import type { Display } from './display.ts';
import type { XEvent } from './events.ts';
import type { PackageClient } from './package.ts';
import type { Callback, DisplayFace, PackageError } from './package-records.ts';
import { PackageStream } from './package-stream.ts';
import { ResourceIds } from './resource-ids.ts';
import { XError } from './x-error.ts';
import { type Cookie, findCookie } from './xauthority.ts';

/** Extension events begin here; XFixes' SelectionNotify shares the core event's name. */
const FIRST_EXTENSION_EVENT = 64;
const MAX_BATCH_BYTES = 32 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;
const INTERN_ATOM = 16;
const GET_ATOM_NAME = 17;

export interface XScreen {
  readonly width: number;
  readonly height: number;
  readonly widthMm: number;
  readonly heightMm: number;
  readonly depth: number;
  /** The root's visual. */
  readonly visual: number;
  /** A TrueColor visual of depth 32, if the server has one. */
  readonly argbVisual: number | undefined;
  readonly colormap: number;
  readonly blackPixel: number;
  readonly whitePixel: number;
}

export interface OpenOptions {
  /** Who it is for, in messages about it. */
  readonly name: string;
  /** Default: `findCookie(display)`. */
  readonly cookie?: Cookie;
  /** How long the server may take to answer, in ms. */
  readonly timeoutMs?: number;
}

/** Why a server could not be reached, as something a person can act on. */
export function connectError(display: Display, reason: string): UserError {
  const refused = /authori[sz]|no protocol|Invalid MIT/i.test(reason);
  return new UserError(
    'X_CONNECT',
    `cannot open the X display :${display.number}: ${escapeText(reason)}`,
    {
      exitCode: EXIT.unavailable,
      hint: refused
        ? 'the server asks for a cookie: set XAUTHORITY to the file that has it (xauth list shows what is there)'
        : 'check that the X server runs and that DISPLAY names it',
    },
  );
}

export class XConnection implements Disposable {
  readonly name: string;
  /** Requests that have no wrapper; see package.ts. */
  readonly X: PackageClient;
  readonly root: XWindowId;
  readonly screen: XScreen;
  readonly vendor: string;
  readonly resourceBase: number;
  /** The bits in which resource numbers of one client differ. */
  readonly resourceMask: number;
  readonly minKeycode: number;
  readonly maxKeycode: number;
  readonly #stream: PackageStream;
  readonly #ids: ResourceIds;
  readonly #events = new Emitter<XEvent>();
  readonly #errors = new Emitter<XError>();
  readonly #closings = new Emitter<string>();
  readonly #pending = new Set<(error: Error) => void>();
  readonly #extensions = new Map<string, Promise<unknown>>();
  #closed: string | undefined;

  private constructor(
    name: string,
    stream: PackageStream,
    face: DisplayFace,
    screenNumber: number,
  ) {
    const screen = face.screen[screenNumber] ?? face.screen[0];
    if (!screen) throw new Error('the server has no screen');
    this.name = name;
    this.X = face.client;
    this.root = screen.root as XWindowId;
    const argb = Object.values(screen.depths[32] ?? {}).find((visual) => visual.class === 4);
    this.screen = {
      width: screen.pixel_width,
      height: screen.pixel_height,
      widthMm: screen.mm_width,
      heightMm: screen.mm_height,
      depth: screen.root_depth,
      visual: screen.root_visual,
      argbVisual: argb?.vid,
      colormap: screen.default_colormap,
      blackPixel: screen.black_pixel,
      whitePixel: screen.white_pixel,
    };
    this.vendor = face.vendor;
    this.resourceBase = face.resource_base;
    this.resourceMask = face.resource_mask;
    this.minKeycode = face.min_keycode;
    this.maxKeycode = face.max_keycode;
    this.#stream = stream;
    this.#ids = new ResourceIds(face.resource_base, face.resource_mask);
    // The package looks through all waiting requests at every packet for those without a reply
    // that have a callback. We have none, and a burst of requests would cost its square.
    this.X._sweepVoid = () => {};
    this.X.on('error', (error: PackageError) => this.#failed(error));
    this.X.on('event', (event: XEvent) => this.#event(event));
    stream.on('close', () => this.#end('the X server closed the connection'));
  }

  /** Rejects with UserError X_CONNECT when the server is not there, refuses us or does not answer. */
  static open(display: Display, options: OpenOptions): Promise<XConnection> {
    return new Promise((resolve, reject) => {
      let stream: PackageStream;
      try {
        stream = new PackageStream(native().connectUnix(display.path));
      } catch (error) {
        reject(connectError(display, messageOf(error)));
        return;
      }
      const cookie = options.cookie ?? findCookie(display);
      const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      let settled = false;
      const fail = (reason: string): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        stream.destroy();
        reject(connectError(display, reason));
      };
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
      const client = x11.createClient(
        {
          stream,
          display: `:${display.number}.${display.screen}`,
          auth: { name: cookie.name, data: cookie.data.toString('latin1') },
          bufferRequests: {
            maxSize: MAX_BATCH_BYTES,
            maxDelay: Number.POSITIVE_INFINITY,
            flushOnReply: false,
          },
          shm: false,
        },
        (error, face) => {
          if (error) {
            fail(error.message);
            return;
          }
          if (settled) return;
          settled = true;
          clearTimeout(timer);
          client.off('error', early);
          resolve(new XConnection(options.name, stream, face, display.screen));
        },
      );
      const early = (error: PackageError): void => fail(error.message);
      client.on('error', early);
      // The package takes the stream in a microtask; bytes must not come before.
      queueMicrotask(() => queueMicrotask(() => stream.start()));
    });
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  on(listener: (event: XEvent) => void): Disposable {
    return this.#events.on(listener);
  }

  /** Errors of requests that nobody waits for. */
  onError(listener: (error: XError) => void): Disposable {
    return this.#errors.on(listener);
  }

  /**
   * Called once when the server ends the connection (not after our own
   * dispose); in the next microtask when that has happened already.
   */
  onClosed(listener: (reason: string) => void): Disposable {
    const reason = this.#closed;
    if (reason !== undefined) queueMicrotask(() => listener(reason));
    return this.#closings.on(listener);
  }

  /** Number of the last request; errors carry it. */
  get sequence(): number {
    return this.X.seq_num;
  }

  /** A fresh resource number (pixmap, GC, cursor, segment, …). */
  allocId(): number {
    return this.#ids.alloc();
  }

  allocWindowId(): XWindowId {
    return this.#ids.alloc() as XWindowId;
  }

  /** The resource is freed in the server; its number may be used again much later. */
  freeId(id: number): void {
    this.#ids.release(id);
  }

  /**
   * One request with a reply as a promise:
   * `await x.request<Geometry>((done) => x.X.GetGeometry(window, done))`.
   * Rejects with XError, or with an Error when the connection ends first.
   */
  request<T>(send: (done: Callback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(new Error(this.#closed));
        return;
      }
      const sequence = this.X.seq_num + 1;
      this.#pending.add(reject);
      send((error, reply) => {
        this.#pending.delete(reject);
        if (error) reject(toXError(error, sequence));
        else resolve(reply);
        return true;
      });
    });
  }

  /** Queues a request that we encoded ourselves; bytes 2..3 hold its length. Returns its sequence number. */
  send(bytes: Buffer, fds?: readonly Fd[]): number {
    this.X.seq_num++;
    const sequence = this.X.seq_num;
    // Duplicates: the caller may close its own before the turn ends.
    if (fds)
      this.X.pack_stream.putWithFds(
        bytes,
        fds.map((fd) => fd.dup()),
      );
    else this.X.pack_stream.put(bytes);
    this.X.pack_stream.submit(false);
    return sequence;
  }

  /** The same for a request with a reply; `parse` gets the reply from byte 8 on and its byte 1. */
  sendForReply<T>(bytes: Buffer, parse: (body: Buffer, detail: number) => T): Promise<T> {
    return this.request<T>((done) => {
      this.X.seq_num++;
      this.X.pack_stream.put(bytes);
      this.X.replies[this.X.seq_num] = [parse, done as Callback<never>];
      this.X.pack_stream.submit(true);
    });
  }

  /** Loads one of the package's extensions once; rejects when the server lacks it. */
  extension<T>(name: string): Promise<T> {
    let loading = this.#extensions.get(name);
    if (!loading) {
      loading = new Promise((resolve, reject) => {
        this.#pending.add(reject);
        this.X.require(name, (error, extension) => {
          this.#pending.delete(reject);
          if (error) reject(error);
          else resolve(extension);
        });
      });
      this.#extensions.set(name, loading);
    }
    return loading as Promise<T>;
  }

  /** Atoms of `names`, made where they do not exist. */
  async intern<N extends string>(names: readonly N[]): Promise<Record<N, number>> {
    const atoms = await Promise.all(names.map((name) => this.#intern(name)));
    const record = {} as Record<N, number>;
    names.forEach((name, index) => {
      record[name] = atoms[index] as number;
    });
    return record;
  }

  /** The name of an atom of this server; rejects when there is no such atom. */
  atomName(atom: number): Promise<string> {
    const bytes = Buffer.alloc(8);
    bytes[0] = GET_ATOM_NAME;
    bytes.writeUInt16LE(2, 2);
    bytes.writeUInt32LE(atom, 4);
    return this.sendForReply(bytes, (body) => {
      return body.toString('latin1', 24, 24 + body.readUInt16LE(0));
    });
  }

  /** Not the package's: that one remembers atoms of one server for all servers of the process. */
  #intern(name: string): Promise<number> {
    const padded = (name.length + 3) & ~3;
    const bytes = Buffer.alloc(8 + padded);
    bytes[0] = INTERN_ATOM;
    bytes.writeUInt16LE(2 + padded / 4, 2);
    bytes.writeUInt16LE(name.length, 4);
    bytes.write(name, 8, 'latin1');
    return this.sendForReply(bytes, (body) => body.readUInt32LE(0));
  }

  /** Resolves when the server has handled everything sent so far (its errors were reported before). */
  async sync(): Promise<void> {
    await this.request((done) => this.X.GetInputFocus(done));
  }

  /** Writes what this turn has queued now instead of at its end. */
  flush(): void {
    if (this.#closed === undefined) this.X.flush(() => {});
  }

  /**
   * Closes. What this turn has queued is still written, but an X server that was busy
   * until then sees the end of the connection first and drops it unread: `await sync()`
   * before, where the last requests matter.
   */
  [Symbol.dispose](): void {
    if (this.#closed !== undefined) return;
    this.flush();
    this.#closed = 'the connection was closed by us';
    this.#stream.end();
    this.#stream.destroy();
    this.#rejectPending(this.#closed);
  }

  #event(event: XEvent): void {
    const mutable = event as { synthetic: boolean; name: string };
    mutable.synthetic = ((event.rawData[0] as number) & 0x80) !== 0;
    if (event.name === 'SelectionNotify' && event.type >= FIRST_EXTENSION_EVENT) {
      mutable.name = 'XFixesSelectionNotify';
    }
    this.#events.emit(event);
  }

  #failed(error: PackageError): void {
    // Errors of the stream come here too; its 'close' says the rest.
    if (error.error === undefined) return;
    this.#errors.emit(toXError(error, error.seq ?? 0));
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#rejectPending(reason);
    this.#closings.emit(reason);
  }

  #rejectPending(reason: string): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(new Error(reason));
  }
}

function toXError(error: PackageError, sequence: number): XError {
  return new XError(
    error.error ?? 0,
    error.seq ?? sequence,
    error.majorOpcode ?? 0,
    error.minorOpcode ?? 0,
    error.badParam ?? 0,
  );
}
