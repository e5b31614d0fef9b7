/**
 * A damage message makes no object on its way from the bytes to the desktop:
 * at sixty full screens a second, or in a flood, there is nothing to collect.
 */
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { encodeFromVm } from '../../../src/protocol/encode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import { NEWEST } from '../../../src/protocol/version.ts';
import { Incoming } from '../../../src/session/incoming.ts';
import { Output } from '../../../src/session/output.ts';
import { Placement } from '../../../src/session/placement.ts';
import { costOf } from '../../../src/session/turn.ts';
import { WindowTable } from '../../../src/session/window-table.ts';
import { RecordingDesktop } from '../../rig/recording-desktop.ts';

const W = 7 as VmWindowId;
const MESSAGES = 2000;

it('handles SHMIMAGE without allocating', () => {
  const port = new RecordingDesktop();
  let area = 0;
  port.damaged = (_id, _x, _y, width, height) => {
    area += width * height;
  };
  const output = new Output({ write() {}, writeSecret: () => true, queuedBytes: 0 }, NEWEST);
  const incoming = new Incoming({
    port,
    windows: new WindowTable(10),
    output,
    placement: new Placement(systemClock, port, output),
    version: NEWEST,
    poolPages: 1000,
    references: 1000,
    onDropped() {},
    onPictures() {},
  });
  const reader = new FrameReader(fromVm, { version: NEWEST });
  const bytes = (messages: FromVmDraft[]) =>
    Buffer.concat(messages.map((message) => encodeFromVm(message, NEWEST)));
  const handle = (chunk: Uint8Array, times: number) => {
    let cost = 0;
    for (let i = 0; i < times; i++) {
      reader.push(chunk);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        cost += costOf(frame.type, frame.length);
        incoming.handle(frame);
      }
    }
    return cost;
  };
  const refs = Uint32Array.from({ length: 300 }, (_, i) => i);
  const size = { width: 640, height: 480 };
  handle(
    bytes([
      { name: 'create', window: W, x: 0, y: 0, ...size, parent: W, overrideRedirect: false },
      { name: 'map', window: W, transientFor: undefined, overrideRedirect: false },
      { name: 'dump', window: W, ...size, refs },
    ]),
    1,
  );
  const flood = bytes(
    Array.from({ length: MESSAGES }, (_, i) => ({
      name: 'shmImage' as const,
      window: W,
      x: i % 640,
      y: i % 480,
      width: 20,
      height: 20,
    })),
  );
  // The compiler has its own memory until the code is hot.
  handle(flood, 200);
  const samples: number[] = [];
  for (let i = 0; i < 9; i++) {
    const before = process.memoryUsage().heapUsed;
    handle(flood, 20);
    samples.push((process.memoryUsage().heapUsed - before) / (20 * MESSAGES));
  }
  // A collection in between makes a sample negative, an object each makes all of them 16 or more.
  const median = samples.sort((a, b) => a - b)[4] as number;
  expect(median).toBeLessThan(2);
  expect(median).toBeGreaterThan(-2);
  expect(area).toBeGreaterThan(0);
});
