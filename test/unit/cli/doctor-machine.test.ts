/** What the doctor says of machines that are not this one, from the files by which it knows them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/cli/doctor/confinement.ts';
import { checkFonts } from '../../../src/cli/doctor/host.ts';
import { checkLimits } from '../../../src/cli/doctor/limits.ts';
import { checkKvm, checkXen } from '../../../src/cli/doctor/machine.ts';
import { parseConfig } from '../../../src/config/read.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'livery-machine-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function plant(path: string, text = ''): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('KVM', () => {
  it('can be used', () => {
    plant('dev/kvm');
    expect(checkKvm(root).state).toBe('ok');
  });

  it.each([
    ['flags : fpu vmx', 'sudo modprobe kvm_intel'],
    ['flags : fpu svm', 'sudo modprobe kvm_amd'],
    [
      'flags : fpu',
      'switch virtualisation on in the firmware (or nested, in the host of this one)',
    ],
  ])('is absent, with a processor of %j', (cpu, fix) => {
    plant('proc/cpuinfo', cpu);
    expect(checkKvm(root)).toMatchObject({ state: 'note', fix });
  });

  it('belongs to others', () => {
    chmodSync(root, 0o755);
    chmodSync(plant('dev/kvm'), 0o600);
    // As root nothing is out of reach; somebody else looks then.
    const own = process.geteuid?.() ?? 0;
    if (own === 0) process.seteuid?.(65_534);
    else chmodSync(join(root, 'dev/kvm'), 0o000);
    try {
      expect(checkKvm(root)).toMatchObject({
        state: 'note',
        fix: expect.stringContaining('usermod'),
      });
    } finally {
      if (own === 0) process.seteuid?.(0);
    }
  });
});

describe('Xen', () => {
  it('is not here', () => {
    expect(checkXen(root)).toMatchObject([
      { state: 'note', text: expect.stringContaining('no Xen host') },
    ]);
  });

  it('has us as an ordinary domain', () => {
    plant('sys/hypervisor/type', 'xen\n');
    plant('proc/xen/capabilities', '');
    expect(checkXen(root)).toMatchObject([
      { state: 'note', text: expect.stringContaining('not dom0') },
    ]);
  });

  it('has us as dom0, with its devices or without', () => {
    plant('sys/hypervisor/type', 'xen\n');
    plant('proc/xen/capabilities', 'control_d\n');
    plant('dev/xen/gntdev');
    expect(checkXen(root)).toMatchObject([
      {
        state: 'warning',
        text: expect.stringContaining('/dev/xen/evtchn'),
        fix: 'sudo modprobe xen-evtchn',
      },
    ]);
    plant('dev/xen/evtchn');
    expect(checkXen(root).map(({ state }) => state)).toEqual(['ok']);
  });
});

describe('limits', () => {
  const qubes = Array.from({ length: 20 }, (_, i) => `[qube.q${i}]\nlabel = "red"\n`).join('');
  const config = parseConfig(qubes, 'l.toml');
  const limits = (files: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax processes  unlimited  unlimited  processes\nMax open files            256   ${files}  files\n`;

  it('are enough here, and where nothing is known of them', () => {
    expect(checkLimits(undefined).map(({ state }) => state)).toEqual(['ok']);
    expect(checkLimits(config, root).map(({ state }) => state)).toEqual(['ok']);
  });

  it('are too low for many qubes: the hard one counts', () => {
    plant('proc/self/limits', limits('512'));
    plant('proc/sys/user/max_user_namespaces', '10\n');
    plant('proc/sys/fs/inotify/max_user_instances', '1\n');
    expect(checkLimits(config, root).map(({ state, fix }) => [state, fix])).toEqual([
      ['warning', 'ulimit -n 1024 (LimitNOFILE=1024 in a systemd unit)'],
      ['warning', 'sudo sysctl -w user.max_user_namespaces=64'],
      ['warning', 'sudo sysctl -w fs.inotify.max_user_instances=128'],
    ]);
    plant('proc/self/limits', limits('1024'));
    expect(checkLimits(config, root)).toHaveLength(2);
  });
});

describe('fonts', () => {
  it('are looked for below their folders', () => {
    expect(checkFonts([join(root, 'none'), root])).toMatchObject({
      state: 'warning',
      fix: expect.stringContaining('fonts-dejavu-core'),
    });
    plant('truetype/dejavu/DejaVuSans.ttf');
    expect(checkFonts([root]).state).toBe('ok');
  });
});

describe('confinement', () => {
  it('that is not in force comes with what to do', () => {
    const given = { wanted: false, noNewPrivileges: false, systemCalls: false, landlock: 0 };
    const off = findingsOf({ ...given, lacks: ['nothing is given up'] });
    expect(off).toMatchObject([
      { state: 'warning', fix: expect.stringContaining('LIVERY_CONFINE=on') },
    ]);
    const old = findingsOf({ ...given, wanted: true, lacks: ['no Landlock'] });
    expect(old).toMatchObject([{ state: 'warning', fix: expect.stringContaining('kernel') }]);
  });
});
