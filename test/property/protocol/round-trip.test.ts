/**
 * Round trips: every row of every table at the level of the wire, and every
 * message at the level of meaning; the decoder's promises about ranges.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolViolation } from '../../../src/base/errors.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { Untrusted } from '../../../src/base/untrusted.ts';
import { decodeFromVm, readShmImage } from '../../../src/protocol/decode.ts';
import { decodeToVm } from '../../../src/protocol/decode-to-vm.ts';
import { encodeFromVm, encodeRow, encodeToVm } from '../../../src/protocol/encode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { type FromVm, fromVm } from '../../../src/protocol/from-vm.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import { fromQube, toQube } from '../../../src/protocol/service.ts';
import { encodeServiceRow } from '../../../src/protocol/service-codec.ts';
import type { Table } from '../../../src/protocol/table.ts';
import { toVm } from '../../../src/protocol/to-vm.ts';
import { toHex } from '../../unit/protocol/golden.ts';
import { v } from '../../unit/protocol/support.ts';
import { anySent, sentOfRow } from './wire.ts';

const tables: Readonly<Record<string, Table>> = { fromVm, toVm, fromQube, toQube };

function frameOf(table: Table, bytes: Uint8Array, minor = 8) {
  const reader = new FrameReader(table, { version: v(minor) });
  reader.push(bytes);
  const frame = reader.next();
  if (frame === undefined) throw new Error('no frame');
  expect(reader.pending).toBe(0);
  return frame;
}

for (const [name, table] of Object.entries(tables)) {
  describe(`${name}: what a struct writes it reads`, () => {
    for (const row of table.rows) {
      it(row.wireName, () => {
        fc.assert(
          fc.property(sentOfRow(table, row.name), ({ bytes, window, body }) => {
            const frame = frameOf(table, bytes);
            const read = row.body.read(frame.buffer, frame.offset, frame.length);
            expect(read).toEqual(body);
            const again =
              table.header.windowAt === undefined
                ? encodeServiceRow(row, read)
                : encodeRow(row, window, read);
            expect(toHex(again)).toBe(toHex(bytes));
          }),
          { numRuns: 40 },
        );
      });
    }
  });
}

it('a decoded message of the daemon encodes to bytes that decode to it', () => {
  fc.assert(
    fc.property(anySent(toVm), ({ bytes }) => {
      const message = decodeToVm(frameOf(toVm, bytes));
      if (message.name === 'ignored') return;
      expect(decodeToVm(frameOf(toVm, encodeToVm(message, v(8))))).toEqual(message);
    }),
    { numRuns: 400 },
  );
});

/** A decoded message as the agent would say it. */
function draftOf(message: FromVm): FromVmDraft | undefined {
  const raw = (text: Untrusted<Uint8Array>) => text.parse((bytes) => bytes);
  switch (message.name) {
    case 'ignored':
      return undefined;
    case 'title':
      return { ...message, text: raw(message.text) };
    case 'wmClass':
      return { ...message, resClass: raw(message.resClass), resName: raw(message.resName) };
    default:
      return message;
  }
}

/** With texts made comparable. */
function visible(message: FromVm): unknown {
  return Object.fromEntries(
    Object.entries(message).map(([key, value]) => [
      key,
      value instanceof Untrusted ? value.parse((raw: Uint8Array) => toHex(raw)) : value,
    ]),
  );
}

function decoded(bytes: Uint8Array, minor = 8): FromVm | undefined {
  try {
    return decodeFromVm(frameOf(fromVm, bytes, minor));
  } catch (error) {
    if (error instanceof ProtocolViolation) return undefined;
    throw error;
  }
}

it('a decoded message of an agent encodes to bytes that decode to it', () => {
  fc.assert(
    fc.property(anySent(fromVm), ({ bytes }) => {
      const message = decoded(bytes);
      const draft = message && draftOf(message);
      if (message === undefined || draft === undefined) return;
      const again = decoded(encodeFromVm(draft, v(8)));
      expect(again && visible(again)).toEqual(visible(message));
    }),
    { numRuns: 600 },
  );
});

it('every decoded number is within its limits', () => {
  fc.assert(
    fc.property(anySent(fromVm), ({ bytes }) => {
      const message = decoded(bytes);
      if (message === undefined) return;
      switch (message.name) {
        case 'create':
        case 'configure':
          expect(Math.abs(message.x)).toBeLessThanOrEqual(16_384);
          expect(Math.abs(message.y)).toBeLessThanOrEqual(6_144);
          expect(message.width >= 1 && message.width <= 16_384).toBe(true);
          expect(message.height >= 1 && message.height <= 6_144).toBe(true);
          break;
        case 'shmImage':
          for (const side of [message.x, message.y, message.width, message.height]) {
            expect(side >= 0 && side <= 0x7fff_ffff).toBe(true);
          }
          break;
        case 'dump':
          expect(message.refs.length * 4096).toBeGreaterThanOrEqual(
            message.width * message.height * 4,
          );
          break;
        case 'mfnDump':
          expect(message.mfns.length * 4096).toBeGreaterThanOrEqual(
            message.width * message.height * 4 + message.offset,
          );
          break;
        case 'title':
          expect(message.text.parse((raw) => raw.length < 128 && !raw.includes(0))).toBe(true);
          break;
        case 'hints':
          expect(message.flags & ~0x175).toBe(0);
          expect(Math.max(message.minWidth, message.maxWidth, message.baseWidth)).toBeLessThan(
            16_385,
          );
          break;
        case 'flags':
          expect((message.set & ~7) | (message.unset & ~3) | (message.set & message.unset)).toBe(0);
          break;
        case 'cursor':
          expect(message.glyph ?? 0).toBeLessThan(154);
          expect((message.glyph ?? 0) % 2).toBe(0);
          break;
        default:
          break;
      }
    }),
    { numRuns: 1000 },
  );
});

it('the hot path reads SHMIMAGE as the decoder does, and drops the empty as well', () => {
  fc.assert(
    fc.property(sentOfRow(fromVm, 'shmImage'), ({ bytes }) => {
      const frame = frameOf(fromVm, bytes);
      const out = { x: 0, y: 0, width: 0, height: 0 };
      const taken = readShmImage(frame, out);
      const message = decodeFromVm(frame);
      if (message.name === 'ignored') expect(taken).toBe(false);
      else
        expect({ name: 'shmImage', window: frame.window as VmWindowId, ...out }).toEqual(message);
      if (taken) expect(out.width > 0 && out.height > 0).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('a dump is taken exactly when its references cover its pixels, and keeps them', () => {
  const side = fc.nat(300);
  fc.assert(
    fc.property(side, side, fc.integer({ min: -2, max: 2 }), (width, height, surplus) => {
      const needed = Math.ceil((width * height * 4) / 4096);
      const refs = Uint32Array.from({ length: Math.max(0, needed + surplus) }, (_, i) => i * 7);
      const dump = { name: 'dump', window: 1 as VmWindowId, width, height, bpp: 24, refs } as const;
      const read = decoded(encodeFromVm(dump, v(8)));
      expect(read).toEqual(refs.length >= needed ? dump : undefined);
    }),
  );
});
