/**
 * The service channel: its bytes are written out here once, so that the tables
 * are held to something other than themselves; its handshake and its requests.
 */
import { describe, expect, it } from 'vitest';
import { Untrusted } from '../../../src/base/untrusted.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import {
  type FromQubeDraft,
  fromQube,
  STATUS,
  type ToQube,
  toQube,
} from '../../../src/protocol/service.ts';
import { encodeFromQube, encodeToQube } from '../../../src/protocol/service-codec.ts';
import { decodeFromQube, decodeToQube } from '../../../src/protocol/service-decode.ts';
import {
  type ServiceHandshake,
  startServiceHandshake,
  stepServiceHandshake,
} from '../../../src/protocol/service-handshake.ts';
import { MAX_OPEN_REQUESTS, OpenRequests } from '../../../src/protocol/service-requests.ts';
import { fromHex, toHex } from './golden.ts';
import { codeOf, pieces, textOf, v, W } from './support.ts';

const requests: readonly [string, ToQube][] = [
  [
    '01000000 13000000 07000000 787465726d 00 2d65 00 6c73 00 c3a9 00',
    { name: 'runProgram', id: 7, argv: ['xterm', '-e', 'ls', 'é'] },
  ],
  [
    '02000000 13000000 01000000 6576646576 00 00 64652c7573 00 00 00',
    {
      name: 'setKeymap',
      id: 1,
      rules: 'evdev',
      model: '',
      layout: 'de,us',
      variant: '',
      options: '',
    },
  ],
  [
    '03000000 30000000 02000000 000f0000 38040000 60000000 00000000 00000000 80070000 38040000 80070000 ffffffff 80070000 38040000',
    {
      name: 'setScreen',
      id: 2,
      width: 3840,
      height: 1080,
      dpi: 96,
      monitors: [
        { x: 0, y: 0, width: 1920, height: 1080 },
        { x: 1920, y: -1, width: 1920, height: 1080 },
      ],
    },
  ],
  [
    '04000000 0c000000 03000000 0807060504030201',
    { name: 'ping', id: 3, nonce: 0x0102_0304_0506_0708n },
  ],
  ['05000000 08000000 04000000 07004000', { name: 'pingWindow', id: 4, window: W }],
];

const said: readonly [string, FromQubeDraft][] = [
  ['81000000 0a000000 07000000 02000000 6e6f', { name: 'answer', id: 7, status: 2, detail: 'no' }],
  ['81000000 08000000 ffffffff 00000000', { name: 'answer', id: 0xffff_ffff, status: 0 }],
  [
    '82000000 14000000 07004000 02000000 01000000 010203ff 00000000',
    { name: 'iconRecord', window: W, width: 2, height: 1, pixels: fromHex('010203ff00000000') },
  ],
  [
    '83000000 0c000000 07000000 01000000 09000000',
    { name: 'programExited', runId: 7, kind: 'signalled', code: 9 },
  ],
  [
    '84000000 0e000000 01000000 6c69766572792030 2e31',
    { name: 'ready', fresh: true, version: 'livery 0.1' },
  ],
  [
    '85000000 0c000000 0000000001000000 612e626d',
    { name: 'fileOffer', file: 'a.bm', size: 0x1_0000_0000 },
  ],
];

function oneToQube(bytes: Uint8Array) {
  const reader = new FrameReader(toQube, { version: v(8) });
  reader.push(bytes);
  const frame = reader.next();
  return frame === undefined ? undefined : decodeToQube(frame);
}

function oneFromQube(bytes: Uint8Array) {
  const reader = new FrameReader(fromQube, { version: v(8) });
  reader.push(bytes);
  const frame = reader.next();
  return frame === undefined ? undefined : decodeFromQube(frame);
}

/** The message with its untrusted texts made visible. */
function plain(message: object | undefined): object {
  return Object.fromEntries(
    Object.entries(message ?? {}).map(([key, value]) => [
      key,
      value instanceof Untrusted ? textOf(value) : value,
    ]),
  );
}

describe('requests of dom0', () => {
  for (const [hex, message] of requests) {
    it(`${message.name} has these bytes`, () => {
      const bytes = encodeToQube(message);
      expect(toHex(bytes)).toBe(hex.replaceAll(' ', ''));
      expect(oneToQube(bytes)).toEqual(message);
    });
  }

  const refused = (hex: string) => oneToQube(fromHex(hex));

  it('an unknown one is answered "unsupported"', () => {
    expect(refused('63000000 06000000 09000000 0000')).toEqual({
      name: 'refused',
      id: 9,
      status: STATUS.unsupported,
      rule: 'SERVICE_TYPE',
    });
  });
  it('an unknown one without an id, or longer than any message, ends the connection', () => {
    expect(codeOf(() => refused('63000000 03000000 090000'))).toBe('SERVICE_LENGTH');
    expect(codeOf(() => refused('63000000 0d000400'))).toBe('SERVICE_LENGTH');
  });
  for (const [what, hex] of [
    ['without a program', '01000000 06000000 09000000 00 00'],
    ['whose last argument has no end', '01000000 07000000 09000000 61 00 62'],
    ['that is not UTF-8', '01000000 07000000 09000000 61 ff 00'],
    ['of 257 arguments', `01000000 07010000 09000000 6100${'00'.repeat(257)}`],
  ] as const) {
    it(`a command line ${what} is answered "invalid"`, () => {
      expect(refused(hex)).toMatchObject({
        name: 'refused',
        id: 9,
        status: STATUS.invalid,
        rule: 'SERVICE_ARGV',
      });
    });
  }
  it('a command line of 256 arguments is taken', () => {
    const argv = Array.from({ length: 256 }, (_, i) => `a${i}`);
    expect(oneToQube(encodeToQube({ name: 'runProgram', id: 1, argv }))).toMatchObject({ argv });
  });
  it('an empty argument that is not the program is taken', () => {
    const argv = ['echo', '', 'x'];
    expect(oneToQube(encodeToQube({ name: 'runProgram', id: 1, argv }))).toMatchObject({ argv });
  });
  it('a command line of more than 64 KiB is not sent', () => {
    const argv = ['x', 'y'.repeat(65_536)];
    expect(() => encodeToQube({ name: 'runProgram', id: 1, argv })).toThrow(/runProgram/);
    expect(() => encodeToQube({ name: 'runProgram', id: 1, argv: [] })).toThrow(/0 arguments/);
    expect(() => encodeToQube({ name: 'runProgram', id: 1, argv: ['a\0b'] })).toThrow(/NUL/);
  });
  it('a keymap of four or six texts is answered "invalid"', () => {
    for (const texts of ['61000000 00 6161', '0000000000 00']) {
      const body = fromHex(`09000000${texts}`);
      const head = fromHex('02000000 00000000');
      head[4] = body.length;
      const answer = oneToQube(Buffer.concat([head, body]));
      expect(answer).toMatchObject({ name: 'refused', status: STATUS.invalid });
    }
  });
  for (const [what, at] of [
    ['width', 12],
    ['height', 16],
    ["monitor's width", 32],
    ["monitor's height", 36],
  ] as const) {
    it(`a screen whose ${what} is 0 or 32768 is answered "invalid"`, () => {
      for (const value of ['00000000', '00800000']) {
        const bytes = encodeToQube(requests[2]?.[1] as ToQube);
        bytes.set(fromHex(value), at);
        expect(oneToQube(bytes)).toMatchObject({ rule: 'SERVICE_SCREEN' });
      }
    });
  }
  it('a question about a window has exactly a window', () => {
    for (const [length, body] of [
      ['04', '09000000'],
      ['0c', '09000000 07004000 00000000'],
    ]) {
      expect(codeOf(() => refused(`05000000 ${length}000000 ${body}`))).toBe('SERVICE_LENGTH');
    }
  });
  it('a screen of 0 or 17 monitors is refused by its length', () => {
    const screen = requests[2]?.[1] as Extract<ToQube, { name: 'setScreen' }>;
    const monitors = Array.from({ length: 17 }, () => ({ x: 0, y: 0, width: 1, height: 1 }));
    expect(() => encodeToQube({ ...screen, monitors })).toThrow(/setScreen/);
    expect(() => encodeToQube({ ...screen, monitors: [] })).toThrow(/setScreen/);
    expect(codeOf(() => refused('03000000 10000000 01000000'))).toBe('SERVICE_LENGTH');
  });
});

describe('what a qube says', () => {
  for (const [hex, draft] of said) {
    it(`${draft.name} has these bytes`, () => {
      const bytes = encodeFromQube(draft);
      expect(toHex(bytes)).toBe(hex.replaceAll(' ', ''));
      const expected = draft.name === 'answer' ? { detail: '', ...draft } : draft;
      expect(plain(oneFromQube(bytes))).toEqual(expected);
    });
  }

  const refused = (hex: string) => codeOf(() => oneFromQube(fromHex(hex)));

  it('an unknown type, or a request, ends the connection', () => {
    for (const type of ['00', '01', '04', '05', '80', '86']) {
      expect(refused(`${type}000000 04000000`)).toBe('SERVICE_TYPE');
    }
    expect(refused('81000080 04000000')).toBe('SERVICE_TYPE');
  });
  it('a wrong length ends it from the header alone', () => {
    for (const header of [
      '81000000 07000000',
      '81000000 09010000',
      '82000000 0c000000',
      '82000000 11000000',
      '82000000 10000400',
      '83000000 0d000000',
      '84000000 03000000',
      '84000000 45000000',
      '85000000 08000000',
      '85000000 08010000',
      '84000000 ffffffff',
    ]) {
      expect(refused(header)).toBe('SERVICE_LENGTH');
    }
  });
  it('an icon is 1 to 256 pixels a side and has exactly its pixels', () => {
    for (const [width, height] of [
      ['00000000', '01000000'],
      ['01000000', '00000000'],
      ['01010000', '01000000'],
      ['01000000', '01010000'],
      ['01000000', '02000000'],
      ['00000100', '00000100'],
    ]) {
      expect(refused(`82000000 10000000 07004000 ${width} ${height} 010203ff`)).toBe(
        'SERVICE_ICON_SIZE',
      );
    }
    const pixels = new Uint8Array(256 * 256 * 4).fill(9);
    const icon = { name: 'iconRecord', window: W, width: 256, height: 256, pixels } as const;
    const read = oneFromQube(encodeFromQube(icon));
    expect(read).toMatchObject({ name: 'iconRecord', window: W, width: 256, height: 256 });
    expect(read?.name === 'iconRecord' && toHex(read.pixels) === toHex(pixels)).toBe(true);
    expect(() => encodeFromQube({ ...icon, width: 255 })).toThrow(/255x256/);
  });
  it('a program ends in one of two ways', () => {
    expect(refused('83000000 0c000000 07000000 02000000 00000000')).toBe('SERVICE_EXIT_KIND');
  });
  it('a file offer has a name without / and NUL, and a size that is an exact number', () => {
    expect(refused('85000000 0b000000 0000000000000000 612f62')).toBe('SERVICE_FILE');
    expect(refused('85000000 0b000000 0000000000000000 610062')).toBe('SERVICE_FILE');
    expect(refused('85000000 09000000 0000000000002000 61')).toBe('SERVICE_FILE');
    expect(oneFromQube(fromHex('85000000 09000000 ffffffffffff1f00 61'))).toMatchObject({
      size: Number.MAX_SAFE_INTEGER,
    });
    expect(() => encodeFromQube({ name: 'fileOffer', file: 'a/b', size: 1 })).toThrow(/NUL/);
  });
  it('long texts of ours are cut', () => {
    const answer = { name: 'answer', id: 1, status: 5, detail: 'é'.repeat(300) } as const;
    expect(encodeFromQube(answer).length).toBe(8 + 8 + 256);
    expect(encodeFromQube({ name: 'ready', fresh: false, version: 'x'.repeat(65) }).length).toBe(
      8 + 4 + 64,
    );
  });
  it('texts and pixels are copies, not views of the read buffer', () => {
    const reader = new FrameReader(fromQube, { version: v(8) });
    reader.push(encodeFromQube({ name: 'ready', fresh: false, version: 'first' }));
    const frame = reader.next();
    if (frame === undefined) throw new Error('no frame');
    const message = decodeFromQube(frame);
    reader.wipe();
    expect(plain(message)).toMatchObject({ version: 'first' });
    const pixels = fromHex('01020304');
    reader.push(encodeFromQube({ name: 'iconRecord', window: W, width: 1, height: 1, pixels }));
    reader.next();
    const icon = decodeFromQube(frame);
    reader.wipe();
    expect(icon).toMatchObject({ pixels });
  });
});

describe('handshake', () => {
  const hello = '4c565259 01000100';

  function run(chunks: readonly Uint8Array[]) {
    let state: ServiceHandshake = startServiceHandshake().state;
    let rest = '';
    for (const chunk of chunks) {
      const step = stepServiceHandshake(state, chunk);
      expect(step.send.length).toBe(0);
      state = step.state;
      rest += toHex(step.rest);
    }
    return { state, rest };
  }

  it('both sides send LVRY and 1.1 at once', () => {
    expect(toHex(startServiceHandshake().send)).toBe(hello.replace(' ', ''));
    expect(Buffer.from(startServiceHandshake().send.subarray(0, 4)).toString()).toBe('LVRY');
  });
  it('ends after eight bytes, split in any way; the rest is for the reader', () => {
    const bytes = fromHex(`${hello} aabb`);
    for (let size = 1; size <= bytes.length; size++) {
      const { state, rest } = run(pieces(bytes, size));
      expect(state).toEqual({ phase: 'done', version: v(1) });
      expect(rest).toBe('aabb');
    }
  });
  it('a newer minor is met with ours, an older one holds', () => {
    expect(run([fromHex('4c565259 09000100')]).state).toMatchObject({ version: v(1) });
    expect(run([fromHex('4c565259 00000100')]).state).toMatchObject({ version: v(0) });
  });
  it('another magic is refused after four bytes, another major after eight', () => {
    expect(codeOf(() => run([fromHex('08000100')]))).toBe('SERVICE_MAGIC');
    expect(codeOf(() => run([fromHex('4c565259 00000200')]))).toBe('SERVICE_VERSION');
    expect(run([fromHex('4c5652')]).state.phase).toBe('hello');
  });
});

describe('requests that wait for an answer', () => {
  it('each gets an id of its own and one answer', () => {
    const open = new OpenRequests<string>();
    const a = open.ask('a');
    const b = open.ask('b');
    expect(a).not.toBe(b);
    expect([open.settle(b), open.settle(a), open.size]).toEqual(['b', 'a', 0]);
    expect(codeOf(() => open.settle(a))).toBe('SERVICE_ANSWER');
  });
  it('an answer that nobody asked for is a violation', () => {
    expect(codeOf(() => new OpenRequests().settle(1))).toBe('SERVICE_ANSWER');
  });
  it('an id that is open is passed over when the ids go round', () => {
    const open = new OpenRequests<string>();
    const first = open.ask('waits');
    for (let i = 0; i < 0x1_0000; i++) {
      const id = open.ask('done');
      expect(id).not.toBe(first);
      open.settle(id);
    }
    expect(open.settle(first)).toBe('waits');
  });
  it('undefined can be remembered', () => {
    const open = new OpenRequests<undefined>();
    expect(open.settle(open.ask(undefined))).toBeUndefined();
  });
  it(`no more than ${MAX_OPEN_REQUESTS} wait`, () => {
    const open = new OpenRequests<number>();
    for (let i = 0; i < MAX_OPEN_REQUESTS; i++) open.ask(i);
    expect(() => open.ask(0)).toThrow(/wait for an answer/);
    expect(open.drain().length).toBe(MAX_OPEN_REQUESTS);
    expect(open.size).toBe(0);
  });
});
