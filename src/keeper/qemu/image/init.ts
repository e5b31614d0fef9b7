/**
 * The first process of a guest: a script that mounts what a Linux system needs,
 * loads the drivers of the ports, and starts the agent as an ordinary user with
 * the two channels and the shared memory open. When the agent ends, by itself or
 * because the keeper's end of its standard input closed, so does the machine.
 */

import { HOME_LOST_LINE } from '../../sandbox/sandbox.ts';

/** Kernel modules in the order in which they are loaded; `-` and `_` as in their files' names. */
export const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_console',
  'virtio-rng',
] as const;

/** More of them, for a machine with a network card. */
export const NETWORK_MODULES = ['failover', 'net_failover', 'virtio_net'] as const;

/** More of them, for a machine whose home is kept; ext4 is part of the kernel. */
export const DISK_MODULES = ['virtio_blk'] as const;

/** The guest's end of QEMU's own network. Its addresses are given, so that nobody has to ask for them. */
export const GUEST_NETWORK = {
  subnet: '10.0.2.0/24',
  address: '10.0.2.15/24',
  gateway: '10.0.2.2',
  nameserver: '10.0.2.3',
} as const;

/** Names of the virtio-serial ports, as both sides know them. */
export const PORT_NAMES = {
  gui: 'livery.gui',
  service: 'livery.service',
  status: 'livery.status',
} as const;

/** Inside, the agent has the same user everywhere. */
export const GUEST_USER = { name: 'user', id: 1000, homes: '/home', home: '/home/user' } as const;

/**
 * The shell of busybox runs it. Its last words, on the console, are what the
 * keeper tells when the guest ends before it was ready.
 */
export function initScript(agent: readonly string[]): string {
  const { name, id, homes, home } = GUEST_USER;
  const { address, gateway, nameserver } = GUEST_NETWORK;
  return `#!/bin/sh
export PATH=/usr/bin
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid devtmpfs /dev
exec </dev/console >/dev/console 2>&1
end() {
  echo "livery guest: $1"
  [ -z "$mounted" ] || leave_home
  poweroff -f
}
mounted=
leave_home() {
  cd /
  kill -TERM -1
  tries=0
  until umount ${homes}; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || kill -KILL -1
    [ "$tries" -lt 100 ] || return
    sleep 0.1
  done 2>/dev/null
}
mkdir -p /dev/pts /dev/shm
mount -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run
mkdir -m 0700 /run/user
mkdir -m 1777 /tmp/.X11-unix
chown ${id}:${id} /run/user ${home}
ip link set lo up
load() {
  for module in "$@"; do
    insmod "/usr/lib/livery/$module.ko" || end "the module $module cannot be loaded"
  done
}
load ${MODULES.join(' ')}

agent_options= network= disk=
for word in $(cat /proc/cmdline); do
  case $word in
    livery.name=*) hostname "\${word#*=}" ;;
    livery.home=*) disk=\${word#*=} ;;
    livery.network=*) network=\${word#*=} ;;
    livery.agent=*) agent_options=$(echo "\${word#*=}" | tr , ' ') ;;
  esac
done

if [ -n "$network" ]; then
  load ${NETWORK_MODULES.join(' ')}
  ip addr add ${address} dev eth0 && ip link set eth0 up && ip route add default via ${gateway} ||
    end 'its network card cannot be used'
  echo 'nameserver ${nameserver}' >/etc/resolv.conf
fi

open_home() {
  load ${DISK_MODULES.join(' ')}
  # By its path, or the shell takes the one of busybox, which makes no journal.
  [ "$disk" != blank ] || /usr/bin/mke2fs -q -F -t ext4 -m 0 \\
    -E nodiscard,assume_storage_prezeroed=1 /dev/vda || return
  mount -t ext4 -o nosuid,nodev,noatime /dev/vda ${homes} || return
  mounted=yes
  mkdir -p -m 0700 ${home} && chown ${id}:${id} ${home} && return
  umount ${homes}
  mounted=
}
if [ -n "$disk" ]; then
  open_home
  [ -n "$mounted" ] || echo 'livery guest: its disk cannot be used, its home is a temporary one'
fi

find_port() {
  for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name" 2>/dev/null)" = "$1" ] && echo "/dev/\${port##*/}" && return
  done
}
wait_for_port() {
  tries=0
  while [ -z "$(find_port "$1")" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || end "the machine has no port $1"
    sleep 0.05
  done
  find_port "$1"
}
gui=$(wait_for_port ${PORT_NAMES.gui})
service=$(wait_for_port ${PORT_NAMES.service})
status=$(wait_for_port ${PORT_NAMES.status})

pool=
for device in /sys/bus/pci/devices/*; do
  [ "$(cat "$device/vendor" "$device/device" | tr '\\n' ' ')" = '0x1af4 0x1110 ' ] || continue
  echo 1 >"$device/enable"
  pool=$device/resource2_wc
done
[ -n "$pool" ] || end 'the machine has no shared memory'

exec 3<>"$gui" 4<>"$service" 5<>"$pool" 6<>"$status" || end 'its ports cannot be opened'
[ -z "$disk" ] || [ -n "$mounted" ] || echo '${HOME_LOST_LINE}' >&6
export HOME=${home} USER=${name} LOGNAME=${name} SHELL=/bin/sh LANG=C.UTF-8 TERM=xterm-256color
export PATH=/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR=/run/user
export LIVERY_AGENT_GUI_FD=3 LIVERY_AGENT_SERVICE_FD=4 LIVERY_AGENT_POOL_FD=5
cd ${home}
# Once the keeper's end of the port is closed, who writes into it sleeps for good: so the
# agent writes into a pipe. Nor has the port an end of file that Node would tell of; a pipe has.
mkfifo -m 0600 /run/said
cat </run/said >&6 3<&- 4<&- 5<&- &
cat <&6 3<&- 4<&- 5<&- | /usr/bin/setpriv --reuid ${id} --regid ${id} --clear-groups --no-new-privs \\
  --inh-caps=-all --bounding-set=-all -- ${agent.join(' ')} $agent_options >/run/said 2>&1 6<&-
end "its agent ended with code $?"
`;
}
