/**
 * dom0's screen as the demo sees it: takes a picture of it, and moves windows
 * through the window manager, as a pager of the user would.
 */

import type { Rect } from '../../base/geometry.ts';
import type { XWindowId } from '../../base/ids.ts';
import type { PanelConfig } from '../../config/config.ts';
import { readScale } from '../../desktop/frame-scale.ts';
import { panelHeight } from '../../surface/panel-picture.ts';
import { XConnection } from '../../x11/connection.ts';
import type { Display } from '../../x11/display.ts';
import { EVENT_MASK, type ImageReply } from '../../x11/package-records.ts';
import { ATOM, getCardinals } from '../../x11/properties.ts';
import { findCookie } from '../../x11/xauthority.ts';
import { Picture } from './picture.ts';

const Z_PIXMAP = 2;
const ALL_PLANES = 0xffffffff;
/** Lines per GetImage: replies of a few hundred KiB. */
const ROWS_AT_ONCE = 64;
const CLIENT_MESSAGE = 33;
const STATIC_GRAVITY = 10;
/** _NET_MOVERESIZE_WINDOW: x, y, width and height are given; asked for by a pager (EWMH 1.5). */
const GEOMETRY_GIVEN = 0xf00;
const FROM_PAGER = 2 << 12;

/** Pixels that the window manager puts around a window. */
export interface Decoration {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const NO_DECORATION: Decoration = { left: 0, right: 0, top: 0, bottom: 0 };

const ATOMS = ['_NET_MOVERESIZE_WINDOW', '_NET_FRAME_EXTENTS'] as const;
type Atoms = Readonly<Record<(typeof ATOMS)[number], number>>;

export class Screen implements Disposable {
  readonly #x: XConnection;
  readonly #atoms: Atoms;
  /** The screen without dom0's own strip: where windows have room. */
  readonly area: Rect;

  private constructor(x: XConnection, atoms: Atoms, panel: PanelConfig, scale: number) {
    this.#x = x;
    this.#atoms = atoms;
    const strip = panel.enabled ? panelHeight(scale) : 0;
    const { width, height } = x.screen;
    const y = panel.edge === 'top' ? strip : 0;
    this.area = { x: 0, y, width, height: height - strip };
  }

  /** Rejects with UserError X_CONNECT. */
  static async open(
    display: Display,
    xauthority: string | undefined,
    panel: PanelConfig,
  ): Promise<Screen> {
    const x = await XConnection.open(display, {
      name: 'livery demo',
      cookie: findCookie(display, xauthority),
    });
    return new Screen(x, await x.intern(ATOMS), panel, await readScale(x));
  }

  get rect(): Rect {
    return { x: 0, y: 0, width: this.#x.screen.width, height: this.#x.screen.height };
  }

  /** The whole screen as it is now. Assumes a depth of 24, which the desktop requires. */
  async picture(): Promise<Picture> {
    const { width, height } = this.#x.screen;
    const bytes = Buffer.alloc(width * height * 4);
    const parts: Promise<void>[] = [];
    // No other client draws between the parts.
    this.#x.X.GrabServer();
    for (let y = 0; y < height; y += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, height - y);
      parts.push(
        this.#x
          .request<ImageReply>((done) =>
            this.#x.X.GetImage(Z_PIXMAP, this.#x.root, 0, y, width, rows, ALL_PLANES, done),
          )
          .then(({ data }) => void data.copy(bytes, y * width * 4, 0, rows * width * 4)),
      );
    }
    this.#x.X.UngrabServer();
    await Promise.all(parts);
    return Picture.fromBgrx(width, height, bytes);
  }

  async decorationOf(window: XWindowId): Promise<Decoration> {
    const [left, right, top, bottom] = await getCardinals(
      this.#x,
      window,
      this.#atoms._NET_FRAME_EXTENTS,
      ATOM.CARDINAL,
      4,
    );
    if (left === undefined || right === undefined || top === undefined || bottom === undefined) {
      return NO_DECORATION;
    }
    return { left, right, top, bottom };
  }

  /** Asks the window manager to put the window itself (without its decoration) there. */
  move(window: XWindowId, { x, y, width, height }: Rect): void {
    const message = Buffer.alloc(32);
    message.writeUInt8(CLIENT_MESSAGE, 0);
    message.writeUInt8(32, 1);
    message.writeUInt32LE(window, 4);
    message.writeUInt32LE(this.#atoms._NET_MOVERESIZE_WINDOW, 8);
    message.writeUInt32LE(STATIC_GRAVITY | GEOMETRY_GIVEN | FROM_PAGER, 12);
    message.writeInt32LE(x, 16);
    message.writeInt32LE(y, 20);
    message.writeUInt32LE(width, 24);
    message.writeUInt32LE(height, 28);
    const mask = EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect;
    this.#x.X.SendEvent(this.#x.root, 0, mask, message);
  }

  [Symbol.dispose](): void {
    this.#x[Symbol.dispose]();
  }
}
