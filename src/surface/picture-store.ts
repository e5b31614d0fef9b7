import { BugError } from '../base/errors.ts';
import type { XConnection } from '../x11/connection.ts';
import type { Shm } from '../x11/shm.ts';
import type { Drawing, SecretDrawing } from './drawing.ts';
import type { RendererClient } from './renderer-client.ts';

/** A picture that lies in the X server: a pixmap of the screen's depth. */
export interface ShownPicture {
  readonly pixmap: number;
  readonly width: number;
  readonly height: number;
}

/** The pictures of one X connection: rendered, put into the server by shared memory, kept for the next time. */
export class PictureStore implements Disposable {
  constructor(_x: XConnection, _shm: Shm, _renderer: RendererClient) {}

  /** The picture, from the store or newly rendered; the store keeps it. Rejects as `render` does. */
  picture(_drawing: Drawing): Promise<ShownPicture> {
    throw new BugError('there is no renderer yet');
  }

  /** A picture that is not kept: gone from the server when it is disposed of and no window shows it. */
  secretPicture(_drawing: SecretDrawing): Promise<ShownPicture & Disposable> {
    throw new BugError('there is no renderer yet');
  }

  [Symbol.dispose](): void {}
}
