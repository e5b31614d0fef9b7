/**
 * Where the icons of an unmodified Qubes agent come in: one socket for each
 * qube that is shown, in the runtime directory; `livery icons` connects to it
 * for every call of qubes.WindowIconUpdater. The name of the socket says whose
 * icons they are, so a qube has no say in it.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { QubeName } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { Inlet } from '../channel/inlet.ts';
import { checkRuntimeDir, iconSocketPath } from '../config/runtime-dir.ts';
import type { IconPort } from '../session/icon-port.ts';
import { IconStreamSession } from '../session/icon-stream-session.ts';
import { ICON_SIDE } from '../trust/icon.ts';
import { IconScaler } from '../trust/icon-scale.ts';

export interface IconInletOptions {
  readonly runtimeDir: string;
  readonly qube: QubeName;
  readonly port: IconPort;
  readonly clock: Clock;
  /** Knows the qube's name already. */
  readonly log: Log;
}

/** Undefined when it cannot be had: windows without icons are no reason to show none. */
export function openIconInlet(options: IconInletOptions): Inlet | undefined {
  const { runtimeDir, qube, port, clock, log } = options;
  const path = iconSocketPath(runtimeDir, qube);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    checkRuntimeDir(dirname(path));
    return new Inlet({
      path,
      clock,
      opened: () =>
        new IconStreamSession({
          port,
          builder: (width, height) => new IconScaler(width, height, ICON_SIDE),
          log,
        }),
      refused: (uid) => log.warn({ uid }, 'icons: a connection was refused'),
    });
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'icons of the qube are not taken');
    return undefined;
  }
}
