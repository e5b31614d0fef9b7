/**
 * What a qube inherits: three descriptors besides the standard ones and an
 * environment that is listed.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inside } from './inside.ts';

const LANG = process.env.LANG;

describe('inheritance', () => {
  beforeEach(() => {
    process.env.LIVERY_SECRET_OF_DOM0 = 'secret';
    process.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/run/user/0/bus';
  });
  afterEach(() => {
    delete process.env.LIVERY_SECRET_OF_DOM0;
    delete process.env.DBUS_SESSION_BUS_ADDRESS;
    if (LANG === undefined) delete process.env.LANG;
    else process.env.LANG = LANG;
  });

  it('has the variables that are listed and no other of dom0', async () => {
    const { lines } = await inside('tr "\\0" "\\n" </proc/self/environ');
    const names = lines.map((line) => line.split('=')[0]).sort();
    // The shell and bubblewrap add PWD.
    const listed = ['HOME', 'LANG', 'LIVERY_AGENT_GUI_FD', 'LIVERY_AGENT_POOL_FD'];
    listed.push('LIVERY_AGENT_SERVICE_FD', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'TERM', 'USER');
    expect(names).toEqual([...listed, 'XDG_RUNTIME_DIR'].sort());
    expect(lines).toContain('HOME=/home/user');
    expect(lines).toContain('XDG_RUNTIME_DIR=/run/user');
  });

  it('takes over the name of a locale and nothing else', async () => {
    process.env.LANG = 'de_DE.UTF-8';
    expect((await inside('echo $LANG')).output).toBe('de_DE.UTF-8\n');
    process.env.LANG = '../../home/secret';
    expect((await inside('echo $LANG')).output).toBe('C.UTF-8\n');
  });

  it('has the descriptors that are its own and no other', async () => {
    const { output } = await inside(
      'ls -l /proc/self/fd; echo $LIVERY_AGENT_GUI_FD $LIVERY_AGENT_SERVICE_FD $LIVERY_AGENT_POOL_FD',
    );
    const fds = [...output.matchAll(/ (\d+) -> (.*)$/gm)].map(([, fd, to]) => [Number(fd), to]);
    // 6 is where this test keeps standard output, 7 the directory that is listed.
    expect(fds.map(([fd]) => fd)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(output).toMatch(/\n3 4 5\n$/);
    for (const place of [3, 4]) expect(fds[place]?.[1]).toMatch(/^socket:/);
  });

  it('starts in its home', async () => {
    expect((await inside('pwd; umask')).lines).toEqual(['/home/user', '0022']);
  });
});
