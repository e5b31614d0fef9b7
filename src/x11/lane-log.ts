/**
 * What the lane remembers about requests under way, in rings of plain numbers:
 * nothing is allocated per request. Both grow by doubling and never shrink.
 */
export type FenceDone = (token: number) => void;

const FIRST_CAPACITY = 64;

/** Which owner's requests begin at which sequence number. */
export class OwnerLog {
  #from = new Float64Array(FIRST_CAPACITY);
  #owner = new Float64Array(FIRST_CAPACITY);
  #head = 0;
  #count = 0;

  push(sequence: number, owner: number): void {
    if (this.#count === this.#from.length) {
      this.#from = grown(this.#from, this.#head);
      this.#owner = grown(this.#owner, this.#head);
      this.#head = 0;
    }
    const at = (this.#head + this.#count++) & (this.#from.length - 1);
    this.#from[at] = sequence;
    this.#owner[at] = owner;
  }

  /** The owner of request `sequence`; what lies before it is forgotten. -1 = nobody. */
  ownerOf(sequence: number): number {
    const mask = this.#from.length - 1;
    while (this.#count > 1 && (this.#from[(this.#head + 1) & mask] as number) <= sequence) {
      this.#head = (this.#head + 1) & mask;
      this.#count--;
    }
    if (this.#count === 0 || (this.#from[this.#head] as number) > sequence) return -1;
    return this.#owner[this.#head] as number;
  }
}

/** Fences that wait for their reply, in order. */
export class FenceLog {
  #sequence = new Float64Array(FIRST_CAPACITY);
  #token = new Float64Array(FIRST_CAPACITY);
  #done: (FenceDone | undefined)[] = new Array<undefined>(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #count = 0;

  push(sequence: number, done: FenceDone | undefined, token: number): void {
    const capacity = this.#sequence.length;
    if (this.#count === capacity) {
      const done = new Array<FenceDone | undefined>(capacity * 2).fill(undefined);
      for (let i = 0; i < capacity; i++) done[i] = this.#done[(this.#head + i) & (capacity - 1)];
      this.#done = done;
      this.#sequence = grown(this.#sequence, this.#head);
      this.#token = grown(this.#token, this.#head);
      this.#head = 0;
    }
    const at = (this.#head + this.#count++) & (this.#sequence.length - 1);
    this.#sequence[at] = sequence;
    this.#token[at] = token;
    this.#done[at] = done;
  }

  /** Runs every fence up to and with request `sequence`. */
  reached(sequence: number): void {
    while (this.#count > 0 && (this.#sequence[this.#head] as number) <= sequence) {
      const at = this.#head;
      const done = this.#done[at];
      this.#done[at] = undefined;
      this.#head = (at + 1) & (this.#sequence.length - 1);
      this.#count--;
      done?.(this.#token[at] as number);
    }
  }
}

function grown(ring: Float64Array, head: number): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(ring.length * 2);
  bigger.set(ring.subarray(head));
  bigger.set(ring.subarray(0, head), ring.length - head);
  return bigger;
}
