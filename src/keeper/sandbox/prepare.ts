/**
 * What a qube's sandbox is made of, from the configuration: whose rights it
 * has, what of the host is shown in it, and whether the host has what it needs.
 */
import type { Config, QubeConfig } from '../../config/config.ts';
import { INSIDE_USER } from './etc.ts';
import { homeOf } from './home.ts';
import { ownMounts } from './host-files.ts';
import { identityOf } from './identity.ts';
import { requireStack } from './network.ts';
import type { SandboxSpec } from './spawn.ts';
import type { Tools } from './tools.ts';

type Place = Pick<
  SandboxSpec,
  'name' | 'domainId' | 'identity' | 'mounts' | 'disposable' | 'network'
>;

/**
 * Throws UserError HOME_REFUSED, NO_NETWORK_STACK.
 * @param kept directories of dom0 that no home may hold
 */
export function prepareSandbox(
  qube: QubeConfig,
  config: Config,
  kept: readonly string[],
  tools: Tools,
): Place {
  const { name, domainId, network } = qube;
  requireStack(qube, tools);
  const identity = identityOf(domainId);
  const mounts = ownMounts();
  const home = homeOf(qube, config, kept, identity);
  if (home !== undefined) {
    mounts.push({ host: home, inside: INSIDE_USER.home, writable: true });
  }
  return { name, domainId, identity, mounts, disposable: home === undefined, network };
}
