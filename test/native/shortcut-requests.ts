/** What JavaScript would write to an X server, which a shortcut must write as well. */
import { LaneRequests } from '../../src/x11/lane-requests.ts';

/** Opcodes and events as a server might have given them. */
export const FACTS = { shm: 130, damage: 143, damageEvent: 91, composite: 142 } as const;

/** The requests of JavaScript, as bytes. */
export class Requests extends LaneRequests {
  readonly #bytes: Uint8Array;
  #used = 0;

  constructor() {
    const buffer = new ArrayBuffer(4096);
    // Only the opcodes are looked at.
    super(FACTS as ConstructorParameters<typeof LaneRequests>[0], new DataView(buffer));
    this.#bytes = new Uint8Array(buffer);
  }

  get bytes(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#used));
  }

  question(): void {
    this.begin(43, 0, 4);
  }

  protected override begin(opcode: number, detail: number, bytes: number): number {
    const at = this.#used;
    this.#used += bytes;
    this.view.setUint32(at, opcode | (detail << 8) | ((bytes >> 2) << 16), true);
    return at;
  }
}
