/**
 * Small decisions on the way to a virtual machine: sizes, memory, QEMU's words,
 * the packages of a guest.
 */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import type { DomainId, QubeName } from '../../../src/base/ids.ts';
import { poolBytesOf } from '../../../src/keeper/pool-size.ts';
import { parseUris } from '../../../src/keeper/qemu/image/packages.ts';
import { machineCommand } from '../../../src/keeper/qemu/machine.ts';
import { requireMemory } from '../../../src/keeper/qemu/memory.ts';
import { machinePlace } from '../../../src/keeper/qemu/prepare.ts';

const MIB = 1024 * 1024;
const name = 'work' as QubeName;

describe('the pool of a machine', () => {
  it('is a power of two, from 64 MiB to 2 GiB', () => {
    const of = (poolBytes: number | undefined) => poolBytesOf({ backend: 'qemu', poolBytes });
    expect(of(undefined)).toBe(256 * MIB);
    expect(of(1)).toBe(64 * MIB);
    expect(of(65 * MIB)).toBe(128 * MIB);
    expect(of(128 * MIB)).toBe(128 * MIB);
    expect(of(4095 * MIB)).toBe(2048 * MIB);
  });
});

describe('the memory of a machine', () => {
  it('is there before it starts, or it does not start', () => {
    const qube = { name, memoryBytes: 512 * MIB };
    const needed = (512 + 256 + 384) * MIB;
    requireMemory(qube, 256 * MIB, needed);
    const refuse = () => requireMemory(qube, 256 * MIB, needed - 1);
    expect(refuse).toThrow(UserError);
    expect(refuse).toThrow('the machine of qube work needs 1152 MiB of memory, 1152 MiB are free');
  });
});

describe('the command of a machine', () => {
  const plan = {
    ...{ qemu: '/usr/bin/qemu', name, kvm: false, network: false, kernel: '/k', initrd: '/i' },
    ...{ memoryBytes: 512 * MIB, poolBytes: 64 * MIB, disk: undefined },
    descriptors: { gui: 3, service: 4, pool: 5 },
  };
  const words = machineCommand(plan);

  it('names every device, and none that reaches the host', () => {
    const devices = words.filter((_, at) => words[at - 1] === '-device');
    const kinds = devices.map((device) => device.split(',')[0]).sort();
    const ports = ['virtserialport', 'virtserialport', 'virtserialport'];
    expect(kinds).toEqual(
      ['ivshmem-plain', 'virtio-rng-pci', 'virtio-serial-pci', ...ports].sort(),
    );
    expect(words).toContain('-nodefaults');
    expect(words).toContain('-no-user-config');
    for (const word of [
      '-netdev',
      '-nic',
      '-drive',
      '-blockdev',
      '-monitor',
      '-qmp',
      '-vnc',
      '-usb',
      '-fsdev',
    ]) {
      expect(words).not.toContain(word);
    }
    expect(words.join(' ')).not.toMatch(/livery\.(network|home)/);
  });

  it('has a disk only for a home that is kept, whose format is never guessed', () => {
    const withDisk = (blank: boolean) =>
      machineCommand({ ...plan, disk: { path: '/opt/home', blank } });
    const added = withDisk(true).filter((word) => !words.includes(word));
    expect(added).toEqual([
      expect.stringContaining('livery.home=blank'),
      '-blockdev',
      'driver=file,node-name=file,filename=/opt/home,discard=unmap',
      '-blockdev',
      'driver=raw,node-name=home,file=file,discard=unmap,detect-zeroes=unmap',
      'virtio-blk-pci,drive=home,werror=report,rerror=report',
    ]);
    expect(withDisk(false).join(' ')).toContain('livery.home=kept');
  });

  it('has a network card only if it is to, in a network that carries nothing in', () => {
    const connected = machineCommand({ ...plan, network: true });
    const added = connected.filter((word) => !words.includes(word));
    const [kernel, ...card] = added;
    expect(kernel).toContain('livery.network=on');
    const own = 'net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,ipv6=off';
    expect(card).toEqual(['-netdev', `user,id=net,${own}`, 'virtio-net-pci,netdev=net,romfile=']);
    expect(connected.join(' ')).not.toMatch(/hostfwd|guestfwd|smb|tftp/);
  });

  it('switches QEMU\u2019s own filter on', () => {
    const own = words[words.indexOf('-sandbox') + 1];
    const parts = ['obsolete', 'elevateprivileges', 'spawn', 'resourcecontrol'];
    expect(own).toBe(['on', ...parts.map((part) => `${part}=deny`)].join(','));
  });

  it('asks for KVM only where it works', () => {
    expect(words.join(' ')).toContain('-accel tcg');
    expect(machineCommand({ ...plan, kvm: true }).join(' ')).toContain('-accel kvm -cpu host');
    // What the processor runs ahead of its time is to be hidden where there is one.
    expect(machineCommand({ ...plan, kvm: true }).join(' ')).not.toContain('mitigations=off');
  });
});

describe('the place of a machine', () => {
  const qube = { name, domainId: 7 as DomainId, memoryBytes: undefined, network: false };
  const identity = { uid: 2_000_000_007, gid: 2_000_000_007, separate: true, group: 108 };
  const guest = { qemu: '/usr/bin/qemu', image: '/the/guest', poolBytes: 64 * MIB };
  const parts = { ...guest, identity, disk: undefined };
  const place = machinePlace(qube, { ...parts, kvm: false });
  const inside = '/opt/livery-guest';

  it('is a sandbox of the qube\u2019s own user, with the guest\u2019s files to read and no network', () => {
    expect(place).toMatchObject({ identity, network: false, disposable: true, runs: 'machine' });
    expect(place.mounts).toEqual([{ host: '/the/guest', inside, writable: false }]);
    expect(place.command[0]).toBe('/usr/bin/qemu');
  });

  it('has the one file with a home that is kept, to write, and no directory', () => {
    const disk = { path: '/srv/work/home.disk', blank: false };
    const { mounts, command } = machinePlace(qube, { ...parts, kvm: false, disk });
    const inside = '/opt/livery-home.disk';
    expect(mounts).toEqual([...place.mounts, { host: disk.path, inside, writable: true }]);
    expect(command.join(' ')).toContain(`filename=${inside},`);
  });

  it('has a network of its own, and a card, if the qube is to have one', () => {
    const connected = machinePlace({ ...qube, network: true }, { ...parts, kvm: false });
    expect(connected.network).toBe(true);
    expect(connected.command).toContain('-netdev');
    expect(place.command).not.toContain('-netdev');
  });

  it('has the device of KVM where that works, and nothing else more', () => {
    const device = { host: '/dev/kvm', inside: '/dev/kvm', writable: true, device: true };
    const { mounts } = machinePlace(qube, { ...parts, kvm: true });
    expect(mounts).toEqual([...place.mounts, device]);
  });
});

describe('the packages of a guest', () => {
  it('are read from what apt says', () => {
    const said = [
      'Reading package lists...',
      'The following NEW packages will be installed:',
      "'http://example.org/x/xvfb_21.1.7-3_amd64.deb' xvfb_2%3a21.1.7-3_amd64.deb 3154208 MD5Sum:ab",
      "'http://example.org/l/libstdc++6_12.2.0_amd64.deb' libstdc++6_12.2.0_amd64.deb 612604 SHA256:ab",
      "'no address' nonsense",
    ].join('\n');
    expect(parseUris(said)).toEqual([
      { name: 'xvfb', version: '2:21.1.7-3', sizeBytes: 3154208 },
      { name: 'libstdc++6', version: '12.2.0', sizeBytes: 612604 },
    ]);
  });
});
