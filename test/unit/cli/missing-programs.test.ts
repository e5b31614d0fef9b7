/** Which programs of the host a configuration needs. */
import { describe, expect, it } from 'vitest';
import { missingOf } from '../../../src/cli/doctor/programs.ts';
import { parseConfig } from '../../../src/config/read.ts';

describe('programs that a configuration needs', () => {
  const programs = 'programs = [["xterm", "-e", "sh"]]\n';
  const of = (backend: string) =>
    missingOf(
      parseConfig(`[qube.a]\nlabel = "red"\nbackend = "${backend}"\n${programs}`, 'livery.toml'),
      { PATH: '/nowhere' },
    ).map(({ program, fix }) => `${program}: ${fix}`);

  it('are those that run in a sandbox, and of a machine the one that runs it', () => {
    const install = 'sudo apt-get install --no-install-recommends';
    expect(of('sandbox')).toEqual([`xterm: ${install} xterm`]);
    expect(of('qemu')).toEqual([`qemu-system-x86_64: ${install} qemu-system-x86`]);
  });
});
