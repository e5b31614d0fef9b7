/**
 * The lines of the keeper's socket: what is taken, what is refused.
 */
import { describe, expect, it } from 'vitest';
import type { DomainId, QubeName } from '../../../src/base/ids.ts';
import type { KeeperAnswer, KeeperEvent, KeeperRequest } from '../../../src/keeper/messages.ts';
import { encodeLine, parseKeeperLine, parseRequest } from '../../../src/keeper/wire.ts';

const STATUS = {
  name: 'work' as QubeName,
  domainId: 7 as DomainId,
  backend: 'sandbox' as const,
  state: 'running' as const,
  paused: false,
  guiSocket: '/run/livery/qubes/work/vchan.7.0.6000.sock',
  serviceSocket: '/run/livery/qubes/work/vchan.7.0.6001.sock',
  poolBytes: 4096,
  pid: 42,
  reason: undefined,
};

function line(message: Parameters<typeof encodeLine>[0]): string {
  const text = Buffer.from(encodeLine(message)).toString();
  expect(text.endsWith('\n')).toBe(true);
  expect(text.indexOf('\n')).toBe(text.length - 1);
  return text.slice(0, -1);
}

describe('requests', () => {
  const requests: KeeperRequest[] = [
    { id: 0, op: 'list' },
    { id: 1, op: 'watch' },
    { id: 2, op: 'shutdown' },
    { id: 3, op: 'start', name: 'work' },
    { id: 4, op: 'stop', name: 'line\nbreak "quoted"' },
    { id: 6, op: 'pause', name: 'work' },
    { id: Number.MAX_SAFE_INTEGER, op: 'attach', name: '' },
  ];
  it.each(requests)('$op comes through', (request) => {
    expect(parseRequest(line(request))).toEqual(request);
  });

  it('takes over nothing that the table does not have', () => {
    expect(parseRequest('{"id":1,"op":"list","name":"work","more":1}')).toEqual({
      id: 1,
      op: 'list',
    });
  });

  it.each([
    '',
    'null',
    '7',
    '"list"',
    '[]',
    '{}',
    '{"op":"list"}',
    '{"id":"1","op":"list"}',
    '{"id":-1,"op":"list"}',
    '{"id":1.5,"op":"list"}',
    '{"id":9007199254740992,"op":"list"}',
    '{"id":1,"op":"LIST"}',
    '{"id":1,"op":"start"}',
    '{"id":1,"op":"start","name":null}',
    '{"id":1,"op":"toString"}',
    '{"id":1,"op":"list"',
  ])('refuses %s', (text) => {
    expect(parseRequest(text)).toBeUndefined();
  });
});

describe('what the keeper says', () => {
  const said: (KeeperAnswer | KeeperEvent)[] = [
    { id: 1, ok: true, qubes: [] },
    {
      id: 2,
      ok: true,
      qubes: [STATUS, { ...STATUS, state: 'stopped', pid: undefined, reason: 'x' }],
    },
    { id: 3, ok: false, code: 'UNKNOWN_QUBE', message: 'none', hint: 'this one?', exitCode: 4 },
    { id: 4, ok: false, code: 'KEEPER_FAILED', message: 'no', hint: undefined, exitCode: 1 },
    { event: 'changed', qube: STATUS },
  ];
  it.each(said)('comes through %#', (message) => {
    expect(parseKeeperLine(line(message))).toEqual(message);
  });

  it.each([
    { name: 'dom0' },
    { name: 7 },
    { domainId: 0 },
    { domainId: 40_000 },
    { backend: 'xen' },
    { state: 'dead' },
    { guiSocket: undefined },
    { serviceSocket: 1 },
    { poolBytes: -1 },
    { poolBytes: '4096' },
    { pid: 'x' },
    { reason: 1 },
  ])('refuses a status with %o', (change) => {
    const event = JSON.stringify({ event: 'changed', qube: { ...STATUS, ...change } });
    expect(parseKeeperLine(event)).toBeUndefined();
    const answer = JSON.stringify({ id: 1, ok: true, qubes: [STATUS, { ...STATUS, ...change }] });
    expect(parseKeeperLine(answer)).toBeUndefined();
  });

  it.each([
    '',
    '{"event":"other"}',
    '{"id":1}',
    '{"id":1,"ok":true}',
    '{"id":1,"ok":true,"qubes":{}}',
    '{"ok":true,"qubes":[]}',
    '{"id":1,"ok":false,"code":"X","message":"y"}',
    '{"id":1,"ok":false,"code":"X","message":"y","exitCode":77}',
    '{"id":1,"ok":false,"code":1,"message":"y","exitCode":1}',
    '{"id":1,"ok":"no"}',
  ])('refuses %s', (text) => {
    expect(parseKeeperLine(text)).toBeUndefined();
  });
});
