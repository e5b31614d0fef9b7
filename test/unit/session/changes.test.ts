/** What only the last of counts is told once a turn, and never later than what builds on it. */
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
import { WindowTable } from '../../../src/session/window-table.ts';
import { create, damage, dump, map } from '../../e2e/session/stage.ts';
import { RecordingDesktop } from '../../rig/recording-desktop.ts';

const W = 7 as VmWindowId;
const OTHER = 8 as VmWindowId;

function stage() {
  const port = new RecordingDesktop();
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
  const turn = (...messages: FromVmDraft[]): string[] => {
    const before = port.told.length;
    for (const message of messages) reader.push(encodeFromVm(message, NEWEST));
    for (let frame = reader.next(); frame; frame = reader.next()) incoming.handle(frame);
    incoming.settle();
    return port.told.slice(before).map(({ name }) => name);
  };
  return { port, turn };
}

const title = (text: string, window = W): FromVmDraft => ({
  name: 'title',
  window,
  text: Buffer.from(text),
});
const move = (x: number, window = W): FromVmDraft => ({
  ...{ name: 'configure', window, x, y: 0, width: 640, height: 480 },
  overrideRedirect: false,
});
const cursor = (value: number): FromVmDraft => ({ name: 'cursor', window: W, glyph: value });

it('says each change of a window once a turn, with the last word', () => {
  const { port, turn } = stage();
  turn(create(W), map(W), create(OTHER));
  const flood = Array.from({ length: 50 }, (_, i) => [
    title(`${i}`),
    cursor(2 * (i % 70)),
    move(i + 1),
    title(`other ${i}`, OTHER),
  ]).flat();
  const told = turn(...flood);
  expect(told.sort()).toEqual([
    'cursorChanged',
    'titleChanged',
    'titleChanged',
    'windowConfigured',
  ]);
  expect(port.of('titleChanged').map(({ text }) => text)).toEqual(['49', 'other 49']);
  expect(port.of('windowConfigured').at(-1)?.rect.x).toBe(50);
  // The next turn is told again.
  expect(turn(title('last'))).toEqual(['titleChanged']);
  expect(turn()).toEqual([]);
});

it('says it before what builds on it', () => {
  const { port, turn } = stage();
  expect(turn(create(W), title('a'), map(W), title('b'))).toEqual([
    'windowCreated',
    'titleChanged',
    'windowMapped',
    'titleChanged',
  ]);
  expect(turn(move(9), dump(W, 640, 480))).toEqual(['windowConfigured', 'surfaceChanged']);
  expect(turn(move(10), damage(W, 0, 0, 1, 1))).toEqual(['windowConfigured', 'damaged']);
  expect(turn(title('gone'), { name: 'destroy', window: W }, create(W))).toEqual([
    'titleChanged',
    'windowDestroyed',
    'windowCreated',
  ]);
  expect(port.windows()).toHaveLength(1);
});
