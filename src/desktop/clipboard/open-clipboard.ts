/**
 * Opens what the clipboard between qubes needs on dom0's screen: the keyboard,
 * the stage of dom0's surfaces, the desk, and the watch over the screen's lock.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Scope } from '../../base/scope.ts';
import type { XConnection } from '../../x11/connection.ts';
import { readScale } from '../frame-scale.ts';
import type { MonitorWatch } from '../monitors.ts';
import type { RootWatch } from '../root-watch.ts';
import type { Stacking } from '../stacking.ts';
import { ClipboardDesk, type ClipboardOptions } from './clipboard-desk.ts';
import { KeyboardWatch } from './keyboard-watch.ts';
import { LockWatch } from './lock-watch.ts';
import { SurfaceStage } from './surface-stage.ts';

export interface ClipboardSurroundings {
  readonly x: XConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly root: RootWatch;
  readonly stacking: Stacking;
  readonly monitors: MonitorWatch;
}

/** Everything opened is owned by `scope`. Rejects when the X server or the system refuses something. */
export async function openClipboard(
  options: ClipboardOptions,
  around: ClipboardSurroundings,
  scope: Scope,
): Promise<ClipboardDesk> {
  const { x, clock, log, root, stacking, monitors } = around;
  const { renderer, language } = options;
  const [keyboard, scale] = await Promise.all([KeyboardWatch.start(x), readScale(x)]);
  const parts = { x, clock, log, stacking, monitors, renderer, language, scale };
  const stage = await SurfaceStage.open(parts);
  const desk = scope.own(new ClipboardDesk(options, { clock, log, keyboard, stage }));
  const bus = options.systemBus;
  scope.own(await LockWatch.start({ x, root, clock, log, bus }, () => desk.locked()));
  return desk;
}
