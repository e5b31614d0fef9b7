/**
 * Whose rights the processes of a qube have outside of it. A keeper of an
 * ordinary user can only give away its own. A keeper of root gives each qube an
 * unprivileged user id of its own, so that what escapes from one sandbox is a
 * stranger to the files and processes of the others.
 */
import { readFileSync } from 'node:fs';
import type { DomainId } from '../../base/ids.ts';

/**
 * Above every range that distributions give away: login and service users, the
 * subordinate ids of /etc/subuid and those of systemd's containers, all of which
 * end below 1,879,048,192. No name is needed for them.
 */
const FIRST_QUBE_UID = 2_000_000_000;

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** It is not the keeper's own: the sandbox is started with less than the keeper has. */
  readonly separate: boolean;
  /** A group that a separate one keeps, for a device of the host. */
  readonly group?: number | undefined;
}

/** Lines of `first-inside first-outside count` (user_namespaces(7)). */
function isMapped(id: number, map: string): boolean {
  return map.split('\n').some((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return id >= first && id < first + count;
  });
}

/**
 * The identity of a qube's processes. `separate` only for root of a user
 * namespace that has the id at all: root inside a small container does not.
 */
export function identityOf(domainId: DomainId): Identity {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const own = FIRST_QUBE_UID + domainId;
  const separate =
    uid === 0 &&
    isMapped(own, readFileSync('/proc/self/uid_map', 'utf8')) &&
    isMapped(own, readFileSync('/proc/self/gid_map', 'utf8'));
  return separate ? { uid: own, gid: own, separate } : { uid, gid, separate };
}
