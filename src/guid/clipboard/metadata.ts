/**
 * `qubes-clipboard.bin.metadata`: what the last operation was, for the desktop's
 * clipboard widget and other daemons, in exactly the shape that these read
 * (gui-daemon 4.1). Read back is only the time of the operation. Pure.
 */
import type { QubeName } from '../../base/ids.ts';

/** 1.8, the newest that this side speaks. */
const OUR_VERSION = 0x10008;
const MAX_LINE = 254;

export interface Operation {
  /** Who copied or pasted. */
  readonly qube: QubeName;
  /** X server time of the key, ms. */
  readonly time: number;
  readonly successful: boolean;
  readonly copy?: boolean;
  readonly paste?: boolean;
  readonly oversized?: boolean;
  readonly cleared?: boolean;
  /** Bytes that were copied or pasted. */
  readonly size?: number | undefined;
  /** Most bytes that the qube may copy. */
  readonly limit: number;
  /** Of the conversation: 0x10008 is 1.8. */
  readonly version: number;
}

export function metadataText(operation: Operation): string {
  const { qube, time, successful, copy, paste, oversized, cleared, size, limit, version } =
    operation;
  const lines: readonly (readonly [string, number | boolean | string | undefined])[] = [
    ['vmname', `"${qube}"`],
    ['xevent_timestamp', time >>> 0],
    ['successful', successful],
    ['copy_action', copy],
    ['paste_action', paste],
    ['malformed_request', false],
    ['oversized_request', oversized],
    ['cleared', cleared],
    ['qrexec_clipboard', false],
    ['sent_size', size],
    ['buffer_size', limit],
    ['protocol_version_xside', OUR_VERSION],
    ['protocol_version_vmside', version],
  ];
  const shown = lines.map(
    ([key, value]) => `"${key}":${typeof value === 'string' ? value : Number(value ?? 0)}`,
  );
  return `{\n${shown.join(',\n')}\n}\n`;
}

/** The time of the operation; 0 when it cannot be read. Names may have dots here. */
export function timeIn(text: string): number {
  let time = 0;
  for (const line of text.split('\n')) {
    if (line === '' || line === '{' || line === '}') continue;
    const pair = /^"([A-Za-z0-9_-]+)":("[A-Za-z0-9_.-]{0,33}"|[0-9]{1,10}),?$/.exec(line);
    if (!pair || line.length > MAX_LINE) return 0;
    if (pair[1] === 'xevent_timestamp') time = Number(pair[2]);
  }
  return Number.isInteger(time) && time < 2 ** 32 ? time : 0;
}

/** Is X server time `one` not before `other`? Both wrap at 2^32 ms. */
export function isNotBefore(one: number, other: number): boolean {
  return (one - other) >>> 0 < 2 ** 31;
}
