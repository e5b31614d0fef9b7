/**
 * Messages to bytes, both ways. A message that the version of the session does
 * not have encodes to no bytes at all, so no caller can send an old peer what
 * it would end over. Numbers are ours; one out of its range is a defect.
 */

import { BugError } from '../base/errors.ts';
import { GUI_HEADER } from './bodies.ts';
import { writeU32 } from './bytes.ts';
import { fromVm } from './from-vm.ts';
import { type FromVmDraft, fromVmBody } from './from-vm-draft.ts';
import type { Fields, WireOf } from './struct.ts';
import type { Row } from './table.ts';
import { type ToVm, toVm } from './to-vm.ts';
import { toVmBody } from './to-vm-body.ts';
import { features, type Version } from './version.ts';

const NOTHING = new Uint8Array(0);

/**
 * The header of CLIPBOARD_DATA for an agent, when the `length` bytes of text
 * come from elsewhere; a BugError when its version does not take so many.
 */
export function clipboardHeader(window: number, length: number, version: Version): Uint8Array {
  const { clipboardSendMax, clipboardLengthInWindow } = features(version);
  if (length > clipboardSendMax) {
    throw new BugError(`${length} bytes of clipboard for an agent that takes ${clipboardSendMax}`);
  }
  const header = new Uint8Array(GUI_HEADER.bytes);
  const { clipboardData } = toVm.type;
  writeHeader(header, 0, clipboardData, clipboardLengthInWindow ? length : window, length);
  return header;
}

/**
 * `message` for an agent; empty when the version does not have it. Clipboard
 * data longer than `features(version).clipboardSendMax` is a BugError.
 */
export function encodeToVm(message: ToVm, version: Version): Uint8Array {
  const row = toVm.byType[toVm.type[message.name]] as Row;
  if (version.minor < row.since) return NOTHING;
  if (message.name !== 'clipboardData') {
    return encodeRow(row, message.window, toVmBody(message));
  }
  const header = clipboardHeader(message.window, message.data.length, version);
  const out = new Uint8Array(header.length + message.data.length);
  out.set(header);
  out.set(message.data, header.length);
  return out;
}

/**
 * `message` for a daemon; empty when the version does not have it. Clipboard
 * data longer than `features(version).clipboardMax` is a BugError.
 */
export function encodeFromVm(message: FromVmDraft, version: Version): Uint8Array {
  const row = fromVm.byType[fromVm.type[message.name]] as Row;
  if (version.minor < row.since) return NOTHING;
  const { clipboardMax } = features(version);
  if (message.name === 'clipboardData' && message.data.length > clipboardMax) {
    throw new BugError(`${message.data.length} bytes of clipboard, a daemon takes ${clipboardMax}`);
  }
  return encodeRow(row, message.window, fromVmBody(message));
}

/** Header and body exactly as given: the wire level of the codec. */
export function encodeRow<F extends Fields>(
  row: Row<string, F>,
  window: number,
  body: WireOf<F>,
): Uint8Array {
  const length = row.body.sizeOf(body);
  const out = new Uint8Array(GUI_HEADER.bytes + length);
  writeHeader(out, 0, row.type, window, length);
  row.body.write(body, out, GUI_HEADER.bytes);
  return out;
}

/** The 12 bytes before a body. */
export function writeHeader(
  to: Uint8Array,
  at: number,
  type: number,
  window: number,
  length: number,
): void {
  writeU32(to, at, type);
  writeU32(to, at + 4, window);
  writeU32(to, at + 8, length);
}
