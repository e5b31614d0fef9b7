/**
 * The drawing connection: the hot path of the agent and of the daemon, with a
 * codec of its own on preallocated buffers. Requests are written in place, one
 * write per turn; sequence numbers are counted; replies and errors are matched
 * by number. No object is made per request, reply or event. Several owners
 * (qubes) share a lane: `owner` is remembered by sequence number so that an
 * error can be laid at the right door. Coordinates are the caller's to clip:
 * what does not fit 16 bits wraps.
 */

import { messageOf } from '../base/errors.ts';
import { type Fd, native, type Stream } from '../native/addon.ts';
import { COPY, GATE } from '../native/shortcut.ts';
import { connectError } from './connection.ts';
import type { Display } from './display.ts';
import { type FenceDone, FenceLog, OwnerLog } from './lane-log.ts';
import { LaneRequests } from './lane-requests.ts';
import { type LaneFacts, SetupReader, setUpLane } from './lane-setup.ts';
import { ResourceIds } from './resource-ids.ts';
import { type Cookie, findCookie } from './xauthority.ts';

/** What a lane tells its owner; plain numbers, called while the lane reads. */
export interface LaneHandler {
  /** Part of `drawable` changed (level bounding box: everything since the last subtract). */
  damaged(
    damage: number,
    drawable: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void;
  /** A request of `owner` failed; a window that went meanwhile is no fault. */
  error(
    owner: number,
    sequence: number,
    code: number,
    major: number,
    minor: number,
    badValue: number,
  ): void;
  /** Everything that was read together has been told. */
  settled?(): void;
  /** Once, when the server ends the connection; fences under way never come. */
  closed(reason: string): void;
}

/** How damage becomes copies and messages without JavaScript (native/shortcut.ts). */
export interface CopyShortcut {
  /** COPY. */
  readonly slot: Int32Array;
  /** Where the messages go, and the gate of what else is written to it. */
  readonly to: Stream;
  readonly toGate: Int32Array;
  /** A copy that it began is ours from now on; `copied` comes with the slot's owner. */
  adopted(): void;
  readonly copied: FenceDone;
}

export interface LaneOptions {
  readonly handler: LaneHandler;
  readonly cookie?: Cookie;
  readonly timeoutMs?: number;
}

const OUT_BYTES = 64 * 1024;
const IN_BYTES = 64 * 1024;
const PACKET_BYTES = 32;
/** 16-bit sequence numbers can be widened only if a reply comes more often than this. */
const REQUESTS_PER_REPLY = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

export class DrawLane extends LaneRequests implements Disposable {
  readonly root: number;
  readonly rootDepth: number;
  readonly sharedPixmaps: boolean;
  readonly resourceBase: number;
  /** Whose requests follow; any number, -1 = nobody's. */
  owner = -1;
  readonly #stream: Stream;
  readonly #handler: LaneHandler;
  readonly #ids: ResourceIds;
  readonly #out: Buffer;
  readonly #in = Buffer.allocUnsafeSlow(IN_BYTES);
  readonly #inView = new DataView(this.#in.buffer);
  readonly #owners = new OwnerLog();
  readonly #fences = new FenceLog();
  readonly #flushNow = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  readonly #gate = new Int32Array(GATE.words);
  #copies: CopyShortcut | undefined;
  #have = 0;
  /** Bytes of an overlong packet that are still to be skipped. */
  #skip = 0;
  #sequence: number;
  #received: number;
  #lastReply: number;
  #scheduled = false;
  #held = false;
  #closed = false;

  private constructor(stream: Stream, facts: LaneFacts, handler: LaneHandler) {
    const out = Buffer.allocUnsafeSlow(OUT_BYTES);
    super(facts, new DataView(out.buffer));
    this.#out = out;
    this.#stream = stream;
    this.#handler = handler;
    this.#ids = new ResourceIds(facts.resourceBase, facts.resourceMask);
    this.#sequence = facts.sequence;
    this.#received = facts.sequence;
    this.#lastReply = facts.sequence;
    this.#gate[GATE.owner] = -1;
    this.root = facts.root;
    this.rootDepth = facts.rootDepth;
    this.sharedPixmaps = facts.sharedPixmaps;
    this.resourceBase = facts.resourceBase;
  }

  /** Rejects with UserError X_CONNECT like `XConnection.open`. */
  static async open(display: Display, options: LaneOptions): Promise<DrawLane> {
    let stream: Stream;
    try {
      stream = native().connectUnix(display.path);
    } catch (error) {
      throw connectError(display, messageOf(error));
    }
    const reader = new SetupReader(stream);
    let lane: DrawLane | undefined;
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timer = setTimeout(
      () => reader.fail(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    stream.start({
      readable: () => (lane ? lane.#readable() : reader.readable()),
    });
    try {
      const facts = await setUpLane(stream, reader, options.cookie ?? findCookie(display));
      lane = new DrawLane(stream, facts, options.handler);
      return lane;
    } catch (error) {
      stream[Symbol.dispose]();
      throw connectError(display, messageOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  get #used(): number {
    return this.#gate[GATE.used] as number;
  }

  set #used(bytes: number) {
    this.#gate[GATE.used] = bytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Number of the last request. */
  get sequence(): number {
    this.settle();
    return this.#sequence;
  }

  /** Bytes that the server has not taken yet. */
  get pendingBytes(): number {
    return this.#closed ? 0 : this.#stream.pendingBytes + this.#used;
  }

  allocId(): number {
    return this.#ids.alloc();
  }

  freeId(id: number): void {
    this.#ids.release(id);
  }

  /** Maps all of `fd` in the server as `segment` (a number of `allocId`). The caller keeps `fd`. */
  attachFd(segment: number, fd: Fd, readOnly: boolean): void {
    if (this.#closed) return;
    const held = this.#held;
    // The descriptor rides on the first byte of its own write.
    this.flush();
    this.#held = held;
    const at = this.begin(this.facts.shm, 6, 12);
    this.view.setUint32(at + 4, segment, true);
    this.view.setUint32(at + 8, readOnly ? 1 : 0, true);
    this.#stream.write(this.#out.subarray(0, this.#used), [fd]);
    this.#used = 0;
  }

  /** Calls `done(token)` when the server has carried out everything before (GetInputFocus). */
  fence(done: FenceDone, token: number): void {
    if (this.#closed) return;
    this.begin(43, 0, 4);
    this.#fences.push(this.#sequence, done, token);
  }

  /** SHMIMAGE that comes over `from` may become puts without JavaScript, as `slot` (PUT) says. */
  putsFrom(from: Stream, slot: Int32Array): void {
    if (!this.#closed) from.putShortcut(slot, this.#stream, this.#gate);
  }

  /** Damage may become copies and messages without JavaScript; a new one takes the old one's place. */
  copiesTo(shortcut: CopyShortcut): void {
    this.settle();
    this.#copies = shortcut;
    const { slot, to, toGate } = shortcut;
    if (!this.#closed) this.#stream.copyShortcut(slot, this.#gate, to, toGate);
  }

  /**
   * Counts what was written without JavaScript; a copy that is under way becomes one of ours.
   * Happens by itself before a request and before anything that comes is told.
   */
  settle(): void {
    const added = this.#gate[GATE.added] as number;
    if (added === 0) return;
    this.#gate[GATE.added] = 0;
    this.#sequence += added;
    this.#gate[GATE.sequence] = this.#sequence;
    const copies = this.#copies;
    if (copies === undefined) return;
    // Each copy ends with a question.
    this.#lastReply = this.#sequence;
    if (copies.slot[COPY.fence] === 0) return;
    copies.slot[COPY.fence] = 0;
    this.#fences.push(this.#sequence, copies.copied, copies.slot[COPY.owner] as number);
    copies.adopted();
  }

  /** Writes what was queued in this turn; happens by itself at the turn's end. */
  flush(): void {
    this.#held = false;
    if (this.#used === 0) return;
    const used = this.#used;
    this.#used = 0;
    if (!this.#closed) this.#stream.write(this.#out, undefined, used);
  }

  /** Until the next `flush`, which the caller owes, nothing is written by itself. */
  hold(): void {
    this.#held = true;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#stream[Symbol.dispose]();
  }

  protected override begin(opcode: number, detail: number, bytes: number): number {
    this.settle();
    if (this.#sequence - this.#lastReply >= REQUESTS_PER_REPLY && opcode !== 43) {
      this.#lastReply = this.#sequence;
      this.begin(43, 0, 4);
      this.#fences.push(this.#sequence, undefined, 0);
    }
    if (this.#used + bytes > OUT_BYTES) this.flush();
    this.#gate[GATE.sequence] = ++this.#sequence;
    if (opcode === 43) this.#lastReply = this.#sequence;
    if (this.owner !== this.#gate[GATE.owner]) {
      this.#gate[GATE.owner] = this.owner;
      this.#owners.push(this.#sequence, this.owner);
    }
    const at = this.#used;
    this.#used = this.#closed ? 0 : at + bytes;
    this.view.setUint32(at, opcode | (detail << 8) | ((bytes >> 2) << 16), true);
    if (!this.#scheduled && !this.#held) {
      this.#scheduled = true;
      setImmediate(this.#flushNow);
    }
    return at;
  }

  /** One read: what came meanwhile, or did not fit, brings us here again. */
  #readable(): void {
    const room = this.#have === 0 ? this.#in : this.#in.subarray(this.#have);
    const length = this.#stream.read(room);
    if (length < 0) {
      this.#end('the X server closed the connection');
      return;
    }
    this.#have += length;
    this.settle();
    this.hold();
    this.#packets();
    this.#handler.settled?.();
    this.flush();
  }

  #packets(): void {
    const view = this.#inView;
    let at = Math.min(this.#skip, this.#have);
    this.#skip -= at;
    while (this.#have - at >= PACKET_BYTES && !this.#closed) {
      const type = view.getUint8(at);
      const code = type & 0x7f;
      if (type === 0) this.#error(at);
      else if (type === 1) {
        this.#fences.reached(this.#widen(view.getUint16(at + 2, true)));
        this.#skip = 4 * view.getUint32(at + 4, true);
      } else if (code === this.facts.damageEvent && this.facts.damageEvent !== 0) {
        this.#widen(view.getUint16(at + 2, true));
        this.#handler.damaged(
          view.getUint32(at + 8, true),
          view.getUint32(at + 4, true),
          view.getInt16(at + 16, true),
          view.getInt16(at + 18, true),
          view.getUint16(at + 20, true),
          view.getUint16(at + 22, true),
        );
      } else if (code === 35) this.#skip = 4 * view.getUint32(at + 4, true);
      at += PACKET_BYTES;
      const skipped = Math.min(this.#skip, this.#have - at);
      at += skipped;
      this.#skip -= skipped;
    }
    if (at < this.#have) this.#in.copyWithin(0, at, this.#have);
    this.#have -= at;
  }

  #error(at: number): void {
    const view = this.#inView;
    const sequence = this.#widen(view.getUint16(at + 2, true));
    this.#handler.error(
      this.#owners.ownerOf(sequence),
      sequence,
      view.getUint8(at + 1),
      view.getUint8(at + 10),
      view.getUint16(at + 8, true),
      view.getUint32(at + 4, true),
    );
  }

  #widen(wire: number): number {
    let full = this.#received - (this.#received % 0x10000) + wire;
    if (full < this.#received) full += 0x10000;
    this.#received = full;
    return full;
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream[Symbol.dispose]();
    this.#handler.closed(reason);
  }
}
