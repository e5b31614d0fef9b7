/**
 * A virtual machine as arguments of QEMU: every device that a guest can see is
 * named here. There is no display, no USB, no sound and no monitor, and a network
 * card and a disk for those alone that are to have one; what a guest reaches of
 * QEMU is the processor's chips, one bus of serial ports and one block of shared
 * memory.
 */
import type { QubeName } from '../../base/ids.ts';
import { GUEST_NETWORK, PORT_NAMES } from './image/init.ts';

const MIB = 1024 * 1024;

export interface MachinePlan {
  /** Of the program. */
  readonly qemu: string;
  readonly name: QubeName;
  readonly kvm: boolean;
  /** It has a card. */
  readonly network: boolean;
  /** What its home is kept on, if it is. */
  readonly disk: { readonly path: string; readonly blank: boolean } | undefined;
  /** Paths inside the sandbox that QEMU runs in. */
  readonly kernel: string;
  readonly initrd: string;
  readonly memoryBytes: number;
  readonly poolBytes: number;
  /** Numbers of the inherited descriptors: two listening sockets and the pool. */
  readonly descriptors: { readonly gui: number; readonly service: number; readonly pool: number };
}

/** QEMU's own filter of system calls, beside the sandbox's. */
const OWN_SANDBOX = [
  'on',
  'obsolete=deny',
  'elevateprivileges=deny',
  'spawn=deny',
  'resourcecontrol=deny',
].join(',');

/**
 * A network inside of QEMU, which carries connections out as a program would:
 * into the namespace of its sandbox, and no others in. What is "the host" there
 * is the loopback of that namespace, where nothing listens.
 */
function networkCard(): string[] {
  const { subnet, gateway, nameserver } = GUEST_NETWORK;
  const own = `net=${subnet},host=${gateway},dns=${nameserver},ipv6=off`;
  return ['-netdev', `user,id=net,${own}`, '-device', 'virtio-net-pci,netdev=net,romfile='];
}

/**
 * A file as it is, whatever a guest writes into it: a format that QEMU would find
 * out by itself could name other files. A full disk of the host is the guest's
 * error to see; nothing waits for it.
 */
function homeDisk(path: string): string[] {
  return [
    ...['-blockdev', `driver=file,node-name=file,filename=${path},discard=unmap`],
    ...['-blockdev', 'driver=raw,node-name=home,file=file,discard=unmap,detect-zeroes=unmap'],
    ...['-device', 'virtio-blk-pci,drive=home,werror=report,rerror=report'],
  ];
}

/** What the kernel of the guest is told. A panic ends the machine, which ends the qube. */
function kernelCommand({ name, kvm, network, disk }: MachinePlan): string {
  const words = ['console=ttyS0', 'quiet', 'panic=-1', 'random.trust_cpu=on'];
  // In emulation nothing is run ahead of its time that one could look at.
  if (!kvm) words.push('mitigations=off');
  if (network) words.push('livery.network=on');
  if (disk) words.push(`livery.home=${disk.blank ? 'blank' : 'kept'}`);
  return [...words, `livery.name=${name}`].join(' ');
}

/** The program and its arguments. */
export function machineCommand(plan: MachinePlan): string[] {
  const { qemu, kvm, network, disk, kernel, initrd, memoryBytes, poolBytes, descriptors } = plan;
  const { gui, service, pool } = descriptors;
  const port = (id: 'gui' | 'service' | 'status', number: number): string[] => [
    '-device',
    `virtserialport,chardev=${id},nr=${number},name=${PORT_NAMES[id]}`,
  ];
  const listener = (id: string, fd: number) => `socket,id=${id},fd=${fd},server=on,wait=off`;
  return [
    qemu,
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-sandbox', OWN_SANDBOX],
    ...['-machine', 'q35,usb=off,vmport=off,hpet=off'],
    ...(kvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-smp', '2', '-m', `${Math.ceil(memoryBytes / MIB)}M`],
    ...['-kernel', kernel, '-initrd', initrd, '-append', kernelCommand(plan)],
    // Standard error is a socket too: it carries the console and QEMU's own words.
    ...['-chardev', 'socket,id=console,fd=2', '-serial', 'chardev:console'],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci,max_ports=8'],
    ...['-chardev', listener('gui', gui), ...port('gui', 1)],
    ...['-chardev', listener('service', service), ...port('service', 2)],
    // The agent's standard streams: the end of the keeper's is the end of the agent's.
    ...['-chardev', 'stdio,id=status,signal=off', ...port('status', 3)],
    ...[
      '-object',
      `memory-backend-file,id=pool,share=on,mem-path=/proc/self/fd/${pool},size=${poolBytes}`,
    ],
    ...['-device', 'ivshmem-plain,memdev=pool'],
    ...(network ? networkCard() : []),
    ...(disk ? homeDisk(disk.path) : []),
  ];
}
