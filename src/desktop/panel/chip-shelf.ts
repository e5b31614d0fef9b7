/**
 * The names of owners as pictures that lie in the X server, made once each, so
 * that the attention overlay is there at once. Pictures of the store may be
 * thrown out by others; these are copies.
 */
import type { NamedLabel } from '../../clipboard/notice.ts';
import { chipPictures, dom0Picture } from '../../surface/chip-picture.ts';
import type { Drawing } from '../../surface/drawing.ts';
import type { PictureStore, ShownPicture } from '../../surface/picture-store.ts';
import type { XConnection } from '../../x11/connection.ts';

export class ChipShelf implements Disposable {
  readonly #x: XConnection;
  readonly #store: PictureStore;
  readonly #scale: number;
  readonly #gc: number;
  readonly #kept = new Map<string, readonly ShownPicture[]>();

  constructor(x: XConnection, store: PictureStore, scale: number) {
    this.#x = x;
    this.#store = store;
    this.#scale = scale;
    this.#gc = x.allocId();
    x.X.CreateGC(this.#gc, x.root, { graphicsExposures: 0 });
  }

  /** The name on one line, and as a block if that is smaller. Rejects when nothing can be drawn. */
  async of(named: NamedLabel): Promise<readonly ShownPicture[]> {
    const { qube, label } = named;
    const key = `${qube} ${label.name} ${label.color} ${label.pattern}`;
    return this.#get(key, () => chipPictures(named, this.#scale));
  }

  /** For windows of dom0's own programs. */
  async dom0(): Promise<readonly ShownPicture[]> {
    // No qube can be called that.
    return this.#get('dom0', () => [dom0Picture(this.#scale)]);
  }

  [Symbol.dispose](): void {
    if (this.#x.closed) return;
    for (const { pixmap } of [...this.#kept.values()].flat()) {
      this.#x.X.FreePixmap(pixmap);
      this.#x.freeId(pixmap);
    }
    this.#x.X.FreeGC(this.#gc);
    this.#x.freeId(this.#gc);
  }

  async #get(key: string, draw: () => Drawing[]): Promise<readonly ShownPicture[]> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const made: ShownPicture[] = [];
    for (const drawing of draw()) made.push(this.#copy(await this.#store.picture(drawing)));
    // Asked for twice at the same time: one of the two is kept.
    const first = this.#kept.get(key);
    if (first) return first;
    this.#kept.set(key, made);
    return made;
  }

  #copy({ pixmap: from, width, height }: ShownPicture): ShownPicture {
    const { X, root, screen } = this.#x;
    const pixmap = this.#x.allocId();
    X.CreatePixmap(pixmap, root, screen.depth, width, height);
    X.CopyArea(from, pixmap, this.#gc, 0, 0, 0, 0, width, height);
    return { pixmap, width, height };
  }
}
