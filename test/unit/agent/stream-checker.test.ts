/**
 * The check that every conversation of the agent goes through does see breaches.
 */
import { describe, expect, it } from 'vitest';
import { ProtocolViolation } from '../../../src/base/errors.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { encodeFromVm } from '../../../src/protocol/encode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import type { ToVm } from '../../../src/protocol/to-vm.ts';
import { NEWEST } from '../../../src/protocol/version.ts';
import { checkAgentStream, type Said } from '../../e2e/agent/stream-checker.ts';

const W = 0x400007 as VmWindowId;
const rect = { x: 0, y: 0, width: 20, height: 10 };
const create: FromVmDraft = {
  name: 'create',
  window: W,
  ...rect,
  parent: 1 as VmWindowId,
  overrideRedirect: false,
};
const map: FromVmDraft = {
  name: 'map',
  window: W,
  transientFor: undefined,
  overrideRedirect: false,
};
const dump: FromVmDraft = {
  name: 'dump',
  window: W,
  width: 20,
  height: 10,
  refs: Uint32Array.of(5),
};
const shm = (x: number, y: number, width: number, height: number): FromVmDraft => ({
  ...{ name: 'shmImage', window: W, x, y, width, height },
});

function agent(...drafts: FromVmDraft[]): Said[] {
  const reader = new FrameReader(fromVm, { version: NEWEST });
  return drafts.map((draft) => {
    reader.push(encodeFromVm(draft, NEWEST));
    const frame = reader.next();
    if (!frame) throw new Error('no frame');
    const body = Uint8Array.from(frame.body);
    return {
      by: 'agent',
      type: frame.type,
      window: frame.window,
      body,
      message: decodeFromVm(frame),
    };
  });
}

const daemon = (message: ToVm): Said => ({ by: 'daemon', message });
const rules = (...log: Said[]) =>
  checkAgentStream(log, { version: NEWEST, pages: 10, complete: true }).map(
    (line) => line.split(':')[0],
  );

describe('checkAgentStream', () => {
  it('finds nothing in a good conversation', () => {
    const configure = { ...rect, x: 5 };
    expect(
      rules(
        ...agent(create, map, dump, shm(0, 0, 20, 10)),
        daemon({ name: 'configure', window: W, ...configure }),
        daemon({ name: 'clipboardRequest', window: W }),
        ...agent(
          { name: 'configure', window: W, ...configure, overrideRedirect: false },
          { name: 'clipboardData', window: W, data: new Uint8Array(3) },
          { name: 'cursor', window: W, glyph: 68 },
          { name: 'flags', window: W, set: 1, unset: 2 },
          { name: 'destroy', window: W },
        ),
      ),
    ).toEqual([]);
  });

  it.each<[string, () => Said[]]>([
    ['E3', () => agent(map)],
    ['E3', () => agent(create, create)],
    ['E3', () => agent(create, { name: 'destroy', window: W }, shm(0, 0, 1, 1))],
    ['E5', () => agent({ ...create, width: 0 } as FromVmDraft)],
    ['E9', () => agent(create, map, dump, shm(10, 0, 11, 5))],
    ['E9', () => agent(create, map, shm(0, 0, 1, 1), dump)],
    ['E7', () => agent(create, dump, map, dump)],
    ['E7', () => agent(create, map)],
    ['E8', () => agent(create, map, { ...dump, refs: Uint32Array.of(10) } as FromVmDraft)],
    ['E7', () => agent(create, map, { ...dump, refs: Uint32Array.of(5, 7) } as FromVmDraft)],
    ['E10', () => agent(create, map, dump, { name: 'dock', window: W })],
    ['E13', () => agent({ name: 'clipboardData', window: W, data: new Uint8Array(3) })],
    ['E6', () => [...agent(create), daemon({ name: 'configure', window: W, ...rect })]],
  ])('sees a breach of %s', (rule, log) => {
    let seen: (string | undefined)[];
    try {
      seen = rules(...log());
    } catch (error) {
      // A daemon's decoder refuses it already.
      if (!(error instanceof ProtocolViolation)) throw error;
      seen = [rule];
    }
    expect(seen).toContain(rule);
  });
});
