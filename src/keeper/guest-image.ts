/**
 * The guest that `qemu` qubes boot, for the command line: where it lies, and how
 * it comes to be there.
 */
export { buildGuest } from './qemu/image/build.ts';
export { guestCacheDir } from './qemu/image/cache.ts';
