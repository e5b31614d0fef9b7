/**
 * The notification area of dom0's screen: which window takes icons in at the
 * moment, if any does (System Tray Protocol: the owner of _NET_SYSTEM_TRAY_S0).
 * It is one of dom0's own programs; only its number is used.
 */
import { Emitter } from '../base/emitter.ts';
import type { XConnection } from '../x11/connection.ts';
import type { XEvent } from '../x11/events.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import type { Atoms } from './atoms.ts';

export class TrayOwner {
  readonly #x: XConnection;
  readonly #atoms: Atoms;
  readonly #came = new Emitter<number>();
  #owner: number | undefined;
  #looking: 'no' | 'yes' | 'again' = 'no';

  /** @param x the connection that hears the root window's structure events */
  constructor(x: XConnection, atoms: Atoms) {
    this.#x = x;
    this.#atoms = atoms;
    x.on((event) => this.#event(event));
    void this.#look();
  }

  /** The window that takes icons in. */
  get now(): number | undefined {
    return this.#owner;
  }

  /** `window` was made by the program that has the tray. */
  owns(window: number): boolean {
    if (this.#owner === undefined) return false;
    // Who made a window is in its number, above the bits that each client counts in.
    return ((window ^ this.#owner) & ~this.#x.resourceMask) === 0;
  }

  /** A tray is there, or says so again. */
  onCame(listener: (owner: number) => void): Disposable {
    return this.#came.on(listener);
  }

  #event(event: XEvent): void {
    if (event.name === 'DestroyNotify') {
      if (event.wid === this.#owner) this.#owner = undefined;
      return;
    }
    if (event.name !== 'ClientMessage' || event.message_type !== this.#atoms.MANAGER) return;
    // Anybody may say so; who the owner is the server knows.
    if (event.data[1] === this.#atoms._NET_SYSTEM_TRAY_S0) void this.#look();
  }

  /** Never rejects; one look at a time, and another one after it if it was asked for meanwhile. */
  async #look(): Promise<void> {
    if (this.#looking !== 'no') {
      this.#looking = 'again';
      return;
    }
    do {
      this.#looking = 'yes';
      const owner = await this.#find().catch(() => undefined);
      this.#owner = owner;
      if (owner !== undefined) this.#came.emit(owner);
      // Set by a call meanwhile.
    } while ((this.#looking as string) === 'again');
    this.#looking = 'no';
  }

  /** The owner, whose end will be heard of. */
  async #find(): Promise<number | undefined> {
    const { X } = this.#x;
    const ask = () =>
      this.#x.request<number>((done) => X.GetSelectionOwner(this.#atoms._NET_SYSTEM_TRAY_S0, done));
    for (let before = 0; ; ) {
      const owner = await ask();
      if (owner === 0) return undefined;
      // Still the owner after its end was asked to be told: then it was there when we asked.
      if (owner === before) return owner;
      X.ChangeWindowAttributes(owner, { eventMask: EVENT_MASK.structureNotify });
      before = owner;
    }
  }
}
