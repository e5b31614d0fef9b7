/** The metadata of the shared clipboard: its exact shape, and what is read from others'. */
import { describe, expect, it } from 'vitest';
import type { QubeName } from '../../../src/base/ids.ts';
import { isNotBefore, metadataText, timeIn } from '../../../src/guid/clipboard/metadata.ts';

const operation = {
  qube: 'a.b' as QubeName,
  time: 123_456_789,
  successful: true,
  copy: true,
  size: 12,
  limit: 64_000,
  version: 65_544,
};

describe('metadata', () => {
  it('is as the reference writes it', () => {
    expect(metadataText(operation)).toBe(
      `{
"vmname":"a.b",
"xevent_timestamp":123456789,
"successful":1,
"copy_action":1,
"paste_action":0,
"malformed_request":0,
"oversized_request":0,
"cleared":0,
"qrexec_clipboard":0,
"sent_size":12,
"buffer_size":64000,
"protocol_version_xside":65544,
"protocol_version_vmside":65544
}
`,
    );
  });

  it('tells its time, also with a dot in the name (row 6)', () => {
    expect(timeIn(metadataText(operation))).toBe(123_456_789);
    expect(timeIn('{\n"xevent_timestamp":7,\n"another_key":1\n}\n')).toBe(7);
  });

  it.each([
    '',
    'junk',
    '{\n"xevent_timestamp":x\n}\n',
    '{\n"xevent_timestamp":-1\n}\n',
    '{\n"xevent_timestamp":9999999999\n}\n',
    `{\n"xevent_timestamp":7,\n"vmname":"${'a'.repeat(40)}"\n}\n`,
    '{\n"xevent_timestamp":7,\n"vmname":"a b"\n}\n',
  ])('no time in %j', (text) => {
    expect(timeIn(text)).toBe(0);
  });

  it('orders times that wrap', () => {
    expect(isNotBefore(5, 5)).toBe(true);
    expect(isNotBefore(6, 5)).toBe(true);
    expect(isNotBefore(5, 6)).toBe(false);
    expect(isNotBefore(3, 2 ** 32 - 3)).toBe(true);
    expect(isNotBefore(2 ** 32 - 3, 3)).toBe(false);
  });
});
