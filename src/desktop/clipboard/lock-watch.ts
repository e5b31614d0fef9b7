/**
 * Tells when the screen is locked, whoever notices first: the X server's
 * screen saver came on, a screen locker's window shows, or logind says so.
 * Tells too often rather than too seldom.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { XConnection } from '../../x11/connection.ts';
import { openScreenSaver } from '../../x11/extensions.ts';
import { LogindWatch } from '../logind/logind.ts';
import type { RootWatch } from '../root-watch.ts';

const NOTIFY = 1;
const SAVER_ON = 1;
const SAVER_CYCLES = 2;

export interface LockSources {
  readonly x: XConnection;
  readonly root: RootWatch;
  readonly clock: Clock;
  readonly log: Log;
  /** Socket of the bus that logind is on; default: the system's. */
  readonly bus?: string | undefined;
}

export class LockWatch implements Disposable {
  readonly #locked: () => void;
  readonly #listeners: Disposable[] = [];
  #lockerShown = false;
  #disposed = false;

  private constructor(locked: () => void) {
    this.#locked = locked;
  }

  /** Never rejects: what is not there does not tell, and is said once at debug level. */
  static async start(sources: LockSources, locked: () => void): Promise<LockWatch> {
    const watch = new LockWatch(locked);
    watch.#watchLockers(sources.root);
    await watch.#watchSaver(sources.x, sources.log);
    // The bus may take its time; nothing of the screen waits for it.
    void LogindWatch.start(sources, () => watch.#tell()).then((logind) => {
      if (watch.#disposed) logind[Symbol.dispose]();
      else watch.#listeners.push(logind);
    });
    return watch;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  #watchLockers(root: RootWatch): void {
    const look = (): void => {
      const shown = root.shownLocker() !== undefined;
      if (shown && !this.#lockerShown) this.#tell();
      this.#lockerShown = shown;
    };
    this.#listeners.push(root.onRestacked(look));
    look();
  }

  async #watchSaver(x: XConnection, log: Log): Promise<void> {
    try {
      const saver = await openScreenSaver(x);
      saver.SelectInput(x.root, NOTIFY);
    } catch {
      log.debug({}, 'the X server has no screen saver that could be watched');
      return;
    }
    this.#listeners.push(
      x.on((event) => {
        if (event.name !== 'ScreenSaverNotify' || event.synthetic) return;
        if (event.state === SAVER_ON || event.state === SAVER_CYCLES) this.#tell();
      }),
    );
  }

  #tell(): void {
    if (!this.#disposed) this.#locked();
  }
}
