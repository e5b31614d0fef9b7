/**
 * Descriptors over a qube's channels (D2-28b of the field survey): none, one and
 * as many as fit, of every kind, on the GUI and on the service channel. The
 * daemon closes them, ends that conversation, and nothing else happens.
 */
import { constants, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { type Fd, native } from '../../src/native/addon.ts';
import { encodeFromVm } from '../../src/protocol/encode.ts';
import { startAgentHandshake } from '../../src/protocol/handshake.ts';
import { startServiceHandshake } from '../../src/protocol/service-handshake.ts';
import { NEWEST } from '../../src/protocol/version.ts';
import { waitUntil } from '../rig/wait.ts';
import type { Peer } from '../wire/daemon.ts';
import { create, map } from '../wire/says.ts';
import { Arena } from './arena.ts';
import { RawEnd } from './raw-end.ts';

const W = 0x0040_0001 as VmWindowId;
/** SCM_MAX_FD of Linux. */
const MOST = 253;
/** O_PATH; node has no name for it. */
const O_PATH = 0o10_000_000;
/** Version and screen of dom0; the service's hello. */
const HELLO_BYTES = { gui: 4 + 16, service: 8 } as const;

type Kind = keyof typeof HELLO_BYTES;

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
});
afterAll(() => arena?.[Symbol.asyncDispose]());

function openDescriptors(): number {
  return readdirSync(`/proc/${arena.daemon.process.pid}/fd`).length;
}

/** The daemon's descriptors, when nothing comes or goes any more. */
async function settledDescriptors(): Promise<number> {
  let last = -1;
  return waitUntil(() => {
    const now = openDescriptors();
    const same = now === last;
    last = now;
    return same && now;
  }, 'the number of descriptors stays');
}

const KINDS: Record<string, () => Disposable & { readonly fds: readonly Fd[] }> = {
  'sealed memory': () => holding(native().createPool('attack', 4096)),
  'memory that can shrink': () => holding(ownFile()),
  'a socket': () => holding(...native().fdPair()),
  'a directory': () => holding(native().openFile(tmpdir(), constants.O_DIRECTORY)),
  'a mere path': () => holding(native().openFile('/etc/passwd', O_PATH)),
  'a device': () => holding(native().openFile('/dev/zero', constants.O_RDWR)),
};

/** A plain file that nobody sealed. */
function ownFile(): Fd {
  const path = join(arena.screen.directory, 'attack');
  return native().openFile(path, constants.O_RDWR | constants.O_CREAT);
}

function holding(...fds: Fd[]): Disposable & { readonly fds: readonly Fd[] } {
  return {
    fds,
    [Symbol.dispose]() {
      for (const fd of fds) fd[Symbol.dispose]();
    },
  };
}

/** A qube whose end of that channel can send descriptors; the handshake is over. */
async function rawEnd(peer: Peer, kind: Kind): Promise<RawEnd> {
  const end = await RawEnd.instead(kind === 'gui' ? peer.agent : peer.service);
  const { send } = kind === 'gui' ? startAgentHandshake(NEWEST) : startServiceHandshake();
  end.write(send);
  await end.heard(HELLO_BYTES[kind]);
  return end;
}

async function endedFor(peer: Peer, code: string): Promise<void> {
  await arena.daemon.process.said(new RegExp(`^.*"qube":"${peer.name}".*"code":"${code}".*$`, 'm'));
}

describe.each(['gui', 'service'] as const)('D2-28b: on the %s channel', (kind) => {
  it.each(Object.keys(KINDS))('%s ends the conversation and is closed', async (what) => {
    await using peer = await arena.hostile();
    using end = await rawEnd(peer, kind);
    const before = await settledDescriptors();
    using held = (KINDS[what] as () => ReturnType<typeof holding>)();
    end.write(Buffer.of(0), held.fds);
    await end.gone();
    await endedFor(peer, 'CHANNEL_DESCRIPTORS');
    // Its own socket is gone as well.
    await waitUntil(() => openDescriptors() < before, 'what was sent is closed');
    await arena.victimWorks();
  });

  it(`${MOST} in one message, again and again, leave nothing behind`, async () => {
    await using peer = await arena.hostile();
    using end = await rawEnd(peer, kind);
    const before = await settledDescriptors();
    using held = holding(native().createPool('attack', 4096));
    const many = new Array<Fd>(MOST).fill(held.fds[0] as Fd);
    for (let i = 0; i < 20; i++) end.write(Buffer.alloc(12, i), many);
    await end.gone();
    await endedFor(peer, 'CHANNEL_DESCRIPTORS');
    await waitUntil(() => openDescriptors() < before, 'what was sent is closed');
    await arena.victimWorks();
  });
});

describe('D2-28b: bytes with no descriptor', () => {
  it('are a conversation like any other, before and after that of an attacker', async () => {
    await using peer = await arena.hostile();
    using end = await rawEnd(peer, 'gui');
    end.write(
      Buffer.concat(
        [create(W, { width: 50, height: 40 }), map(W)].map((one) => encodeFromVm(one, NEWEST)),
      ),
    );
    await arena.isFramed(peer, W);
    using held = holding(native().createPool('attack', 4096));
    end.write(Buffer.of(1), held.fds);
    await end.gone();
    await waitUntil(async () => (await peer.frames()).size === 0, 'its windows are gone');
    // It may come again after the pause, and is served as if nothing had been.
    await waitUntil(() => end.connections >= 2, 'the daemon connects again');
    expect(arena.daemon.process.over).toBe(false);
    await arena.victimWorks();
  });
});
