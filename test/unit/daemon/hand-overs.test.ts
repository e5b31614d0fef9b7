/** Who may hand a qube over: a process of the daemon's own user, and root is another one. */
import { expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { HandOvers, type HandOversOptions } from '../../../src/daemon/hand-overs.ts';

const OWN = process.getuid?.() ?? 0;
const config = parseConfig(
  '[qube.work]\nlabel = "blue"\nbackend = "attach"\nid = 5\n',
  'livery.toml',
);
const WISH = {
  ...{ qube: 'work', domain: 5, color: 0x3465a4, client: 0 },
  ...{ channelDir: '/run/vchan', poolDir: '/run/pools' },
};

/** The refusal, or how often the qube came. */
function handedOver(uid: number): string | number {
  let came = 0;
  const entry = { config: [...config.qubes.values()][0] } as ReturnType<
    HandOversOptions['roster']['get']
  >;
  const handOvers = new HandOvers({
    desktop: { screen: () => ({ width: 800, height: 600, depth: 24 }) },
    roster: { get: () => entry, came: () => came++, left: () => {} },
    log: silentLog,
  });
  try {
    handOvers.begin(WISH, new AbortController().signal, uid);
    return came;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

it('is taken from the own user', () => {
  expect(handedOver(OWN)).toBe(1);
});

it.each([OWN === 0 ? 1000 : 0, OWN + 1, 65_534])('is refused from uid %i', (uid) => {
  expect(handedOver(uid)).toBe(
    `ATTACH_REFUSED qube work is not taken: it is handed over by uid ${uid}, the daemon runs as another user`,
  );
});
