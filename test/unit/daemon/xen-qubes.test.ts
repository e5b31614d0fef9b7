/** Domains that come and go, as the daemon follows them, over a double of Xen's libraries. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { GrantPool } from '../../../src/channel/grant-pool.ts';
import { parseConfig } from '../../../src/config/read.ts';
import type { QubeLife } from '../../../src/daemon/qube-life.ts';
import { XenQubes } from '../../../src/daemon/xen-qubes.ts';
import { native } from '../../../src/native/addon.ts';
import { eventually } from '../../rig/eventually.ts';
import { XenDouble } from '../../rig/xen/xen-double.ts';

const CONFIG = parseConfig(
  '[qube.work]\nlabel = "blue"\nbackend = "xen"\ndomain = "work-vm"\npool_mib = 1\n[qube.red]\nlabel = "red"\nbackend = "xen"\n',
  'livery.toml',
);

let double: XenDouble;
let lives: Map<string, QubeLife>;
let told: string[];

beforeEach(() => {
  double = new XenDouble();
  lives = new Map();
  told = [];
});
afterEach(() => double[Symbol.dispose]());

function serve(libraries: string | undefined = double.libraries): XenQubes | undefined {
  return XenQubes.serve({
    config: CONFIG,
    roster: {
      came: (name, life) => {
        lives.set(name, life);
        told.push(`${name} came: ${life.place}`);
      },
      left: (name, life) => {
        expect(lives.get(name)).toBe(life);
        lives.delete(name);
        told.push(`${name} left`);
      },
      absent: (name, why) => void told.push(`${name}: ${why}`),
    },
    clock: systemClock,
    log: silentLog,
    screen: () => ({ width: 100, height: 100 }),
    libraries,
  });
}

const until = (text: string) =>
  eventually(() => (told.includes(text) ? true : undefined), `${text}; told: ${told.join(', ')}`);

it('shows those of the configuration by their names, as long as they are there', async () => {
  double.introduce(9, 'somebody-else');
  double.introduce(5, 'work-vm');
  using _qubes = serve();
  expect(told).toEqual(['work came: domain 5', 'red: there is no Xen domain named red']);
  double.introduce(6, 'red');
  await until('red came: domain 6');
  double.release(5);
  await until('work left');
  // Its name stands in xenstore still.
  expect(told.at(-1)).toBe('work: there is no Xen domain named work-vm');
  double.introduce(7, 'work-vm');
  await until('work came: domain 7');
  expect([...lives.keys()].sort()).toEqual(['red', 'work']);
});

it('unmaps all that a domain granted before its life is over', async () => {
  double.introduce(5, 'work-vm');
  using _qubes = serve();
  using domain = native().openXen('domain', double.libraries);
  using shared = domain.shareGrants(0, 3);
  const opened = await lives.get('work')?.openPool();
  const pool = opened?.pool as GrantPool;
  expect(opened?.pages).toBe(256);
  pool.map(shared.refs);
  expect(double.mapped().filter((rights) => rights === 'r--s')).toHaveLength(3);
  double.release(5);
  await until('work left');
  expect(double.mapped().filter((rights) => rights === 'r--s')).toHaveLength(0);
  expect(() => pool.map(shared.refs)).toThrow('the domain is gone');
});

it('says of each qube what is absent', () => {
  expect(serve('/nowhere')).toBeUndefined();
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(/^work: Xen cannot be used: .*libxengnttab\.so\.1 cannot be used/);
});

it('is nothing where no qube is one', () => {
  const config = parseConfig('[qube.work]\nlabel = "blue"\n', 'livery.toml');
  const roster = { came() {}, left() {}, absent() {} };
  const screen = () => ({ width: 1, height: 1 });
  const options = { config, roster, clock: systemClock, log: silentLog, screen };
  expect(XenQubes.serve({ ...options, libraries: '/nowhere' })).toBeUndefined();
});
