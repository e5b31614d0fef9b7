/**
 * Pictures that lie in the X server: rendered, copied into a pixmap by shared
 * memory, and kept there for the next time they are wanted. The pixels stay in
 * the server alone: the memory they came in is given back at once. Pictures
 * with a secret are not kept.
 */
import type { Size } from '../base/geometry.ts';
import type { XConnection } from '../x11/connection.ts';
import type { Shm } from '../x11/shm.ts';
import type { Drawing, SecretDrawing } from './drawing.ts';
import type { Picture } from './picture.ts';
import type { RendererClient } from './renderer-client.ts';

/** What is kept at most; the picture that was not wanted for the longest time goes first. */
const MAX_PICTURES = 32;
const MAX_PIXELS = 4 * 1024 * 1024;

/** A picture that lies in the X server: a pixmap of the screen's depth. */
export interface ShownPicture extends Size {
  readonly pixmap: number;
}

/** The pictures of one X connection. */
export class PictureStore implements Disposable {
  readonly #x: XConnection;
  readonly #shm: Shm;
  readonly #renderer: RendererClient;
  readonly #gc: number;
  /** By their SVG; the one wanted last is the last. */
  readonly #kept = new Map<string, ShownPicture>();
  readonly #coming = new Map<string, Promise<ShownPicture>>();
  #pixels = 0;
  #closed = false;

  constructor(x: XConnection, shm: Shm, renderer: RendererClient) {
    this.#x = x;
    this.#shm = shm;
    this.#renderer = renderer;
    this.#gc = x.allocId();
    x.X.CreateGC(this.#gc, x.root, {});
  }

  /**
   * The picture, from the store or newly rendered. The store keeps it: show it
   * before 31 others are asked for. Rejects as `RendererClient.render` does.
   */
  picture(drawing: Drawing): Promise<ShownPicture> {
    const { svg } = drawing;
    const kept = this.#kept.get(svg);
    if (kept) {
      this.#kept.delete(svg);
      this.#kept.set(svg, kept);
      return Promise.resolve(kept);
    }
    let coming = this.#coming.get(svg);
    if (!coming) {
      coming = this.#render(drawing).finally(() => this.#coming.delete(svg));
      this.#coming.set(svg, coming);
    }
    return coming;
  }

  /**
   * A picture that is not kept: it is gone from the server when it is disposed
   * of and no window shows it. Overwrites the drawing. Rejects as
   * `RendererClient.renderSecret` does.
   */
  async secretPicture(drawing: SecretDrawing): Promise<ShownPicture & Disposable> {
    using picture = await this.#renderer.renderSecret(drawing);
    const shown = this.#upload(picture);
    let there = true;
    return {
      ...shown,
      [Symbol.dispose]: () => {
        if (there) this.#free(shown);
        there = false;
      },
    };
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    for (const picture of this.#kept.values()) this.#free(picture);
    this.#kept.clear();
    this.#closed = true;
    if (this.#x.closed) return;
    this.#x.X.FreeGC(this.#gc);
    this.#x.freeId(this.#gc);
  }

  async #render(drawing: Drawing): Promise<ShownPicture> {
    using picture = await this.#renderer.render(drawing);
    const shown = this.#upload(picture);
    this.#kept.set(drawing.svg, shown);
    this.#pixels += shown.width * shown.height;
    for (const [svg, oldest] of this.#kept) {
      const full = this.#kept.size > MAX_PICTURES || this.#pixels > MAX_PIXELS;
      if (!full || oldest === shown) break;
      this.#kept.delete(svg);
      this.#pixels -= oldest.width * oldest.height;
      this.#free(oldest);
    }
    return shown;
  }

  #upload({ fd, width, height }: Picture): ShownPicture {
    if (this.#closed || this.#x.closed) throw new Error('the screen is closed');
    const { root, screen } = this.#x;
    const pixmap = this.#x.allocId();
    this.#x.X.CreatePixmap(pixmap, root, screen.depth, width, height);
    const segment = this.#shm.attachFd(fd, true);
    const whole = { width, height, totalWidth: width, totalHeight: height };
    const place = { srcX: 0, srcY: 0, dstX: 0, dstY: 0, offset: 0 };
    const { depth } = screen;
    this.#shm.putImage({ drawable: pixmap, gc: this.#gc, ...whole, ...place, depth, segment });
    this.#shm.detach(segment);
    return { pixmap, width, height };
  }

  #free({ pixmap }: ShownPicture): void {
    if (this.#x.closed || this.#closed) return;
    this.#x.X.FreePixmap(pixmap);
    this.#x.freeId(pixmap);
  }
}
