/**
 * What the machine of the Xen tests is made of: the hypervisor, one kernel and
 * one file system for dom0 and the domUs alike, all of Debian's packages.
 */
import { COMMON_LEFT_OUT, COMMON_PACKAGES } from '../../../src/keeper/qemu/image/packages.ts';
import { COMMON_PROGRAMS } from '../../../src/keeper/qemu/image/tree.ts';

/** Counted up when images of the same parts are made in another way. */
export const FORM = 2;

/** The hypervisor and its tools have their version in their names. */
export const XEN_VERSION = '4.17';
export const XEN_TOOLS = `usr/lib/xen-${XEN_VERSION}/bin`;

export const PACKAGES = {
  wanted: [
    ...COMMON_PACKAGES,
    'linux-image-amd64',
    'bubblewrap',
    'openbox',
    `xen-hypervisor-${XEN_VERSION}-amd64`,
    `xen-utils-${XEN_VERSION}`,
    'xenstore-utils',
  ],
  leftOut: [
    ...COMMON_LEFT_OUT,
    /^(lib)?python3.*$/,
    /^lib(com-err2|ext2fs2)$/,
    // Of pictures openbox reads none here.
    /^lib(aom|dav1d|de265|gs\d|heif|jxl|x265).*$/,
    /^(fonts-urw-base35|libgs-common|linux-image-amd64|poppler-data|shared-mime-info|ucf)$/,
  ],
};

export const PROGRAMS: readonly string[] = [
  ...COMMON_PROGRAMS,
  'usr/bin/openbox',
  'usr/bin/bwrap',
  'usr/bin/flock',
  'usr/bin/prlimit',
  'usr/bin/unshare',
  ...['ls', 'read', 'watch', 'write'].map((name) => `usr/bin/xenstore-${name}`),
  ...['xen-init-dom0', 'xenconsoled', 'xenstored', 'xl'].map((name) => `${XEN_TOOLS}/${name}`),
];

/**
 * What programs of the packages do not say that they need: loaded by name at run
 * time, by Xen's tools and by Livery, and what Livery's libraries of npm need.
 */
export const LIBRARIES: readonly string[] = [
  'libdl.so.2',
  'libgcc_s.so.1',
  'libpthread.so.0',
  'libresolv.so.2',
  'libxenevtchn.so.1',
  'libxengnttab.so.1',
  'libxenstore.so.4',
];

/** In the order in which they are loaded. */
export const MODULES = {
  /** Before there is a file system. */
  disks: {
    dom0: [
      'virtio_ring',
      'virtio',
      'virtio_pci_modern_dev',
      'virtio_pci_legacy_dev',
      'virtio_pci',
      'virtio_blk',
      'virtio_console',
      'squashfs',
    ],
    domu: ['xen-blkfront', 'squashfs'],
  },
  /** xen-privcmd before xenfs: without it xenstored does not start. */
  dom0: ['xen-privcmd', 'xenfs', 'xen-evtchn', 'xen-gntdev', 'xen-blkback'],
  domu: ['xen-evtchn', 'xen-gntalloc'],
} as const;
