/**
 * Opens dom0's screen: the desktop's own X connection and the drawing
 * connection, and everything that all qubes' windows share on them.
 */
import { EXIT, UserError } from '../base/errors.ts';
import type { Scope } from '../base/scope.ts';
import { XConnection } from '../x11/connection.ts';
import { DrawLane } from '../x11/lane.ts';
import { Ancestry } from './ancestry.ts';
import { internAtoms } from './atoms.ts';
import { openClipboard } from './clipboard/open-clipboard.ts';
import type { DesktopOptions } from './desktop.ts';
import type { XFault } from './faults.ts';
import { Foreground } from './foreground.ts';
import { NEUTRAL_FILL } from './frame.ts';
import { readBorder } from './frame-scale.ts';
import { MonitorWatch } from './monitors.ts';
import { NameStrips } from './name-strip.ts';
import { Painter } from './painter.ts';
import { RootWatch } from './root-watch.ts';
import { SelfFocus } from './self-focus.ts';
import { Stacking } from './stacking.ts';
import type { Surroundings } from './surroundings.ts';
import { TrayOwner } from './tray-owner.ts';
import { UserTime } from './user-time.ts';
import { WindowManager } from './window-manager.ts';

/** Images of qubes have 24 significant bits in 32; so must the screen. */
export const DEPTH = 24;

export interface SurroundingsReports {
  /** An error on the drawing connection; `owner` is the domain id of the qube. */
  fault(owner: number, fault: XFault): void;
  /** The X server is gone. At most once. */
  lost(reason: string): void;
}

/** Everything opened is owned by `scope`. Rejects with UserError. */
export async function openSurroundings(
  options: DesktopOptions,
  scope: Scope,
  reports: SurroundingsReports,
): Promise<Surroundings> {
  const { display, clock, log, frame } = options;
  const fill = options.fill ?? NEUTRAL_FILL;
  const cookie = options.cookie === undefined ? {} : { cookie: options.cookie };
  let told = false;
  const lost = (reason: string): void => {
    painter?.closed();
    if (told || scope.closed) return;
    told = true;
    reports.lost(reason);
  };
  let painter: Painter | undefined;
  const x = scope.own(await XConnection.open(display, { name: 'desktop', ...cookie }));
  if (x.screen.depth !== DEPTH) {
    throw new UserError('X_DEPTH', `the screen has a depth of ${x.screen.depth} bits`, {
      exitCode: EXIT.unavailable,
      hint: `run the X server with depth ${DEPTH}`,
    });
  }
  const lane = scope.own(
    await DrawLane.open(display, {
      ...cookie,
      handler: {
        damaged() {},
        error: (owner, _sequence, code, major, minor, badValue) =>
          reports.fault(owner, { code, major, minor, badValue }),
        closed: lost,
      },
    }),
  );
  x.onClosed(lost);
  painter = new Painter(lane, log, fill);
  const atoms = await internAtoms(x);
  const root = await RootWatch.start(x, options.lockers);
  const manager = await WindowManager.watch(x, atoms._NET_SUPPORTING_WM_CHECK);
  const ancestry = new Ancestry(x, root);
  const stacking = scope.own(new Stacking(x, root, clock, () => ancestry.tops));
  const monitors = await MonitorWatch.start(x);
  const around = { x, clock, log, root, stacking, monitors };
  const clipboard = options.clipboard && (await openClipboard(options.clipboard, around, scope));
  const border = await readBorder(x, frame.thickness);
  const rule = frame.name ?? false;
  const names =
    rule !== false && clipboard ? scope.own(new NameStrips(clipboard.stage, rule)) : undefined;
  manager.onChange(() => {
    // Another one may do it otherwise.
    if (names) names.titled = true;
  });
  return {
    atoms,
    clock,
    border,
    names,
    fill,
    monitors,
    clipboard,
    manager,
    stacking,
    ancestry,
    foreground: new Foreground(),
    selfFocus: new SelfFocus(x, root, manager),
    painter,
    tray: new TrayOwner(x, atoms),
    userTime: scope.own(new UserTime(x, atoms._NET_WM_USER_TIME, clock)),
  };
}
