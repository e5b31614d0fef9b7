/**
 * What dom0 says to a qube, as bytes. Everything goes through one writer in
 * order; only motion is held back while the qube is behind, so that a pointer
 * that moves costs one message however long the qube does not read.
 */
import type { VmWindowId } from '../base/ids.ts';
import type { Secret } from '../channel/channel.ts';
import { clipboardHeader, encodeToVm } from '../protocol/encode.ts';
import type { ToVm } from '../protocol/to-vm.ts';
import type { Version } from '../protocol/version.ts';
import {
  WRITER_BYTES,
  writeConfigure,
  writeDumpAck,
  writeKey,
  writeMotion,
} from '../protocol/writers.ts';

/** Where the bytes go; nothing here throws. */
export interface ByteSink {
  /** Copies. */
  write(bytes: Uint8Array): void;
  /** `header` and the secret after it; false when the conversation is about to end instead. */
  writeSecret(header: Uint8Array, secret: Secret): boolean;
  readonly queuedBytes: number;
}

export class Output {
  readonly #sink: ByteSink;
  readonly #version: Version;
  readonly #buffer = new Uint8Array(WRITER_BYTES);
  #motionHeld = false;
  #motionWindow = 0;
  #motionX = 0;
  #motionY = 0;
  #motionState = 0;

  constructor(sink: ByteSink, version: Version) {
    this.#sink = sink;
    this.#version = version;
  }

  /** Any message but those below; nothing is sent when the version does not have it. */
  send(message: Exclude<ToVm, { readonly name: 'clipboardData' }>): void {
    this.flush();
    const bytes = encodeToVm(message, this.#version);
    if (bytes.length > 0) this.#sink.write(bytes);
  }

  motion(window: VmWindowId, x: number, y: number, state: number): void {
    if (this.#motionHeld && this.#motionWindow !== window) this.flush();
    this.#motionHeld = true;
    this.#motionWindow = window;
    this.#motionX = x;
    this.#motionY = y;
    this.#motionState = state;
    if (this.#sink.queuedBytes === 0) this.flush();
  }

  key(
    window: VmWindowId,
    pressed: boolean,
    x: number,
    y: number,
    state: number,
    keycode: number,
  ): void {
    this.flush();
    this.#put(writeKey(this.#buffer, 0, window, pressed, x, y, state, keycode));
  }

  configure(window: VmWindowId, x: number, y: number, width: number, height: number): void {
    this.flush();
    this.#put(writeConfigure(this.#buffer, 0, window, x, y, width, height));
  }

  dumpAck(window: VmWindowId): void {
    this.flush();
    this.#put(writeDumpAck(this.#buffer, 0, window));
  }

  /** At most `features(version).clipboardSendMax` bytes, of which no copy is made here. */
  clipboardData(window: VmWindowId, secret: Secret): boolean {
    this.flush();
    return this.#sink.writeSecret(clipboardHeader(window, secret.size, this.#version), secret);
  }

  /** Sends the motion that is held back: before anything else, and when the qube has caught up. */
  flush(): void {
    if (!this.#motionHeld) return;
    this.#motionHeld = false;
    const { x, y, state } = { x: this.#motionX, y: this.#motionY, state: this.#motionState };
    this.#put(writeMotion(this.#buffer, 0, this.#motionWindow, x, y, state));
  }

  #put(end: number): void {
    this.#sink.write(end === WRITER_BYTES ? this.#buffer : this.#buffer.subarray(0, end));
  }
}
