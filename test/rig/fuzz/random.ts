/**
 * Numbers for fuzzing: fast, and the same ones for the same seed. Values that
 * rules turn on come far more often than chance would bring them.
 */

const TURNING = [
  0, 1, 2, 3, 4, 7, 8, 0xff, 0x100, 0x144, 0x19a, 4095, 4096, 6144, 6145, 16_384, 16_385, 98_304,
  98_305, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** Any 32 bits, as a number from 0. */
  word(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** 0 to `count - 1`. */
  below(count: number): number {
    return this.word() % count;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.word() % times === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A number as a field of a message may have it: mostly small. */
  field(): number {
    const kind = this.below(16);
    if (kind < 12) return this.below(1000);
    if (kind < 15) return this.pick(TURNING);
    return this.word();
  }
}
