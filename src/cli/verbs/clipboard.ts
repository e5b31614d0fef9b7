/**
 * `livery clipboard show|wipe` and `livery lock-hint`: the daemon is asked. It
 * never says the text; there is no request that does.
 */
import { EXIT } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import type { ClipboardListing } from '../../control/messages.ts';
import { plain } from '../plain.ts';
import type { Call } from '../verb.ts';

export async function clipboardShow({ io, has }: Call): Promise<number> {
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const listing = await client.ask('clipboard.show', {});
  io.out(has('json') ? `${JSON.stringify(listing)}\n` : plain(text(listing), true));
  return EXIT.ok;
}

export function clipboardWipe(call: Call): Promise<number> {
  return tell(call, 'clipboard.wipe', 'nothing is copied any more');
}

export function lockHint(call: Call): Promise<number> {
  return tell(call, 'locked', 'the daemon knows that the screen is being locked');
}

async function tell(
  { io, has }: Call,
  op: 'clipboard.wipe' | 'locked',
  done: string,
): Promise<number> {
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  await client.ask(op, {});
  io.out(has('json') ? '{}\n' : `${done}\n`);
  return EXIT.ok;
}

function text(listing: ClipboardListing): string {
  const { policy } = listing;
  const rules =
    policy.mistakes.length === 0
      ? `policy: ${policy.origin}\n`
      : `policy: nothing can be pasted between qubes\n${policy.mistakes.map((one) => `  ${one}\n`).join('')}`;
  return `${state(listing)}\n${rules}`;
}

function state({ state, source, target, size, wipeInMs }: ClipboardListing): string {
  const until = wipeInMs === null ? '' : `, wiped in ${Math.ceil(wipeInMs / 1000)} s`;
  switch (state) {
    case 'empty':
      return 'nothing is copied';
    case 'waiting':
      return `${source} was asked for its text`;
    case 'kept':
      return `${size} bytes from ${source}${until}`;
    case 'asking':
      return `${size} bytes from ${source}; a prompt asks whether they may go to ${target}${until}`;
    default:
      return state satisfies never;
  }
}
