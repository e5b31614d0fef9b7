/**
 * The identities of the field. A qube's window number and ours are different
 * types: the first means something only inside one session.
 */
import type { Brand } from './brand.ts';

/** The hypervisor's (or keeper's) number of a qube; dom0 is 0. */
export type DomainId = Brand<number, 'DomainId'>;
/** A window as the qube numbers it: any u32, 0 is the whole-screen window. */
export type VmWindowId = Brand<number, 'VmWindowId'>;
/** A window of an X server that we talk to as a client. */
export type XWindowId = Brand<number, 'XWindowId'>;
/** A qube's name from dom0's configuration; safe in paths, properties and logs. */
export type QubeName = Brand<string, 'QubeName'>;

/** The domain that owns the screen. */
export const DOM0 = 0 as DomainId;

/** Largest domain id a guest may have (Xen reserves 0x7FF0 and above). */
export const MAX_DOMAIN_ID = 0x7fef;

/** A guest's domain id, 1..32751, or undefined when `value` is not one. */
export function parseDomainId(value: number): DomainId | undefined {
  return Number.isInteger(value) && value >= 1 && value <= MAX_DOMAIN_ID
    ? (value as DomainId)
    : undefined;
}

/**
 * A qube name: 1 to 31 bytes, a letter first, then letters, digits, `_`, `.`
 * or `-`; not a reserved word (gui-daemon 5.3 `-N`, Qubes' own rule).
 */
export function parseQubeName(value: string): QubeName | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,30}$/.test(value)) return undefined;
  if (/^(none|default|dom0|Domain-0)$/i.test(value) || value.endsWith('-dm')) return undefined;
  return value as QubeName;
}
