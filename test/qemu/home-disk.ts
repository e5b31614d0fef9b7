/**
 * The disk of a machine's home as its file system says it is; the fields are those of
 * "The Super Block" in the kernel's documentation of ext4.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

const SUPER_BLOCK = { offset: 1024, bytes: 1024 };
const MAGIC = { offset: 0x38, value: 0xef53 };
const STATE = { offset: 0x3a, clean: 1 };
/** Incompatible features, one of which says that the journal has something to replay. */
const FEATURES = { offset: 0x60, recover: 0x4 };

/** It was unmounted, and nothing is left in its journal. */
export function isCleanlyUnmounted(disk: string): boolean {
  const block = Buffer.alloc(SUPER_BLOCK.bytes);
  const fd = openSync(disk, 'r');
  readSync(fd, block, 0, block.length, SUPER_BLOCK.offset);
  closeSync(fd);
  if (block.readUInt16LE(MAGIC.offset) !== MAGIC.value) throw new Error(`${disk} has no ext4`);
  const recover = (block.readUInt32LE(FEATURES.offset) & FEATURES.recover) !== 0;
  return block.readUInt16LE(STATE.offset) === STATE.clean && !recover;
}

/** No kernel mounts it any more. */
export function damage(disk: string): void {
  const fd = openSync(disk, 'r+');
  writeSync(fd, Buffer.alloc(SUPER_BLOCK.bytes, 0xa5), 0, SUPER_BLOCK.bytes, SUPER_BLOCK.offset);
  closeSync(fd);
}

export function digestOf(disk: string): string {
  return createHash('sha256').update(readFileSync(disk)).digest('hex');
}
