/**
 * Decoding of the service channel, both sides. What a qube says wrongly ends
 * its service connection; what dom0 asks wrongly or newly is handed over as
 * `refused`, so that every request gets its answer.
 */
import type { VmWindowId } from '../base/ids.ts';
import { Untrusted } from '../base/untrusted.ts';
import { readI32, readU32 } from './bytes.ts';
import type { Frame } from './framing.ts';
import { SERVICE_LIMITS } from './limits.ts';
import { type RuleCode, violation } from './rules.ts';
import {
  Answer,
  FileOffer,
  type FromQube,
  fromQube,
  IconRecord,
  MONITOR_BYTES,
  type Monitor,
  Ping,
  ProgramExited,
  Ready,
  RunProgram,
  SetKeymap,
  SetScreen,
  STATUS,
  type ToQubeRead,
  toQube,
  WindowPing,
} from './service.ts';

const SIDE = SERVICE_LIMITS.screenSide.value;

/**
 * dom0's side: the message in `frame`, which a reader of the table `fromQube`
 * gave. Throws ProtocolViolation with a SERVICE code. Everything is copied.
 */
export function decodeFromQube(frame: Frame): FromQube {
  const row = fromQube.byType[frame.type];
  const { buffer, offset, length } = frame;
  switch (row?.name) {
    case 'answer': {
      const { id, status, detail } = Answer.read(buffer, offset, length);
      return { name: 'answer', id, status, detail: new Untrusted(detail.slice()) };
    }
    case 'iconRecord': {
      const { window, width, height, pixels } = IconRecord.read(buffer, offset, length);
      const side = SERVICE_LIMITS.iconSide.value;
      // The sides first: their product must not be taken of any two u32.
      if (width < 1 || height < 1 || width > side || height > side) {
        throw violation('SERVICE_ICON_SIZE', `${width}x${height}`);
      }
      if (pixels.length !== width * height * 4) {
        throw violation('SERVICE_ICON_SIZE', `${width}x${height}, ${pixels.length} bytes`);
      }
      const id = window as VmWindowId;
      return { name: 'iconRecord', window: id, width, height, pixels: pixels.slice() };
    }
    case 'programExited': {
      const { runId, kind, code } = ProgramExited.read(buffer, offset, length);
      if (kind > 1) throw violation('SERVICE_EXIT_KIND', `${kind}`);
      return { name: 'programExited', runId, kind: kind === 0 ? 'exited' : 'signalled', code };
    }
    case 'ready': {
      const { fresh, version } = Ready.read(buffer, offset, length);
      return { name: 'ready', fresh: fresh !== 0, version: new Untrusted(version.slice()) };
    }
    case 'fileOffer': {
      const { size, file } = FileOffer.read(buffer, offset, length);
      if (
        size > BigInt(SERVICE_LIMITS.fileBytes.value) ||
        file.includes(0) ||
        file.includes(0x2f)
      ) {
        throw violation('SERVICE_FILE', `${size} bytes, name of ${file.length} bytes`);
      }
      return { name: 'fileOffer', file: new Untrusted(file.slice()), size: Number(size) };
    }
    case undefined:
      throw violation('SERVICE_TYPE', `type ${frame.type}`);
  }
}

/**
 * The qube's side: the request in `frame`, which a reader of the table
 * `toQube` gave. `refused` has the status to answer with.
 */
export function decodeToQube(frame: Frame): ToQubeRead {
  const row = toQube.byType[frame.type];
  const { buffer, offset, length } = frame;
  switch (row?.name) {
    case 'runProgram': {
      const { id, argv } = RunProgram.read(buffer, offset, length);
      const list = texts(argv, SERVICE_LIMITS.argvCount.value);
      if (list === undefined || list[0] === '') return invalid(id, 'SERVICE_ARGV');
      return { name: 'runProgram', id, argv: list };
    }
    case 'setKeymap': {
      const wire = SetKeymap.read(buffer, offset, length);
      const list = texts(wire.texts, 5);
      if (list?.length !== 5) return invalid(wire.id, 'SERVICE_TEXT');
      const [rules, model, layout, variant, options] = list as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { name: 'setKeymap', id: wire.id, rules, model, layout, variant, options };
    }
    case 'setScreen': {
      const { id, width, height, dpi, monitors } = SetScreen.read(buffer, offset, length);
      const list = readMonitors(monitors);
      const sides = [width, height, ...list.flatMap((monitor) => [monitor.width, monitor.height])];
      if (sides.some((side) => side < 1 || side > SIDE)) return invalid(id, 'SERVICE_SCREEN');
      return { name: 'setScreen', id, width, height, dpi, monitors: list };
    }
    case 'ping': {
      const { id, nonce } = Ping.read(buffer, offset, length);
      return { name: 'ping', id, nonce };
    }
    case 'pingWindow': {
      const { id, window } = WindowPing.read(buffer, offset, length);
      return { name: 'pingWindow', id, window: window as VmWindowId };
    }
    case undefined: {
      if (length < 4) throw violation('SERVICE_LENGTH', `type ${frame.type}, ${length} bytes`);
      const id = readU32(buffer, offset);
      return { name: 'refused', id, status: STATUS.unsupported, rule: 'SERVICE_TYPE' };
    }
  }
}

function invalid(id: number, rule: RuleCode): ToQubeRead {
  return { name: 'refused', id, status: STATUS.invalid, rule };
}

/** At most `max` texts, each ended by NUL and UTF-8, or undefined. */
function texts(raw: Uint8Array, max: number): string[] | undefined {
  if (raw.at(-1) !== 0) return undefined;
  const list: string[] = [];
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let from = 0;
  while (from < raw.length) {
    if (list.length === max) return undefined;
    const end = raw.indexOf(0, from);
    try {
      list.push(utf8.decode(raw.subarray(from, end)));
    } catch {
      return undefined;
    }
    from = end + 1;
  }
  return list;
}

function readMonitors(raw: Uint8Array): Monitor[] {
  const list: Monitor[] = [];
  for (let at = 0; at < raw.length; at += MONITOR_BYTES) {
    list.push({
      x: readI32(raw, at),
      y: readI32(raw, at + 4),
      width: readU32(raw, at + 8),
      height: readU32(raw, at + 12),
    });
  }
  return list;
}
