/** Which programs of the host a configuration needs. */
import { describe, expect, it } from 'vitest';
import { missingOf } from '../../../src/cli/doctor/programs.ts';
import { parseConfig } from '../../../src/config/read.ts';

describe('programs that a configuration needs', () => {
  const programs = 'programs = [["xterm", "-e", "sh"]]\n';
  const of = (backend: string, more = '') =>
    missingOf(
      parseConfig(
        `[qube.a]\nlabel = "red"\nbackend = "${backend}"\n${programs}${more}`,
        'livery.toml',
      ),
      { PATH: '/nowhere' },
    ).map(({ program, fix }) => `${program}: ${fix}`);

  it('are those that run in a sandbox, of a machine the one that runs it, and a network stack', () => {
    const install = 'sudo apt-get install --no-install-recommends';
    expect(of('sandbox')).toEqual([`xterm: ${install} xterm`]);
    expect(of('qemu')).toEqual([`qemu-system-x86_64: ${install} qemu-system-x86`]);
    const stack = `slirp4netns: ${install} slirp4netns`;
    expect(of('sandbox', 'network = true\n')).toEqual([`xterm: ${install} xterm`, stack]);
    expect(of('qemu', 'network = true\n')).toEqual([...of('qemu'), stack]);
  });
});
