/**
 * Nominal types over plain values. A branded value may be made only by the
 * parser that proved it or by the allocator that owns the numbers.
 */
declare const brand: unique symbol;

/** `T` that carries the proof `Name`; assignable to `T`, never from it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
