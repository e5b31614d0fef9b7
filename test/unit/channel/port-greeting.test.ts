/**
 * The two sides of a port's greeting against each other, and against what no
 * side of it would say.
 */
import { describe, expect, it } from 'vitest';
import { GuestGreeting, HostGreeting } from '../../../src/channel/port-greeting.ts';

const nonceOf = (text: string) => Buffer.alloc(16, text);
const host = () => new HostGreeting(() => nonceOf('host'));
const guest = () => new GuestGreeting(() => nonceOf('guest'));
const text = (bytes: string) => Buffer.from(bytes, 'latin1');

describe('the greeting of a port', () => {
  it('is three words', () => {
    const dom0 = host();
    const qube = guest();
    expect(Buffer.from(dom0.hello).toString('latin1')).toBe('livery/1 hello  hosthosthosthost');
    const welcome = qube.push(dom0.hello);
    if (welcome.kind !== 'hello') throw new Error(welcome.kind);
    const start = dom0.push(welcome.send);
    if (start.kind !== 'begun') throw new Error(start.kind);
    expect(qube.push(start.send)).toEqual({ kind: 'begun' });
  });

  it('answers each hello, and begins with the newest only', () => {
    let count = 0;
    const qube = new GuestGreeting(() => nonceOf(`n${count++}`));
    for (const name of ['one', 'two']) {
      expect(qube.push(text(`livery/1 hello  `)).kind).toBe('more');
      expect(qube.push(nonceOf(name)).kind).toBe('hello');
    }
    qube.push(text('livery/1 start  '));
    expect(qube.push(nonceOf('n0'))).toEqual({ kind: 'more' });
    qube.push(text('livery/1 start  '));
    expect(qube.push(nonceOf('n1'))).toEqual({ kind: 'begun' });
  });

  it('says which version the guest speaks', () => {
    const step = host().push(Buffer.concat([text('livery/2 welcome'), nonceOf('host')]));
    expect(step).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/version 2 .* this is 1/),
    });
    // The guest answers every version, so that the host can say it.
    expect(guest().push(Buffer.concat([text('livery/7 hello  '), nonceOf('h')])).kind).toBe(
      'hello',
    );
  });

  it('refuses a guest that does not wait for the start', () => {
    const welcome = Buffer.concat([text('livery/1 welcome'), nonceOf('host'), nonceOf('guest')]);
    const step = host().push(Buffer.concat([welcome, text('x')]));
    expect(step).toEqual({ kind: 'failed', reason: expect.stringContaining('before it was told') });
  });

  it('looks through so much and no more', () => {
    const dom0 = host();
    const much = Buffer.alloc(1024 * 1024, 'livery/1 welcome');
    for (let mib = 0; mib < 64; mib++) expect(dom0.push(much).kind).toBe('more');
    expect(dom0.push(much).kind).toBe('failed');
  });
});
