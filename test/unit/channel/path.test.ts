import { describe, expect, it } from 'vitest';
import { DOM0, type DomainId } from '../../../src/base/ids.ts';
import { channelPath, PORT } from '../../../src/channel/path.ts';

const five = 5 as DomainId;

describe('the path of a channel', () => {
  it('names server, client and port as the socket transport does', () => {
    expect(channelPath('/run/x', five, DOM0, PORT.gui)).toBe('/run/x/vchan.5.0.6000.sock');
    expect(channelPath('/run/x', five, DOM0, PORT.service)).toBe('/run/x/vchan.5.0.6001.sock');
  });

  it('is refused when a socket address would cut it', () => {
    const fits = `/${'d'.repeat(107 - '/'.length - '/vchan.5.0.6000.sock'.length)}`;
    expect(channelPath(fits, five, DOM0, PORT.gui)).toHaveLength(107);
    expect(() => channelPath(`${fits}d`, five, DOM0, PORT.gui)).toThrow('107 bytes');
  });
});
