/**
 * What a host must have before any sandbox can be started on it; for the
 * keeper's start and for `livery doctor`.
 */

import { type DomainId, MAX_DOMAIN_ID } from '../base/ids.ts';
import { requireOwnFiles } from './sandbox/host-files.ts';
import { identityOf } from './sandbox/identity.ts';
import { probeSandbox } from './sandbox/probe.ts';
import { findTools, type Tools } from './sandbox/tools.ts';

/**
 * Throws UserError with what is missing: MISSING_PACKAGE, NOT_BUILT,
 * NOT_READABLE, NO_USER_NAMESPACES, BWRAP_TOO_OLD, NO_SANDBOX.
 */
export async function checkSandboxRequirements(): Promise<Tools> {
  const tools = findTools();
  requireOwnFiles(identityOf(MAX_DOMAIN_ID as DomainId).separate);
  await probeSandbox(tools);
  return tools;
}
