/**
 * What a strict daemon demands of an agent's whole stream, as one function over
 * a recording: the properties E2 to E13 of the reference (E1, E14 to E16 are
 * about bytes and connections and have tests of their own). Returns one line
 * per breach; an agent that keeps the rules gets an empty list.
 */
import { type Rect, sameRect } from '../../../src/base/geometry.ts';
import { type FromVm, fromVm } from '../../../src/protocol/from-vm.ts';
import { LIMITS } from '../../../src/protocol/limits.ts';
import type { Row } from '../../../src/protocol/table.ts';
import type { ToVm } from '../../../src/protocol/to-vm.ts';
import { features, type Version } from '../../../src/protocol/version.ts';

/** One message as the daemon's side saw it. */
export type Said =
  | { readonly by: 'daemon'; readonly message: ToVm }
  | {
      readonly by: 'agent';
      readonly type: number;
      readonly window: number;
      readonly body: Uint8Array;
      readonly message: FromVm;
    };

interface Window {
  mapped: boolean;
  docked: boolean;
  overrideRedirect: boolean;
  /** Size of the newest dump since the last map. */
  dump: { width: number; height: number } | undefined;
  /** CONFIGUREs of the daemon that were not echoed yet. */
  told: Rect[];
}

export interface CheckOptions {
  readonly version: Version;
  /** Pages of the pool; 0 = not checked. */
  readonly pages?: number;
  /** The recording ends when everything has been answered. */
  readonly complete?: boolean;
}

export function checkAgentStream(log: readonly Said[], options: CheckOptions): string[] {
  const breaches: string[] = [];
  const windows = new Map<number, Window>();
  let questions = 0;
  const clipboardMax = features(options.version).clipboardMax;

  const agentSaid = (said: Extract<Said, { by: 'agent' }>, at: number): void => {
    const { message, body } = said;
    const breach = (rule: string, what: string): void => {
      breaches.push(
        `${rule}: message ${at} (${message.name} of 0x${said.window.toString(16)}): ${what}`,
      );
    };
    const row: Row | undefined = fromVm.byType[said.type];
    if (!row || row.obsolete) breach('E2', `type ${said.type}`);
    else if (row.length.kind === 'exact' && row.length.bytes !== body.length) {
      breach('E2', `${body.length} bytes`);
    }
    if (message.name === 'ignored') {
      breach('E', `a daemon would drop it: ${message.rule}`);
      return;
    }
    if (message.name === 'clipboardData') {
      if (questions === 0) breach('E13', 'nobody asked');
      else questions--;
      if (message.data.length > clipboardMax) breach('E13', `${message.data.length} bytes`);
      return;
    }
    if (said.window === 0) breach('E4', 'window 0');
    const window = windows.get(said.window);
    if (message.name === 'create') {
      if (window) breach('E3', 'it exists already');
      const { width, height } = raw(body, 8);
      if (!fitsLimits(width, height)) breach('E5', `${width}x${height}`);
      windows.set(said.window, {
        mapped: false,
        docked: false,
        overrideRedirect: message.overrideRedirect,
        dump: undefined,
        told: [],
      });
      return;
    }
    if (!window) {
      breach('E3', 'it does not exist');
      return;
    }
    switch (message.name) {
      case 'destroy':
        windows.delete(said.window);
        break;
      case 'map':
        window.mapped = true;
        window.dump = undefined;
        break;
      case 'unmap':
        window.mapped = false;
        window.dump = undefined;
        break;
      case 'dock':
        if (window.mapped) breach('E10', 'it is mapped');
        if (window.overrideRedirect) breach('E10', 'it is override-redirect');
        window.docked = true;
        break;
      case 'configure': {
        const { width, height } = raw(body, 8);
        const place = window.told.findIndex((rect) =>
          sameRect(rect, { x: word(body, 0) | 0, y: word(body, 4) | 0, width, height }),
        );
        // An echo is exact, whatever was told.
        if (place < 0 && !fitsLimits(width, height)) breach('E6', `${width}x${height}`);
        if (place > 0) breach('E6', 'a CONFIGURE of the daemon before it was not echoed');
        if (place >= 0) window.told.splice(0, place + 1);
        break;
      }
      case 'dump':
        checkDump(message, body, options, breach);
        if (!window.mapped && !window.docked) breach('E7', 'the window is not shown');
        window.dump = { width: message.width, height: message.height };
        break;
      case 'shmImage': {
        const { x, y, width, height } = message;
        const { dump } = window;
        if (!dump) breach('E9', 'there is no dump');
        else if (x < 0 || y < 0 || x + width > dump.width || y + height > dump.height) {
          breach('E9', `${width}x${height}+${x}+${y} of ${dump.width}x${dump.height}`);
        }
        break;
      }
      case 'flags':
        if (message.set & message.unset) breach('E11', 'a bit is set and unset');
        if ((message.set | message.unset) & ~7) breach('E11', 'an unknown bit');
        break;
      case 'cursor': {
        const value = word(body, 0);
        const first = LIMITS.cursorFirst.value;
        if (value !== 0 && (value < first || value >= LIMITS.cursorEnd.value || value & 1)) {
          breach('E12', `0x${value.toString(16)}`);
        }
        break;
      }
      default:
        break;
    }
  };

  log.forEach((said, at) => {
    if (said.by === 'agent') {
      agentSaid(said, at);
      return;
    }
    const { message } = said;
    if (message.name === 'clipboardRequest') questions = 1;
    if (message.name === 'configure' && message.width > 0 && message.height > 0) {
      const { x, y, width, height } = message;
      windows.get(message.window)?.told.push({ x, y, width, height });
    }
  });
  if (options.complete) {
    for (const [id, window] of windows) {
      if (window.told.length > 0)
        breaches.push(`E6: 0x${id.toString(16)}: a CONFIGURE has no echo`);
      if (window.mapped && !window.dump)
        breaches.push(`E7: 0x${id.toString(16)}: no dump after MAP`);
    }
  }
  return breaches;
}

function checkDump(
  { width, height, refs }: Extract<FromVm, { name: 'dump' }>,
  body: Uint8Array,
  { pages = 0 }: CheckOptions,
  breach: (rule: string, what: string) => void,
): void {
  if (word(body, 0) !== 0) breach('E7', `dump type ${word(body, 0)}`);
  if (body.length !== 16 + 4 * refs.length) breach('E7', `${body.length} bytes`);
  if (refs.length < 1 || refs.length > LIMITS.dumpRefs.value) breach('E7', `${refs.length} refs`);
  if (refs.length * 4096 < width * height * 4) breach('E7', 'too few refs');
  if (!fitsLimits(width, height)) breach('E7', `${width}x${height}`);
  refs.forEach((ref, at) => {
    if (at > 0 && ref !== (refs[at - 1] as number) + 1)
      breach('E7', 'refs do not follow each other');
    if (pages > 0 && (ref < 1 || ref >= pages)) breach('E8', `ref ${ref} is not in the pool`);
  });
}

function fitsLimits(width: number, height: number): boolean {
  return (
    width >= 1 &&
    height >= 1 &&
    width <= LIMITS.windowWidth.value &&
    height <= LIMITS.windowHeight.value
  );
}

function raw(body: Uint8Array, at: number): { width: number; height: number } {
  return { width: word(body, at), height: word(body, at + 4) };
}

function word(body: Uint8Array, at: number): number {
  return Buffer.from(body.buffer, body.byteOffset, body.length).readUInt32LE(at);
}
