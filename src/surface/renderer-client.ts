import type { Clock } from '../base/clock.ts';
import { BugError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Drawing, SecretDrawing } from './drawing.ts';
import type { Picture } from './picture.ts';

export interface RendererOptions {
  readonly log: Log;
  readonly clock: Clock;
}

/** The daemon's end of the renderer. */
export class RendererClient implements Disposable {
  /**
   * Starts the renderer's processes; for a process that has not given up
   * starting others yet. Resolves when they are started, not when they are
   * warm; never rejects: without a renderer each `render` rejects.
   */
  static start(_options: RendererOptions): Promise<RendererClient> {
    throw new BugError('there is no renderer yet');
  }

  /** Rejects with an Error when there is no renderer, or it failed or took too long (2 s). */
  render(_drawing: Drawing): Promise<Picture> {
    throw new BugError('there is no renderer yet');
  }

  /** A secret may have to be drawn soon: warms a renderer for it. Idempotent. */
  arm(): void {}

  /** No secret is left to be drawn: ends the renderer that waits for one. */
  disarm(): void {}

  /**
   * Draws by a renderer that ends afterwards, and overwrites the drawing as soon
   * as it is sent, or on failure. Rejects as `render` does (5 s).
   */
  renderSecret(_drawing: SecretDrawing): Promise<Picture> {
    throw new BugError('there is no renderer yet');
  }

  /** Ends all processes of the renderer. */
  [Symbol.dispose](): void {}
}
