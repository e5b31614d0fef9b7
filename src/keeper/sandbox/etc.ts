/**
 * /etc as a qube sees it: settings of programs that are the same for every user
 * of the host and hold no secret are the host's, read-only; who and where one
 * is is told by files that are made here. Everything else of /etc is absent.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { QubeName } from '../../base/ids.ts';

/** The user inside. Not root: nothing inside needs it, and programs warn about it. */
export const INSIDE_USER = { name: 'user', uid: 1000, gid: 1000, home: '/home/user' } as const;

/**
 * Shown if the host has it. Not here on purpose: passwd, shadow, ssh, ssl/private,
 * environment and profile.d (proxies with passwords), resolv.conf, hosts, mtab.
 */
export const HOST_ETC: readonly string[] = [
  'X11',
  'alternatives',
  'bash.bashrc',
  'chromium',
  'chromium.d',
  'crypto-policies',
  'debian_version',
  'dictionaries-common',
  'drirc',
  'firefox',
  'firefox-esr',
  'fonts',
  'glvnd',
  'gtk-2.0',
  'gtk-3.0',
  'gtk-4.0',
  'inputrc',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'libreoffice',
  'localtime',
  'magic',
  'mailcap',
  'mime.types',
  'os-release',
  'pango',
  'papersize',
  'pki/ca-trust/extracted',
  'pki/tls/certs',
  'profile',
  'protocols',
  'services',
  'shells',
  'ssl/certs',
  'ssl/openssl.cnf',
  'terminfo',
  'timezone',
  'vulkan',
  'xdg',
  'xml',
];

/** Where slirp4netns answers DNS. */
const OWN_STACK_NAMESERVER = '10.0.2.3';

export interface MadeFile {
  readonly path: string;
  readonly text: string;
}

/** The same for one qube with a home of its own, so that programs know their files again. */
function machineId(name: QubeName, disposable: boolean): string {
  if (disposable) return randomBytes(16).toString('hex');
  let hostId: Buffer;
  try {
    hostId = readFileSync('/etc/machine-id');
  } catch {
    hostId = Buffer.alloc(0);
  }
  // Keyed by the host's, which it therefore does not tell.
  return createHmac('sha256', hostId).update(`livery ${name}`).digest('hex').slice(0, 32);
}

/** The files of /etc that dom0 writes for this qube. */
export function madeFiles(qube: {
  name: QubeName;
  disposable: boolean;
  network: boolean;
}): MadeFile[] {
  const { name: user, uid, gid, home } = INSIDE_USER;
  const files = [
    {
      path: '/etc/passwd',
      text:
        `${user}:x:${uid}:${gid}:${user}:${home}:/bin/bash\n` +
        'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    },
    { path: '/etc/group', text: `${user}:x:${gid}:\nnogroup:x:65534:\n` },
    { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
    { path: '/etc/hostname', text: `${qube.name}\n` },
    {
      path: '/etc/hosts',
      text: `127.0.0.1 localhost ${qube.name}\n::1 localhost ip6-localhost\n`,
    },
    { path: '/etc/machine-id', text: `${machineId(qube.name, qube.disposable)}\n` },
  ];
  if (qube.network) {
    files.push({ path: '/etc/resolv.conf', text: `nameserver ${OWN_STACK_NAMESERVER}\n` });
  }
  return files;
}
