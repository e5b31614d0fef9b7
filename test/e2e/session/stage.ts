/**
 * One session against one scripted agent, over a real socket.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Limits, limitsFrom } from '../../../src/base/budgets.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { SocketChannel } from '../../../src/channel/socket-channel.ts';
import type { FromVmDraft } from '../../../src/protocol/from-vm-draft.ts';
import type { Version } from '../../../src/protocol/version.ts';
import { GuiSession } from '../../../src/session/gui-session.ts';
import { RecordingDesktop } from '../../rig/recording-desktop.ts';
import { ScriptedAgent } from '../../rig/scripted-agent.ts';

export interface StageOptions {
  readonly version?: Version | null;
  readonly clock?: Clock;
  readonly poolPages?: number;
  readonly maxWindows?: number;
  readonly limits?: Partial<Limits>;
  readonly maxQueueBytes?: number;
}

export interface Stage extends AsyncDisposable {
  readonly path: string;
  readonly agent: ScriptedAgent;
  readonly desktop: RecordingDesktop;
  readonly session: GuiSession;
}

/** Starts both; the handshake is not waited for. */
export async function stage(options: StageOptions = {}): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'livery-session-'));
  const path = join(directory, 'gui.sock');
  const agent = await ScriptedAgent.listen(
    path,
    options.version === undefined ? {} : { version: options.version },
  );
  const { session, desktop } = openSession(path, options);
  return {
    path,
    agent,
    desktop,
    session,
    async [Symbol.asyncDispose]() {
      session[Symbol.dispose]();
      await agent[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts both and waits for the handshake. */
export async function readyStage(options: StageOptions = {}): Promise<Stage> {
  const s = await stage(options);
  await s.agent.ready();
  return s;
}

/** A session of its own at `path`. */
export function openSession(
  path: string,
  options: StageOptions = {},
): { session: GuiSession; desktop: RecordingDesktop } {
  const clock = options.clock ?? systemClock;
  const { maxQueueBytes } = options;
  const session = new GuiSession({
    channel: new SocketChannel({
      path,
      clock,
      ...(maxQueueBytes === undefined ? {} : { maxQueueBytes }),
    }),
    clock,
    log: silentLog,
    poolPages: options.poolPages ?? 4096,
    limits: limitsFrom({ ...options.limits, maxWindows: options.maxWindows ?? 100 }, undefined),
    screen: () => ({ width: 1920, height: 1080, depth: 24 }),
  });
  const desktop = new RecordingDesktop();
  session.start(desktop);
  return { session, desktop };
}

/** The window of the vectors. */
export const W = 0x0040_0007 as VmWindowId;
export const W2 = 0x0040_0009 as VmWindowId;

export function create(
  window: VmWindowId,
  place: Partial<Extract<FromVmDraft, { name: 'create' }>> = {},
): FromVmDraft {
  return {
    name: 'create',
    window,
    x: 0,
    y: 0,
    width: 640,
    height: 480,
    parent: 0 as VmWindowId,
    overrideRedirect: false,
    ...place,
  };
}

export function map(
  window: VmWindowId,
  transientFor?: number,
  overrideRedirect = false,
): FromVmDraft {
  return {
    name: 'map',
    window,
    transientFor: transientFor as VmWindowId | undefined,
    overrideRedirect,
  };
}

/** A dump whose pages follow each other from `firstPage` on. */
export function dump(
  window: VmWindowId,
  width: number,
  height: number,
  firstPage = 0,
): FromVmDraft {
  const count = Math.max(1, Math.ceil((width * height * 4) / 4096));
  return {
    name: 'dump',
    window,
    width,
    height,
    refs: Uint32Array.from({ length: count }, (_, i) => firstPage + i),
  };
}

export function damage(
  window: VmWindowId,
  x: number,
  y: number,
  width: number,
  height: number,
): FromVmDraft {
  return { name: 'shmImage', window, x, y, width, height };
}
