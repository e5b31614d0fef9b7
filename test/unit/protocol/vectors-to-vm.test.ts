/**
 * Vectors D: what a daemon sends. Our agent decodes the bytes to the message,
 * and our daemon encodes the message to the bytes.
 */
import { describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { encodeToVm } from '../../../src/protocol/encode.ts';
import { type ToVm, toVm } from '../../../src/protocol/to-vm.ts';
import { fromHex, toHex, vectorBytes } from './golden.ts';
import { codeOf, concat, decodeDaemon, readPlain, v, W } from './support.ts';

const unknown = 0x0bad_f00d as VmWindowId;
const at = { x: 10, y: 20, state: 0 };

const cases: Readonly<Record<string, readonly ToVm[]>> = {
  D1: [{ name: 'key', window: W, pressed: true, x: 5, y: 6, state: 0, keycode: 38 }],
  D2: [{ name: 'key', window: W, pressed: false, x: 0, y: 0, state: 2, keycode: 38 }],
  D3: [
    { name: 'motion', window: W, ...at },
    { name: 'button', window: W, pressed: true, ...at, button: 1 },
    { name: 'button', window: W, pressed: false, ...at, state: 0x100, button: 1 },
  ],
  D4: [{ name: 'button', window: W, pressed: true, x: 500, y: 500, state: 0, button: 1 }],
  D5: [{ name: 'button', window: W, pressed: true, x: 0, y: 0, state: 0, button: 8 }],
  D6: [
    {
      name: 'crossing',
      window: W,
      entered: true,
      x: 3,
      y: 4,
      state: 0,
      mode: 1,
      detail: 0,
      focus: false,
    },
  ],
  D7: [
    {
      name: 'crossing',
      window: W,
      entered: false,
      x: 3,
      y: 4,
      state: 0,
      mode: 0,
      detail: 0,
      focus: false,
    },
  ],
  D8: [{ name: 'focus', window: W, focused: true, mode: 0, detail: 3 }],
  D9: [{ name: 'focus', window: W, focused: true, mode: 3, detail: 3 }],
  D10: [{ name: 'keymap', window: 0 as VmWindowId, bitmap: new Uint8Array(32) }],
  D11: [configure(1, 2, 300, 200)],
  D12: [configure(1, 2, 300, 200)],
  D13: [configure(0, 0, 0, 0)],
  D15: [{ name: 'flags', window: W, set: 1, unset: 0 }],
  D16: [{ name: 'close', window: W }],
  D17: [{ name: 'clipboardRequest', window: W }],
  D19: [{ name: 'clipboardData', window: W, data: Uint8Array.from(Buffer.from('a\r\nb\tc')) }],
  D20: [{ name: 'clipboardData', window: W, data: fromHex('611b62') }],
  D21: [{ name: 'clipboardData', window: W, data: fromHex('610062') }],
  D22: [{ name: 'clipboardData', window: W, data: new Uint8Array(0) }],
  D23: [{ name: 'execute', window: W, command: new Uint8Array(255) }],
  D24: [{ name: 'resize', window: W, width: 1, height: 1 }],
  D26: [{ name: 'destroyAck', window: W }],
  D27: [
    { name: 'dumpAck', window: W },
    { name: 'dumpAck', window: W },
  ],
  D28: [{ name: 'dumpAck', window: 0 as VmWindowId }],
  D29: [{ name: 'motion', window: unknown, x: 1, y: 1, state: 0 }],
};

function configure(x: number, y: number, width: number, height: number): ToVm {
  return { name: 'configure', window: W, x, y, width, height, overrideRedirect: false };
}

describe('a message of the daemon and its bytes', () => {
  for (const [id, messages] of Object.entries(cases)) {
    it(`${id} decodes to ${messages.map((message) => message.name).join(', ')} and back`, () => {
      const bytes = vectorBytes(id);
      expect(decodeDaemon(bytes)).toEqual(messages);
      const encoded = messages.map((message) => encodeToVm(message, v(8)));
      expect(toHex(concat(encoded))).toBe(toHex(bytes));
    });
  }
});

it('D14 transient_for of MAP is neither read nor sent', () => {
  const map = { name: 'map', window: W, overrideRedirect: true } as const;
  expect(decodeDaemon(vectorBytes('D14'))).toEqual([map]);
  expect(toHex(encodeToVm(map, v(8)))).toBe('8400000007004000080000000000000001000000');
});

it('D18 without an owner the window is echoed with no data', () => {
  expect(toHex(vectorBytes('D18'))).toBe('8b0000000700400000000000');
});

it('D25 an unknown type is stepped over by its length and the next message is handled', () => {
  const { messages, skipped } = readPlain(toVm, [vectorBytes('D25'), vectorBytes('D16')]);
  expect([messages.map((message) => message.type), skipped]).toEqual([[137], 1]);
});

it('D25 an unknown type of 2^32 - 1 bytes costs no memory', () => {
  const header = fromHex('c800000007004000ffffffff');
  const { left, capacity } = readPlain(toVm, [header, new Uint8Array(65_536), vectorBytes('D16')]);
  expect([left, capacity]).toEqual([0, 4096]);
});

it('D23 EXECUTE and RESIZE of another length are stepped over', () => {
  const short = concat([fromHex('8a0000000700400002000000'), fromHex('6c73')]);
  const { messages, skipped } = readPlain(toVm, [short, vectorBytes('D16')]);
  expect([messages.map((message) => message.type), skipped]).toEqual([[137], 1]);
});

it('clipboard data longer than any daemon sends is stepped over', () => {
  const long = concat([fromHex('8c0000000700400001e80300'), new Uint8Array(256_001)]);
  const { messages, skipped } = readPlain(toVm, [long, vectorBytes('D16')]);
  expect([messages.map((message) => message.type), skipped]).toEqual([[137], 1]);
});

it('a wrong length of a message that matters ends the session on the agent too', () => {
  expect(codeOf(() => readPlain(toVm, [fromHex('7c0000000700400010000000')]))).toBe('GUI_LENGTH');
});

it('D31 at 1.6 WINDOW_DUMP_ACK is not sent', () => {
  expect(encodeToVm({ name: 'dumpAck', window: W }, v(6)).length).toBe(0);
});

it('an event type of another event is dropped', () => {
  for (const [id, offset] of [
    ['D1', 12],
    ['D4', 12],
    ['D6', 12],
    ['D8', 12],
  ] as const) {
    const bytes = vectorBytes(id);
    bytes[offset] = 6;
    expect(decodeDaemon(bytes)).toEqual([{ name: 'ignored', window: W, rule: 'GUI_INPUT_TYPE' }]);
  }
});

describe('clipboard for older agents', () => {
  const data = Uint8Array.of(1, 2, 3);
  it('before 1.2 the window field holds the length', () => {
    const message = { name: 'clipboardData', window: W, data } as const;
    expect(toHex(encodeToVm(message, v(1)))).toBe('8c0000000300000003000000010203');
    expect(toHex(encodeToVm(message, v(2)))).toBe('8c0000000700400003000000010203');
  });
  it('is never longer than they take: 65000 bytes up to 1.7, 256000 at 1.8', () => {
    const send = (length: number, minor: number) =>
      encodeToVm({ name: 'clipboardData', window: W, data: new Uint8Array(length) }, v(minor));
    expect(send(65_000, 7).length).toBe(65_012);
    expect(() => send(65_001, 7)).toThrow(/65001/);
    expect(send(256_000, 8).length).toBe(256_012);
    expect(() => send(256_001, 8)).toThrow(/256001/);
  });
});
