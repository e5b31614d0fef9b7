/**
 * The kernel and the hypervisor as they are started here: unpacked on the host,
 * since that takes long in software emulation.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Offsets in a bzImage, from the kernel's Documentation/arch/x86/boot.rst. */
const SETUP_SECTORS = 0x1f1;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const SECTOR_BYTES = 512;
const MAX_KERNEL_BYTES = 256 * 1024 * 1024;

/** Writes the ELF file inside a bzImage that was packed by xz. */
export function unpackKernel(bzImage: string, target: string): void {
  const image = readFileSync(bzImage);
  const sectors = (image[SETUP_SECTORS] || 4) + 1;
  const start = sectors * SECTOR_BYTES + image.readUInt32LE(PAYLOAD_OFFSET);
  const payload = image.subarray(start, start + image.readUInt32LE(PAYLOAD_LENGTH));
  // Behind the packed kernel stands its size, which is no part of it.
  const { stdout, status, error, stderr } = spawnSync('xz', ['-dc', '--single-stream'], {
    input: payload,
    maxBuffer: MAX_KERNEL_BYTES,
  });
  if (error) throw error;
  if (status !== 0 || stdout.subarray(0, 4).toString('latin1') !== '\x7fELF') {
    throw new Error(`${bzImage} holds no kernel packed by xz: ${stderr}`);
  }
  writeFileSync(target, stdout);
}

/** QEMU's loader takes the hypervisor as it is without its packing. */
export function unpackHypervisor(packed: string, target: string): void {
  writeFileSync(target, gunzipSync(readFileSync(packed)));
}
