/**
 * The lock of the session as logind tells it, over a real bus: only logind's
 * own word counts, and nothing that others send does harm.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { LogindWatch } from '../../../src/desktop/logind/logind.ts';
import { waitUntil } from '../../rig/rig.ts';
import { PrivateBus, ScriptedLogind } from './scripted-logind.ts';

const OURS = '/org/freedesktop/login1/session/_32';
const THEIRS = '/org/freedesktop/login1/session/_33';
const run = promisify(execFile);

let bus: PrivateBus;
beforeAll(async () => {
  bus = await PrivateBus.start();
});
afterAll(() => bus[Symbol.asyncDispose]());

async function watching(options: { sessionId?: string } = {}) {
  let locks = 0;
  const watch = await LogindWatch.start(
    { clock: systemClock, log: silentLog, bus: bus.socket, sessionId: '', ...options },
    () => {
      locks++;
    },
  );
  return { watch, locks: () => locks };
}

test('Lock and LockedHint of our session are told, those of another are not', async () => {
  using logind = await ScriptedLogind.start(bus, { own: OURS });
  const { watch, locks } = await watching();
  using _watch = watch;
  expect(watch.session).toBe(OURS);
  logind.lock(THEIRS);
  logind.changeHint(THEIRS, true);
  logind.signal(OURS, 'org.freedesktop.login1.Session', 'Unlock');
  logind.changeHint(OURS, false);
  logind.lock(OURS);
  await waitUntil(() => locks() === 1, 'the lock is told');
  logind.changeHint(OURS, true);
  await waitUntil(() => locks() === 2, 'the hint is told');
});

test.each([
  ['by XDG_SESSION_ID', { sessions: { '7': OURS } }, { sessionId: '7' }],
  ['by the display of the user', { display: OURS }, {}],
] as const)('the session is found %s', async (_name, script, options) => {
  using logind = await ScriptedLogind.start(bus, script);
  const { watch, locks } = await watching(options);
  using _watch = watch;
  expect(watch.session).toBe(OURS);
  logind.lock(OURS);
  await waitUntil(() => locks() === 1, 'the lock is told');
});

test('what others say, or send straight to us, is nothing', async () => {
  using logind = await ScriptedLogind.start(bus, { own: OURS });
  const { watch, locks } = await watching();
  using _watch = watch;
  using liar = await ScriptedLogind.start(bus, {}, false);
  const args = [`--address=${bus.address}`, '--type=signal', OURS];
  await run('dbus-send', [...args, 'org.freedesktop.login1.Session.Lock']);
  // Every name that a connection of this test can have.
  for (let n = 0; n < 40; n++) {
    liar.signal(OURS, 'org.freedesktop.login1.Session', 'Lock', `:1.${n}`);
    if (n % 8 === 0) liar.flood(`:1.${n}`, 300_000);
  }
  logind.lock(OURS);
  await waitUntil(() => locks() > 0, 'the true one is told');
  expect(locks()).toBe(1);
});

test('a logind that is started anew is heard again', async () => {
  const first = await ScriptedLogind.start(bus, { own: OURS });
  const { watch, locks } = await watching();
  using _watch = watch;
  first[Symbol.dispose]();
  await waitUntil(() => watch.session === undefined, 'it is gone');
  using second = await ScriptedLogind.start(bus, { own: OURS });
  await waitUntil(() => watch.session === OURS, 'it is found again');
  second.lock(OURS);
  await waitUntil(() => locks() === 1, 'the lock is told');
});

test('without a bus, or without a session, it is only said', async () => {
  const said: string[] = [];
  const log = {
    ...silentLog,
    debug: (fields: Readonly<Record<string, unknown>>) => said.push(String(fields.reason)),
  };
  const nowhere = { clock: systemClock, log, bus: '/nonexistent/bus' };
  using _one = await LogindWatch.start(nowhere, () => {});
  using _logind = await ScriptedLogind.start(bus, {});
  const there = { clock: systemClock, log, bus: bus.socket, sessionId: '' };
  using _two = await LogindWatch.start(there, () => {});
  expect(said).toHaveLength(2);
});
