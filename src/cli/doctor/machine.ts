/**
 * Virtual machines: whether this host could run them (KVM), and whether it is
 * itself Xen's dom0. Sandboxes need neither, so what is absent is a note.
 */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, note, ok, warning } from './finding.ts';

/** The devices by which dom0 shares memory and events with its domains. */
const XEN_DEVICES = [
  { path: 'dev/xen/gntdev', module: 'xen-gntdev' },
  { path: 'dev/xen/evtchn', module: 'xen-evtchn' },
] as const;

/** @param root where the file system begins */
export function checkKvm(root = '/'): Finding {
  const device = join(root, 'dev/kvm');
  if (!existsSync(device)) {
    const flags = read(join(root, 'proc/cpuinfo'));
    const vendor = /\bvmx\b/.test(flags) ? 'intel' : /\bsvm\b/.test(flags) ? 'amd' : undefined;
    const lack = 'no virtual machine can be run with KVM here; sandboxes do not need it';
    return vendor === undefined
      ? note(
          'kvm',
          lack,
          'switch virtualisation on in the firmware (or nested, in the host of this one)',
        )
      : note('kvm', lack, `sudo modprobe kvm_${vendor}`);
  }
  try {
    closeSync(openSync(device, 'r+'));
    return ok('kvm', `${device} can be used`);
  } catch {
    return note(
      'kvm',
      `${device} is there, and this user may not use it; sandboxes do not need it`,
      'sudo usermod -a -G kvm "$USER", then log in again',
    );
  }
}

/** @param root where the file system begins */
export function checkXen(root = '/'): Finding[] {
  if (read(join(root, 'sys/hypervisor/type')).trim() !== 'xen') {
    return [
      note(
        'xen',
        'this is no Xen host: there are no Xen domains to show; sandboxes do not need it',
        'to show Xen domains, run Livery in dom0',
      ),
    ];
  }
  if (!read(join(root, 'proc/xen/capabilities')).includes('control_d')) {
    const text = 'this is a Xen domain and not dom0: it can show sandboxes only';
    return [note('xen', text, 'to show Xen domains, run Livery in dom0')];
  }
  const absent = XEN_DEVICES.filter(({ path }) => !existsSync(join(root, path)));
  if (absent.length === 0) return [ok('xen', 'this is dom0, with the devices for shared memory')];
  return absent.map(({ path, module }) =>
    warning('xen', `this is dom0, and ${join('/', path)} is absent`, `sudo modprobe ${module}`),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
