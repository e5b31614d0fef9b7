/**
 * A shell's script that takes all memory of a guest until the guest's kernel ends it.
 * All of it goes within one read(2): whoever is ended while a page of his program is
 * being read from a packed disk leaves that block unreadable for all others.
 */
export const MEMORY_HOG =
  'size=$(awk \'/^MemTotal:/ { print int($2 * 0.95) }\' /proc/meminfo) && exec dd if=/dev/zero of=/dev/null bs="$size"k count=1';
