/**
 * The Debian packages that the project uses, why, and the programs by which the
 * same thing is recognised where there is no dpkg. docs/dependencies.md tells
 * the same to people; a test holds the two together.
 */

/**
 * @typedef {object} Package
 * @property {string} name the Debian package
 * @property {readonly string[]} programs programs of it that we run; none for fonts
 */

/** @typedef {'build' | 'demo' | 'test' | 'package' | 'vm' | 'xen' | 'view' | 'fuzz' | 'bench'} PackageGroup */
/** @typedef {'demo' | 'test' | 'package' | 'vm' | 'xen' | 'view' | 'check' | 'build' | 'asan' | 'fuzz' | 'bench' | 'all'} Mode */

/** @type {Readonly<Record<PackageGroup, readonly Package[]>>} */
export const packageGroups = {
  build: [
    { name: 'g++', programs: ['g++'] },
    { name: 'make', programs: ['make'] },
    { name: 'python3', programs: ['python3'] },
  ],
  demo: [
    { name: 'bubblewrap', programs: ['bwrap'] },
    { name: 'dbus', programs: ['dbus-daemon', 'dbus-run-session'] },
    { name: 'fonts-dejavu-core', programs: [] },
    { name: 'mount', programs: ['mount'] },
    { name: 'mousepad', programs: ['mousepad'] },
    { name: 'openbox', programs: ['openbox'] },
    { name: 'util-linux', programs: ['flock', 'prlimit', 'setpriv', 'unshare'] },
    { name: 'x11-apps', programs: ['xclock', 'xcalc'] },
    { name: 'x11-utils', programs: ['xwininfo', 'xprop'] },
    { name: 'x11-xserver-utils', programs: ['xset', 'xsetroot'] },
    { name: 'xauth', programs: ['xauth'] },
    { name: 'xterm', programs: ['xterm'] },
    { name: 'xvfb', programs: ['Xvfb'] },
  ],
  test: [
    { name: 'fish', programs: ['fish'] },
    { name: 'groff-base', programs: ['groff'] },
    { name: 'gtk-3-examples', programs: ['gtk3-widget-factory'] },
    { name: 'i3-wm', programs: ['i3'] },
    { name: 'systemd', programs: ['systemd-analyze'] },
    { name: 'tigervnc-standalone-server', programs: ['Xtigervnc'] },
    { name: 'trayer', programs: ['trayer'] },
    { name: 'wmctrl', programs: ['wmctrl'] },
    { name: 'xclip', programs: ['xclip'] },
    { name: 'xdotool', programs: ['xdotool'] },
    { name: 'xfwm4', programs: ['xfwm4'] },
    { name: 'zsh', programs: ['zsh'] },
  ],
  package: [{ name: 'mmdebstrap', programs: ['mmdebstrap'] }],
  vm: [
    { name: 'apt', programs: ['apt-get'] },
    { name: 'cpio', programs: ['cpio'] },
    { name: 'dpkg', programs: ['dpkg-deb'] },
    { name: 'qemu-system-x86', programs: ['qemu-system-x86_64'] },
    { name: 'slirp4netns', programs: ['slirp4netns'] },
  ],
  xen: [
    { name: 'squashfs-tools', programs: ['mksquashfs'] },
    { name: 'xz-utils', programs: ['xz'] },
  ],
  view: [{ name: 'chromium', programs: ['chromium'] }],
  fuzz: [
    { name: 'clang', programs: ['clang++'] },
    { name: 'libclang-rt-14-dev', programs: [] },
  ],
  bench: [
    { name: 'libx11-dev', programs: [] },
    { name: 'libxdamage-dev', programs: [] },
    { name: 'libxext-dev', programs: [] },
    { name: 'libxtst-dev', programs: [] },
    { name: 'tigervnc-viewer', programs: ['xtigervncviewer'] },
    { name: 'xserver-xephyr', programs: ['Xephyr'] },
  ],
};

/** @type {Readonly<Record<Mode, readonly PackageGroup[]>>} */
const groupsOfMode = {
  check: [],
  build: ['build'],
  asan: ['build'],
  fuzz: ['build', 'fuzz'],
  bench: ['build', 'demo', 'test', 'bench'],
  demo: ['build', 'demo'],
  test: ['build', 'demo', 'test'],
  package: ['build', 'demo', 'test', 'package'],
  vm: ['build', 'demo', 'test', 'vm'],
  xen: ['build', 'demo', 'test', 'vm', 'xen'],
  view: ['build', 'demo', 'test', 'view'],
  all: ['build', 'demo', 'test'],
};

/** @param {string} word @returns {word is Mode} */
export function isMode(word) {
  return Object.hasOwn(groupsOfMode, word);
}

/** @param {Mode} mode @returns {Package[]} */
export function packagesFor(mode) {
  return groupsOfMode[mode].flatMap((group) => packageGroups[group]);
}
