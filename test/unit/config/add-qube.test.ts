/**
 * A new qube at the end of a configuration.
 */
import { describe, expect, it } from 'vitest';
import { withQube } from '../../../src/config/add-qube.ts';

const add = (text: string, name: string, label?: string) =>
  withQube(text, 'livery.toml', { name, label, backend: 'qemu' });

describe('a new qube', () => {
  it('stands behind what is there, which stays as it was', () => {
    const before = '# my qubes\n[qube.mail]\nlabel = "red" # careful';
    const { text, qube } = add(before, 'bank', 'yellow');
    expect(text).toBe(`${before}\n\n[qube.bank]\nlabel = "yellow"\nbackend = "qemu"\n`);
    expect(qube).toMatchObject({ name: 'bank', domainId: 2, backend: 'qemu' });
  });

  it('gets the first label that no qube wears', () => {
    expect(add('', 'one').qube.label.name).toBe('red');
    expect(add('[qube.a]\nlabel = "red"\n', 'b').qube.label.name).toBe('orange');
  });

  it('may have any name that a qube may have, and no other', () => {
    expect(add('', 'a.b').qube.name).toBe('a.b');
    for (const name of ['dom0', '1st', 'a"]\nx = "', 'a b', '']) {
      expect(() => add('', name), name).toThrow('livery.toml');
    }
    expect(() => add('', 'ok', 'red"\nhome = "/')).toThrow('no such label');
  });

  it('is refused when it is there, or the file is wrong', () => {
    const there = '[qube.a]\nlabel = "red"\n';
    expect(() => add(there, 'a')).toThrow();
    expect(() => add('[qube', 'a')).toThrow('not valid TOML');
  });
});

describe('a machine in the configuration', () => {
  const qemu = (lines: string) => () =>
    add(`[qube.vm]\nlabel = "red"\nbackend = "qemu"\n${lines}`, 'x');

  it('has memory of its own, a network and a home on a disk if it is to have them', () => {
    expect(qemu('memory_mib = 2048\npool_mib = 128\n')).not.toThrow();
    expect(qemu('memory_mib = 100\n')).toThrow('memory of its virtual machine');
    const kept = 'home = "/srv/x"\n';
    expect(qemu(kept)).not.toThrow();
    expect(qemu(`${kept}home_mib = 64\n`)).not.toThrow();
    expect(qemu(`${kept}home_mib = 63\n`)).toThrow('the size in MiB of the disk with its home');
    expect(qemu(`${kept}home_mib = 1048577\n`)).toThrow('disk with its home');
    expect(qemu('home_mib = 64\n')).toThrow('expected home with this key');
    expect(() => add('[qube.a]\nlabel = "red"\nhome = "/x"\nhome_mib = 64\n', 'x')).toThrow(
      'home_mib: expected backend = "qemu"',
    );
    expect(qemu('network = true\n')).not.toThrow();
    expect(qemu('pool_mib = 2049\n')).toThrow('at most 2048');
    expect(() => add('[qube.a]\nlabel = "red"\nmemory_mib = 2048\n', 'x')).toThrow('"qemu"');
  });
});
