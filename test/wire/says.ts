/**
 * Messages of an agent in the words of the vectors: the window of the vectors
 * where none is named.
 */
import type { VmWindowId } from '../../src/base/ids.ts';
import type { FromVmDraft } from '../../src/protocol/from-vm-draft.ts';
import * as stage from '../e2e/session/stage.ts';
import { W } from './daemon.ts';

type Place = Parameters<typeof stage.create>[1];

/** CREATE of a window 640x480 at 100,100 unless said otherwise. */
export function create(window: VmWindowId = W, place: Place = {}): FromVmDraft {
  return stage.create(window, { x: 100, y: 100, ...place });
}

export function map(
  window: VmWindowId = W,
  options: { popup?: boolean; of?: number } = {},
): FromVmDraft {
  return stage.map(window, options.of, options.popup ?? false);
}

export const { dump, damage } = stage;

/** The page numbers of a `dump` of that size. */
export function pagesOf(width: number, height: number, firstPage = 0): number[] {
  const count = Math.max(1, Math.ceil((width * height * 4) / 4096));
  return Array.from({ length: count }, (_, i) => firstPage + i);
}

export function unmap(window: VmWindowId = W): FromVmDraft {
  return { name: 'unmap', window };
}

export function destroy(window: VmWindowId = W): FromVmDraft {
  return { name: 'destroy', window };
}

export function configure(
  rect: { x: number; y: number; width: number; height: number },
  window: VmWindowId = W,
): FromVmDraft {
  return { name: 'configure', window, ...rect, overrideRedirect: false };
}

export function title(text: string, window: VmWindowId = W): FromVmDraft {
  return { name: 'title', window, text: Buffer.from(text) };
}

export function flags(set: number, unset = 0, window: VmWindowId = W): FromVmDraft {
  return { name: 'flags', window, set, unset };
}

/** The header of CLIPBOARD_DATA with a body of `bytes`. */
export function clipboardHeader(bytes: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(140, 0);
  header.writeUInt32LE(bytes, 8);
  return header;
}
