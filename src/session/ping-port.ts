/**
 * Whether a program in a qube still answers: the desktop asks, the service
 * channel carries it, the qube says. Its word counts for its own window only.
 */
import type { VmWindowId } from '../base/ids.ts';

/** `unknown`: the program, or its qube, does not take part in such questions. */
export type ProgramLife = 'answered' | 'silent' | 'unknown';

export interface PingPort {
  /**
   * Asks the program that has `window`. Undefined when there is nobody to ask;
   * never rejects; may never resolve. One question per window at a time is the
   * asker's duty.
   */
  pingWindow(window: VmWindowId): Promise<ProgramLife> | undefined;
}
