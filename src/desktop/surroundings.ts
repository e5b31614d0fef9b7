/**
 * What all qubes' windows share on one screen, as one qube's part of the
 * desktop sees it.
 */
import type { Clock } from '../base/clock.ts';
import type { Ancestry } from './ancestry.ts';
import type { Atoms } from './atoms.ts';
import type { ClipboardDesk } from './clipboard/clipboard-desk.ts';
import type { Foreground } from './foreground.ts';
import type { MonitorWatch } from './monitors.ts';
import type { NameStrips } from './name-strip.ts';
import type { Painter } from './painter.ts';
import type { SelfFocus } from './self-focus.ts';
import type { Stacking } from './stacking.ts';
import type { TrayOwner } from './tray-owner.ts';
import type { UserTime } from './user-time.ts';
import type { WindowManager } from './window-manager.ts';

export interface Surroundings {
  readonly atoms: Atoms;
  readonly clock: Clock;
  /** Thickness of every frame, in pixels. */
  readonly border: number;
  /** Who writes the qubes' names on their frames; undefined = nobody. */
  readonly names: NameStrips | undefined;
  /** 0xRRGGBB of what no image of a qube covers. */
  readonly fill: number;
  readonly monitors: MonitorWatch;
  readonly manager: WindowManager;
  readonly stacking: Stacking;
  readonly ancestry: Ancestry;
  readonly foreground: Foreground;
  readonly selfFocus: SelfFocus;
  readonly painter: Painter;
  readonly tray: TrayOwner;
  readonly userTime: UserTime;
  /** Undefined = chords do nothing. */
  readonly clipboard: ClipboardDesk | undefined;
}
