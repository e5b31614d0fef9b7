/** How the daemon reaches a qube of the keeper: a machine by its port, whose words are proved first. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { DomainId, QubeName } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { PortChannel } from '../../../src/channel/port-channel.ts';
import { SocketChannel } from '../../../src/channel/socket-channel.ts';
import { keptLife } from '../../../src/daemon/qube-life.ts';
import type { QubeStatus } from '../../../src/keeper/messages.ts';

const status: QubeStatus = {
  ...{ name: 'work' as QubeName, domainId: 1 as DomainId, backend: 'sandbox', state: 'running' },
  ...{ guiSocket: '/run/gui.sock', serviceSocket: '/run/service.sock', poolBytes: 4096 },
  ...{ paused: false, pid: 1, reason: undefined },
};

describe('a qube of the keeper', () => {
  it.each([
    ['sandbox', SocketChannel],
    ['qemu', PortChannel],
  ] as const)('of the kind %s has both channels of the kind that it needs', (backend, kind) => {
    const life = keptLife({ ...status, backend }, () => Promise.reject(new Error('not asked')));
    for (const which of ['gui', 'service'] as const) {
      using channel = life.openChannel(which, { clock: systemClock, log: silentLog });
      expect(channel).toBeInstanceOf(kind);
    }
  });
});
