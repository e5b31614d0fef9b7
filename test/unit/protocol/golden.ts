/**
 * Loads the golden files: vectors and recorded sessions. See test/golden/README.md.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Vector {
  readonly id: string;
  /** The bytes of the case, or null where it is a procedure. */
  readonly hex: string | null;
  readonly setup: string | null;
  readonly expect: string;
}

/** One write as it passed the recorder. */
interface Chunk {
  readonly direction: 'A' | 'D';
  readonly bytes: Uint8Array;
}

export interface Trace {
  readonly name: string;
  readonly agent: Uint8Array;
  readonly daemon: Uint8Array;
  /** In the order of time, both directions. */
  readonly chunks: readonly Chunk[];
}

const here = new URL('../../golden/', import.meta.url);

/** All 176 cases. */
export const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('vectors/gui-protocol.json', here), 'utf8'),
);

/** The bytes of the case `id`, which has some. */
export function vectorBytes(id: string): Uint8Array {
  const hex = vectors.find((vector) => vector.id === id)?.hex;
  if (hex === undefined || hex === null) throw new Error(`vector ${id} has no bytes`);
  return fromHex(hex);
}

/** `text` in hexadecimal, spaces allowed. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

/** For messages of failed comparisons and for comparing at all. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** All 16 recorded sessions. */
export function traces(): readonly Trace[] {
  return readdirSync(new URL('traces/', here))
    .filter((file) => file.endsWith('.idx'))
    .map((file) => readTrace(file.slice(0, -'.idx'.length)));
}

function readTrace(name: string): Trace {
  const load = (suffix: string) =>
    Uint8Array.from(readFileSync(new URL(`traces/${name}.${suffix}`, here)));
  const agent = load('agent.bin');
  const daemon = load('daemon.bin');
  const index = Buffer.from(load('idx')).toString('latin1').trimEnd().split('\n');
  const chunks = index.map((line): Chunk => {
    const [, direction, offset, length] = line.split(' ');
    if (direction !== 'A' && direction !== 'D') throw new Error(`${name}: ${line}`);
    const all = direction === 'A' ? agent : daemon;
    return { direction, bytes: all.subarray(Number(offset), Number(offset) + Number(length)) };
  });
  return { name, agent, daemon, chunks };
}
