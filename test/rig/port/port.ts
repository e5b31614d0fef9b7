/**
 * A port of a virtual machine without the machine: on the host's side a socket
 * as QEMU listens at, on the guest's side a descriptor. Bytes lie between them
 * and go on when the test says so, so that what a guest never took can be handed
 * to it, or to the next host, in any pieces. It has no sessions, as the real
 * thing has none.
 */
import { native, type Stream } from '../../../src/native/addon.ts';

export class Port implements Disposable {
  /** What the host wrote and the guest has not read yet. */
  toGuest: Buffer = Buffer.alloc(0);
  /** What the guest wrote and no host has read yet. */
  toHost: Buffer = Buffer.alloc(0);
  readonly #listener: ReturnType<ReturnType<typeof native>['listenUnix']>;
  /** Hosts in the order in which they came; the first is served. */
  readonly #hosts: Stream[] = [];
  #onHost: (() => void) | undefined;

  /** @param path where the host connects, as QEMU's socket is */
  constructor(path: string) {
    this.#listener = native().listenUnix(path);
    this.#listener.start((stream) => {
      this.#hosts.push(stream);
      if (this.#hosts.length === 1) this.#serve(stream);
    });
  }

  get hosts(): number {
    return this.#hosts.length;
  }

  /** Called when bytes came from the host, or it came or went. */
  onHost(listener: () => void): void {
    this.#onHost = listener;
  }

  /** The guest writes. */
  write(bytes: Uint8Array): void {
    this.toHost = Buffer.concat([this.toHost, bytes]);
    this.flush();
  }

  /** Hands the host what waits for it, if there is one. */
  flush(): void {
    const [host] = this.#hosts;
    if (!host || this.toHost.length === 0) return;
    host.write(this.toHost);
    this.toHost = Buffer.alloc(0);
  }

  /** The guest reads what is there. */
  take(count = this.toGuest.length): Buffer {
    const bytes = this.toGuest.subarray(0, count);
    this.toGuest = this.toGuest.subarray(count);
    return bytes;
  }

  /** The host that is served finds its connection gone; the guest's bytes stay. */
  dropHost(): void {
    const [host] = this.#hosts;
    if (host) this.#leave(host);
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
    for (const host of this.#hosts.splice(0)) host[Symbol.dispose]();
  }

  #serve(stream: Stream): void {
    stream.start({
      readable: () => {
        const into = new Uint8Array(65_536);
        const count = stream.read(into);
        if (count < 0) this.#leave(stream);
        else if (count > 0) this.toGuest = Buffer.concat([this.toGuest, into.subarray(0, count)]);
        this.#onHost?.();
      },
    });
    this.flush();
    this.#onHost?.();
  }

  #leave(stream: Stream): void {
    stream[Symbol.dispose]();
    this.#hosts.shift();
    const [next] = this.#hosts;
    if (next) this.#serve(next);
  }
}
