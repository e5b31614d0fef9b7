# Runs a command in another root, with a /dev, /proc and /tmp of its own:
# unshare --mount --pid --fork sh enter.sh ROOT COMMAND [ARGUMENT…]
# By pivot_root: in what chroot makes, nobody can have a namespace of users.
set -e
root=$1
shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t tmpfs -o mode=755 none "$root/dev"
for one in null zero full random urandom tty; do
  : >"$root/dev/$one"
  mount --bind "/dev/$one" "$root/dev/$one"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 none "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 none "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 none "$root/tmp"
mount -t proc none "$root/proc"
mount --rbind /sys "$root/sys"
mkdir -p "$root/.old"
cd "$root"
pivot_root . .old
exec chroot . /bin/sh -c 'umount -l /.old; rmdir /.old; exec "$@"' sh "$@"
