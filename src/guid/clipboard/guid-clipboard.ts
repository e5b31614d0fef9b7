/**
 * What the clipboard of one daemon is made of: settings, the policy that counts
 * on this machine, the shared files when they are asked for, and a renderer for
 * notices and prompts. What happens is in the daemon's own log; qubes-guid keeps
 * no audit log either.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import type { Scope } from '../../base/scope.ts';
import { DEFAULT_CLIPBOARD } from '../../config/clipboard.ts';
import { defaultConfigFiles } from '../../config/locate.ts';
import type { PolicyPlace } from '../../daemon/clipboard/load-policy.ts';
import { PolicyWatch } from '../../daemon/clipboard/policy-watch.ts';
import type { ClipboardFace, ClipboardOptions } from '../../desktop/clipboard/clipboard-desk.ts';
import { RendererClient } from '../../surface/renderer-client.ts';
import { languageOf } from '../../surface/words.ts';
import { BUILTIN_LABELS, type Label } from '../../trust/label.ts';
import type { ServeOptions } from '../circumstances.ts';
import type { Settings } from '../settings.ts';
import { Dom0Policy, type PastePolicy } from './dom0-policy.ts';
import { SharedClipboard } from './shared-clipboard.ts';
import { SharedFiles } from './shared-files.ts';

export interface GuidClipboard {
  /** For Desktop.open. */
  readonly options: ClipboardOptions;
  /** The desktop is there. */
  shownOn(face: ClipboardFace | undefined): void;
}

/**
 * Undefined = there are no chords, so nothing is ever copied. Everything opened
 * is owned by `scope`. Throws UserError QUBES_DIR when it is to be shared where
 * it cannot be.
 * @param version of the conversation: 0x10008 is 1.8
 */
export async function openGuidClipboard(
  { settings, env, clock, log }: ServeOptions,
  label: Label,
  version: () => number,
  scope: Scope,
): Promise<GuidClipboard | undefined> {
  if (settings.invisible || (!settings.copy && !settings.paste)) return undefined;
  const files = settings.shareClipboard ? new SharedFiles(settings.qubesDir, clock) : undefined;
  if (files) prepare(files, settings.qubesDir);
  let face: ClipboardFace | undefined;
  const changed = (): void => face?.policyChanged();
  const policy = scope.own(openPolicy({ settings, env, clock, log }, changed));
  const store = new SharedClipboard({
    ...{ files, policy, version, log },
    own: { qube: settings.name, label },
    limit: settings.maxClipboardBytes,
  });
  const renderer = scope.own(await RendererClient.start({ clock, log }));
  const { keepMs, answerMs, promptMs, wipeOnLock } = DEFAULT_CLIPBOARD;
  return {
    options: {
      settings: { keepMs, answerMs, promptMs, wipeOnLock },
      policy: () => policy.state,
      audit: ({ event, ...fact }) => log.info(fact, `clipboard: ${event}`),
      store,
      renderer,
      language: languageOf(env),
    },
    shownOn: (shown) => {
      face = shown;
    },
  };
}

/** Directories that the clipboard needs as long as it is there. */
export function clipboardFiles(
  settings: Settings,
  env: NodeJS.ProcessEnv,
): { readonly read: string[]; readonly write: string[] } {
  const { path } = placeOf(settings, env);
  return {
    // dom0's own policy is asked at a socket, which is no file.
    read: isQubes(env) || path === undefined ? [] : [dirname(path)],
    write: settings.shareClipboard ? [settings.qubesDir] : [],
  };
}

function etcOf(env: NodeJS.ProcessEnv): string {
  return env.LIVERY_GUID_ETC_DIR || '/etc';
}

/** This is the dom0 of a Qubes OS. */
function isQubes(env: NodeJS.ProcessEnv): boolean {
  return existsSync(join(etcOf(env), 'qubes-release'));
}

function prepare(files: SharedFiles, directory: string): void {
  try {
    files.prepare();
  } catch (error) {
    throw new UserError('QUBES_DIR', `the clipboard cannot be shared: ${messageOf(error)}`, {
      exitCode: EXIT.failed,
      hint: `${directory} must be there and writable for this user; see --qubes-dir`,
    });
  }
}

/** dom0's own policy where there is one, else a file of Livery's. */
function openPolicy(
  { settings, env, clock, log }: Pick<ServeOptions, 'settings' | 'env' | 'clock' | 'log'>,
  changed: () => void,
): PastePolicy {
  if (isQubes(env)) {
    return new Dom0Policy(join(etcOf(env), 'qubes-rpc', 'policy.EvalSimple'), clock, log);
  }
  const labels = BUILTIN_LABELS.map(({ name }) => name);
  const known = { qubes: undefined, labels };
  const watch = new PolicyWatch({
    place: placeOf(settings, env),
    known: () => known,
    clock,
    log,
    changed,
  });
  return {
    get state() {
      return watch.state;
    },
    ask: async () => {},
    over: () => {},
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

/** The file that was named, or clipboard.policy where livery.toml is looked for. */
function placeOf({ clipboardPolicy }: Settings, env: NodeJS.ProcessEnv): PolicyPlace {
  if (clipboardPolicy !== undefined) return { path: clipboardPolicy, required: true };
  const candidates = defaultConfigFiles(env).map((file) => join(dirname(file), 'clipboard.policy'));
  return { path: candidates.find((path) => existsSync(path)) ?? candidates[0], required: false };
}
