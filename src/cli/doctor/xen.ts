/**
 * What the daemon needs of Xen for the domains of the configuration: libraries,
 * devices, xenstored. Tried by opening them, as the daemon does.
 */
import { messageOf } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { native } from '../../native/addon.ts';
import { type Finding, ok, warning } from './finding.ts';

const LIBRARIES =
  'sudo apt-get install --no-install-recommends libxengnttab1 libxenevtchn1 libxenstore4';
const DEVICES = 'run this as root in dom0; sudo modprobe -a xen-gntdev xen-evtchn';

/** None when no qube is a domain. @param libraries where Xen's libraries are; default the system's */
export function checkXenUse(config: Config | undefined, libraries?: string): Finding[] {
  const wanted = [...(config?.qubes.values() ?? [])].filter(({ backend }) => backend === 'xen');
  if (wanted.length === 0) return [];
  const names = wanted.map(({ name }) => name).join(', ');
  try {
    using _devices = native().openXen('dom0', libraries);
    using _store = native().openXenstore(libraries);
    return [ok('xen', `its libraries, devices and store can be used for ${names}`)];
  } catch (error) {
    const fix = isOfLibrary(error) ? LIBRARIES : DEVICES;
    return [warning('xen', `${names} cannot be shown: ${messageOf(error)}`, fix)];
  }
}

function isOfLibrary(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTSUP';
}
