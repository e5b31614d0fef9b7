/**
 * Encoding of the service channel, both ways. Values are ours: one that the
 * other side would refuse is a defect and throws BugError, except texts, which
 * are cut to their limits.
 */
import { BugError, unreachable } from '../base/errors.ts';
import { writeU32 } from './bytes.ts';
import { SERVICE_LIMITS } from './limits.ts';
import {
  type FromQubeDraft,
  fromQube,
  MONITOR_BYTES,
  SERVICE_HEADER,
  type ToQube,
  toQube,
} from './service.ts';
import type { Fields, WireOf } from './struct.ts';
import type { Row } from './table.ts';

const utf8 = new TextEncoder();

/** A request as bytes. */
export function encodeToQube(message: ToQube): Uint8Array {
  return encodeServiceRow(toQube.byType[toQube.type[message.name]] as Row, toQubeBody(message));
}

/** What the qube's end says as bytes. */
export function encodeFromQube(message: FromQubeDraft): Uint8Array {
  const row = fromQube.byType[fromQube.type[message.name]] as Row;
  return encodeServiceRow(row, fromQubeBody(message));
}

/** Header and body exactly as given: the wire level of the codec. */
export function encodeServiceRow<F extends Fields>(
  row: Row<string, F>,
  body: WireOf<F>,
): Uint8Array {
  const length = row.body.sizeOf(body);
  const rule = row.length;
  if (rule.kind === 'range' && (length < rule.min || length > rule.max)) {
    throw new BugError(`${row.name} of ${length} bytes`);
  }
  const out = new Uint8Array(SERVICE_HEADER.bytes + length);
  writeU32(out, 0, row.type);
  writeU32(out, SERVICE_HEADER.lengthAt, length);
  row.body.write(body, out, SERVICE_HEADER.bytes);
  return out;
}

function toQubeBody(message: ToQube): WireOf<Fields> {
  const { id } = message;
  switch (message.name) {
    case 'runProgram': {
      const { argv } = message;
      if (argv.length === 0 || argv.length > SERVICE_LIMITS.argvCount.value || argv[0] === '') {
        throw new BugError(`a command line of ${argv.length} arguments`);
      }
      return { id, argv: nulEnded(argv) };
    }
    case 'setKeymap': {
      const { rules, model, layout, variant, options } = message;
      return { id, texts: nulEnded([rules, model, layout, variant, options]) };
    }
    case 'setScreen': {
      const { width, height, dpi, monitors } = message;
      const list = new Uint8Array(MONITOR_BYTES * monitors.length);
      monitors.forEach((monitor, i) => {
        writeU32(list, MONITOR_BYTES * i, monitor.x);
        writeU32(list, MONITOR_BYTES * i + 4, monitor.y);
        writeU32(list, MONITOR_BYTES * i + 8, monitor.width);
        writeU32(list, MONITOR_BYTES * i + 12, monitor.height);
      });
      return { id, width, height, dpi, monitors: list };
    }
    case 'ping':
      return { id, nonce: message.nonce };
    case 'pingWindow':
      return { id, window: message.window };
    default:
      return unreachable(message);
  }
}

function fromQubeBody(message: FromQubeDraft): WireOf<Fields> {
  switch (message.name) {
    case 'answer': {
      const { id, status, detail = '' } = message;
      return { id, status, detail: cut(detail, SERVICE_LIMITS.detailBytes.value) };
    }
    case 'iconRecord': {
      const { window, width, height, pixels } = message;
      if (pixels.length !== width * height * 4) {
        throw new BugError(`${pixels.length} bytes for an icon of ${width}x${height}`);
      }
      return { window, width, height, pixels };
    }
    case 'programExited': {
      const { runId, kind, code } = message;
      return { runId, kind: kind === 'exited' ? 0 : 1, code };
    }
    case 'ready': {
      const version = cut(message.version, SERVICE_LIMITS.versionBytes.value);
      return { fresh: message.fresh ? 1 : 0, version };
    }
    case 'fileOffer': {
      const file = utf8.encode(message.file);
      if (file.includes(0) || file.includes(0x2f)) throw new BugError('a file name with / or NUL');
      return { size: BigInt(message.size), file };
    }
    default:
      return unreachable(message);
  }
}

function nulEnded(texts: readonly string[]): Uint8Array {
  if (texts.some((text) => text.includes('\0'))) throw new BugError('a text with NUL in it');
  return utf8.encode(texts.map((text) => `${text}\0`).join(''));
}

function cut(text: Uint8Array | string, max: number): Uint8Array {
  const raw = typeof text === 'string' ? utf8.encode(text) : text;
  return raw.subarray(0, max);
}
