/**
 * Where a vchan is found: `data/vchan/<client>/<port>` below its server's
 * domain in xenstore, as the vchan of Qubes has it. `ring-ref` and
 * `event-channel` are decimal numbers that the server wrote, which in dom0 means
 * a qube: nothing but digits in range is taken.
 */
import type { DomainId } from '../base/ids.ts';
import type { Xenstore } from '../native/xen.ts';

const MAX_WORD = 0xffff_ffff;

export interface VchanKeys {
  readonly ringRef: number;
  readonly eventChannel: number;
}

/** Relative to the server's domain. */
export function vchanNode(client: DomainId, port: number): string {
  return `data/vchan/${client}/${port}`;
}

/** As dom0 sees it. */
export function vchanPath(server: DomainId, client: DomainId, port: number): string {
  return `/local/domain/${server}/${vchanNode(client, port)}`;
}

/** The two numbers of a vchan that is there; undefined while there is none. */
export function readVchanKeys(store: Pick<Xenstore, 'read'>, path: string): VchanKeys | undefined {
  // Written last by servers that write them one after the other.
  const eventChannel = parseWord(store.read(`${path}/event-channel`));
  if (eventChannel === undefined) return undefined;
  const ringRef = parseWord(store.read(`${path}/ring-ref`));
  return ringRef === undefined ? undefined : { ringRef, eventChannel };
}

/** A u32 in decimal digits; anything else is none. */
function parseWord(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= MAX_WORD ? value : undefined;
}
