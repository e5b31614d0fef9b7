/**
 * The first processes of the machine: of the archive that every kernel unpacks,
 * which finds the file system; of dom0, which starts Xen's daemons and the test's
 * own program; and of a domU, which starts Livery's agent.
 */
import { MODULES, XEN_TOOLS } from './contents.ts';

/** The serial port by which the test speaks with its program in dom0. */
export const TEST_PORT = 'livery.test';
/** Where the disk with Livery and the test's program is. */
export const OWN = '/opt/livery';
/** A domU that was told to wait starts its agent when this is in its part of xenstore. */
export const GO_KEY = 'data/livery-go';

/** `livery.role=dom0` and `livery.role=domu` on the kernel's command line tell which it is. */
export function archiveInit(): string {
  return `#!/bin/busybox sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
end() { echo "livery machine: $1"; poweroff -f; }
case $(cat /proc/cmdline) in
  *livery.role=dom0*) role=dom0 disk=vd modules='${MODULES.disks.dom0.join(' ')}' ;;
  *) role=domu disk=xvd modules='${MODULES.disks.domu.join(' ')}' ;;
esac
for module in $modules; do insmod "/mod/$module.ko" || end "no module $module"; done
tries=0
until [ -b "/dev/\${disk}a" ] && [ -b "/dev/\${disk}b" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || end 'there are no disks'
  sleep 0.1
done
mount -t squashfs -o ro "/dev/\${disk}a" /root || end 'the file system cannot be mounted'
mount -t squashfs -o ro "/dev/\${disk}b" /root${OWN} || end 'the disk of Livery cannot be mounted'
for place in dev proc sys; do mount --move "/$place" "/root/$place"; done
exec switch_root /root "${OWN}/machine/$role"
`;
}

/** What both have: places to write to, and words for the console. */
function beginning(role: string): string {
  return `#!/bin/sh
export PATH=/usr/bin:/${XEN_TOOLS}
exec </dev/console >/dev/console 2>&1
say() { echo "@@ $(cut -d' ' -f1 /proc/uptime) $*"; }
end() { say "end: $1"; poweroff -f; }
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
for place in /dev/shm /tmp /run /var /home /root; do mount -t tmpfs tmpfs "$place"; done
chmod 1777 /dev/shm /tmp
mkdir -p /tmp/.X11-unix /run/lock /var/lib /var/log /home/user
chmod 1777 /tmp/.X11-unix
ln -s /run /var/run
ln -s /run/lock /var/lock
ip link set lo up
export HOME=/root LANG=C.UTF-8 TERM=dumb
say "${role}: $(uname -r) under $(cat /sys/hypervisor/type)"
`;
}

/** Ends, and the whole machine with it, when the test hangs up. */
export function dom0Init(): string {
  return `${beginning('dom0')}
hostname dom0
mkdir -p /run/xen /run/xenstored /var/lib/xen /var/lib/xenstored /var/log/xen/console
for module in ${MODULES.dom0.join(' ')}; do
  insmod "/usr/lib/livery/$module.ko" || end "no module $module"
done
mount -t xenfs xenfs /proc/xen
xenstored --pid-file /run/xen/xenstored.pid || end 'xenstored does not start'
tries=0
until timeout 5 xenstore-read / >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || end 'xenstored does not answer'
  sleep 0.1
done
xen-init-dom0 || end 'xen-init-dom0 failed'
xenconsoled --pid-file=/run/xen/xenconsoled.pid --log=guest --log-dir=/var/log/xen/console
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = ${TEST_PORT} ] && device=/dev/\${port##*/}
done
[ -n "$device" ] || end 'the machine has no port for the test'
say 'dom0 is up'
exec 3<>"$device"
# The port has no end of file that Node would tell of, and is opened once; a pipe has.
cat <&3 | ${OWN}/bin/node ${OWN}/machine/driver.mjs >&3 3<&-
end "the test's program ended with code $?"
`;
}

/** Ends when the agent does. */
export function domuInit(): string {
  return `${beginning('domU')}
options= wait=
for word in $(cat /proc/cmdline); do
  case $word in
    livery.name=*) hostname "\${word#*=}" ;;
    livery.agent=*) options=$(echo "\${word#*=}" | tr , ' ') ;;
    livery.wait) wait=1 ;;
  esac
done
insmod /usr/lib/livery/${MODULES.domu[0]}.ko || end 'no event channels'
# The module's own limit is one window's worth of pages.
insmod /usr/lib/livery/${MODULES.domu[1]}.ko limit=32768 || end 'no grants'
if [ -n "$wait" ]; then
  say 'waiting to be told'
  until xenstore-read ${GO_KEY} >/dev/null 2>&1; do sleep 0.2; done
fi
cd /root
say 'the agent starts'
${OWN}/bin/node ${OWN}/dist/bin/livery.js agent --channel xen $options </dev/null
end "its agent ended with code $?"
`;
}

/** Tells the backend in dom0's kernel which disk is meant; run by xl for each disk of a domU. */
export const BLOCK_SCRIPT = `#!/bin/sh
export PATH=/usr/bin
[ "$1" = add ] || exit 0
numbers=$(stat -L -c %t:%T "$(xenstore-read "$XENBUS_PATH/params")")
xenstore-write "$XENBUS_PATH/physical-device" "$numbers" "$XENBUS_PATH/hotplug-status" connected
`;
