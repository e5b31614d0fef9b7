/**
 * The way of a text to a qube: the header that its version wants, the bound that
 * it has, and no copy of the text before the channel.
 */
import { describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { native, type Vault } from '../../../src/native/addon.ts';
import { clipboardHeader, encodeToVm } from '../../../src/protocol/encode.ts';
import { NEWEST, type Version } from '../../../src/protocol/version.ts';
import { Output } from '../../../src/session/output.ts';
import type { Placement } from '../../../src/session/placement.ts';
import { SessionQubePort } from '../../../src/session/qube-port.ts';
import { QubeWindow, WindowTable } from '../../../src/session/window-table.ts';

const W = 0x0040_0007 as VmWindowId;
const version = (minor: number): Version => ({ major: 1, minor });

function stage(spoken: Version, takes = true) {
  const sent: { header: Uint8Array; secret: Vault }[] = [];
  const output = new Output(
    {
      write() {},
      writeSecret: (header, secret) => {
        sent.push({ header, secret });
        return takes;
      },
      queuedBytes: 0,
    },
    spoken,
  );
  const windows = new WindowTable(10);
  windows.add(new QubeWindow(W, { x: 0, y: 0, width: 1, height: 1 }, false));
  const port = new SessionQubePort(() => {});
  port.conversation = { version: spoken, windows, output, placement: {} as Placement };
  return { port, sent };
}

describe('the header of a text', () => {
  it.each([0, 1, 2, 7, 8])('of 1.%i is that of the whole message', (minor) => {
    const data = new Uint8Array(300).fill(1);
    const whole = encodeToVm({ name: 'clipboardData', window: W, data }, version(minor));
    const header = clipboardHeader(W, data.length, version(minor));
    expect(header).toEqual(whole.slice(0, 12));
    // Before 1.2 the window's place holds the length.
    expect(new DataView(header.buffer).getUint32(4, true)).toBe(minor < 2 ? 300 : W);
  });

  it('of more than the version takes is a defect', () => {
    expect(() => clipboardHeader(W, 65_001, version(7))).toThrow('65001 bytes of clipboard');
    expect(() => clipboardHeader(W, 256_001, NEWEST)).toThrow('256001 bytes of clipboard');
  });
});

describe('a text for a qube', () => {
  it('goes out of the vault itself', () => {
    using secret = native().createVault(8);
    secret.store(Buffer.from('text'));
    const { port, sent } = stage(NEWEST);
    expect(port.clipboardData(W, secret)).toBe(true);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.secret).toBe(secret);
    expect(sent[0]?.header).toEqual(clipboardHeader(W, 4, NEWEST));
  });

  it.each([
    [7, 65_000],
    [8, 256_000],
  ])('of 1.%i has at most %i bytes', (minor, max) => {
    using secret = native().createVault(max + 1);
    const { port, sent } = stage(version(minor));
    expect(port.clipboardSendMax).toBe(max);
    secret.store(new Uint8Array(max + 1));
    expect(port.clipboardData(W, secret)).toBe(false);
    secret.store(new Uint8Array(max));
    expect(port.clipboardData(W, secret)).toBe(true);
    expect(sent).toHaveLength(1);
  });

  it('is not sent to a window that is gone, to nobody, or by a conversation that ends', () => {
    using secret = native().createVault(8);
    const { port, sent } = stage(NEWEST);
    expect(port.clipboardData((W + 1) as VmWindowId, secret)).toBe(false);
    port.conversation = undefined;
    expect(port.clipboardSendMax).toBe(0);
    expect(port.clipboardData(W, secret)).toBe(false);
    expect(sent).toEqual([]);
    expect(stage(NEWEST, false).port.clipboardData(W, secret)).toBe(false);
  });
});
