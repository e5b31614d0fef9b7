/**
 * What the daemon does for the command line: one handler for each row of the
 * control table. Everything in the answers is dom0's own or has been made safe.
 */
import { constants } from 'node:os';
import { UserError } from '../base/errors.ts';
import { isForeign } from '../config/config.ts';
import type {
  ClipboardListing,
  ConfinementListing,
  ControlHandlers,
  ProgramExit,
  QubeListing,
} from '../control/messages.ts';
import type { ClipboardFace } from '../desktop/clipboard/clipboard-desk.ts';
import type { Desktop, WindowInfo } from '../desktop/desktop.ts';
import type { KeeperClient } from '../keeper/client.ts';
import type { ProgramEnd } from '../session/service-requests.ts';
import { colorText } from '../trust/label.ts';
import { windowTitle } from '../trust/title.ts';
import type { ClipboardRecord } from './clipboard/daemon-clipboard.ts';
import type { LoadedPolicy } from './clipboard/load-policy.ts';
import type { HandOvers } from './hand-overs.ts';
import { eventListing, inputRules } from './live-answers.ts';
import type { LogTail } from './log-tail.ts';
import type { Reloaded } from './reload.ts';
import type { Ring } from './ring.ts';
import type { Roster, RosterEntry } from './roster.ts';
import { stats } from './stats.ts';

export interface ControlParts {
  readonly version: string;
  readonly desktop: Desktop;
  readonly roster: Roster;
  readonly handOvers: HandOvers;
  /** Takes over what the configuration's file says. Rejects with UserError, and nothing has changed. */
  reload(): Promise<Reloaded>;
  /** Undefined = nothing is copied or pasted between qubes. */
  policy(): LoadedPolicy | undefined;
  confinement(): ConfinementListing;
  /** Undefined = nothing is copied or pasted between qubes. */
  clipboardEvents(): Ring<ClipboardRecord> | undefined;
  readonly logTail: LogTail;
  /** Throws UserError KEEPER_ABSENT. */
  keeper(): KeeperClient;
  /** Ends the daemon, after the answer is on its way. */
  shutdown(): void;
}

export function controlHandlers(parts: ControlParts): ControlHandlers {
  const { desktop, roster } = parts;
  return {
    ping: async () => ({ version: parts.version, pid: process.pid }),
    windows: async () =>
      desktop.windows().map((window) => ({
        qube: window.qube,
        title: ownTitle(window),
        label: window.label,
        color: window.color,
        frame: window.frame,
        content: window.content,
        mapped: window.mapped,
        firstPixelsMs: window.firstPixelsMs === undefined ? null : Math.round(window.firstPixelsMs),
        window: window.window,
        throttled: roster.get(window.qube).link?.throttled ?? false,
      })),
    qubes: async () => roster.all().map(listing),
    stats: async () => stats(roster.all()),
    'qube.start': async ({ qube }) => {
      if (roster.get(qube).config.backend === 'xen') {
        // The domain is somebody else's to start; it is waited for.
        await roster.arrival(qube);
        await roster.link(qube);
        return listing(roster.get(qube));
      }
      // A name that is not in the configuration is refused before the keeper is asked.
      refuseForeign(roster.get(qube));
      roster.changed(await parts.keeper().start(qube));
      await roster.link(qube);
      return listing(roster.get(qube));
    },
    'qube.stop': async ({ qube }) => {
      refuseForeign(roster.get(qube));
      roster.changed(await parts.keeper().stop(qube));
      return listing(roster.get(qube));
    },
    'qube.reconnect': async ({ qube }) => {
      (await roster.link(qube)).reconnect();
      return listing(roster.get(qube));
    },
    run: async ({ qube, argv, wait }, gone) => {
      const link = await roster.link(qube);
      const program = await link.service.runProgram(argv);
      if (wait !== true) return { run: program.run };
      const end = await unlessGone(program.exited, gone);
      return end ? { run: program.run, exit: exitOf(end) } : { run: program.run };
    },
    attach: async (wish, gone, uid) => {
      parts.handOvers.begin(wish, gone, uid);
      return {};
    },
    'attach.next': async ({ known }, gone) => ({ state: await parts.handOvers.next(gone, known) }),
    'clipboard.show': async () => clipboardListing(face(desktop), parts.policy()),
    'clipboard.wipe': async () => {
      face(desktop).wipe();
      return {};
    },
    'clipboard.events': async ({ since }) =>
      (parts.clipboardEvents()?.after(since) ?? []).map(eventListing),
    'log.tail': async ({ since }) => parts.logTail.after(since),
    'input.rules': async () => inputRules(desktop, roster.all()),
    'view.announce': async () => {
      face(desktop).announceRemote();
      return {};
    },
    reload: () => parts.reload(),
    confinement: async () => parts.confinement(),
    locked: async () => {
      face(desktop).locked();
      return {};
    },
    shutdown: async () => {
      setImmediate(() => parts.shutdown());
      return {};
    },
  };
}

/** Throws UserError QUBE_FOREIGN: its life is not the keeper's. */
function refuseForeign({ config }: RosterEntry): void {
  if (!isForeign(config)) return;
  const { domain } = config;
  if (domain !== undefined) {
    throw new UserError('QUBE_FOREIGN', `qube ${config.name} is the Xen domain ${domain}`, {
      hint: `end it where it is run: xl shutdown ${domain}`,
    });
  }
  throw new UserError('QUBE_FOREIGN', `qube ${config.name} is run by somebody else`, {
    hint: 'it is shown while its channel is there, or while livery-guid --daemon runs',
  });
}

/** Throws UserError CLIPBOARD_OFF. */
function face(desktop: Desktop): ClipboardFace {
  if (desktop.clipboard) return desktop.clipboard;
  throw new UserError('CLIPBOARD_OFF', 'this daemon copies and pastes nothing between qubes');
}

function clipboardListing(
  clipboard: ClipboardFace,
  policy: LoadedPolicy | undefined,
): ClipboardListing {
  const { state, source, target, size, wipeInMs } = clipboard.show();
  return {
    state,
    source: source ?? null,
    target: target ?? null,
    size: size ?? null,
    wipeInMs: wipeInMs === undefined ? null : Math.round(wipeInMs),
    policy: { origin: policy?.origin ?? '', mistakes: policy?.mistakes ?? [] },
  };
}

function listing(entry: RosterEntry): QubeListing {
  const { config, state, link, reason, machine } = entry;
  const session = link?.gui.status;
  const ready = session?.state === 'ready' ? session : undefined;
  return {
    name: config.name,
    domainId: config.domainId,
    label: config.label.name,
    color: colorText(config.label.color),
    state,
    connected: ready !== undefined,
    windows: ready?.windows ?? 0,
    throttled: link?.throttled ?? false,
    reason: reason ?? null,
    machine: machine ?? null,
  };
}

/** The caption without dom0's own prefix. */
function ownTitle({ qube, title }: WindowInfo): string {
  return title.slice(windowTitle(qube, '').length).trimStart();
}

function exitOf({ kind, code }: ProgramEnd): ProgramExit {
  if (kind === 'exited') return { status: code, signal: null };
  const names = Object.entries(constants.signals);
  const signal = names.find(([, number]) => number === code)?.[0];
  return { status: null, signal: signal ?? `signal ${code}` };
}

/** What `work` gives, or undefined when whoever asked is gone before. */
function unlessGone<T>(work: Promise<T>, gone: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(undefined);
    if (gone.aborted) end();
    gone.addEventListener('abort', end);
    // One connection can ask many times: nothing of an earlier question stays on it.
    work.then(resolve, reject).finally(() => gone.removeEventListener('abort', end));
  });
}
