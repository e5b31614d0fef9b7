/**
 * A pager on dom0's screen, as panels and task lists are: asks the window
 * manager by EWMH to move, resize, maximise, activate and close windows. Also
 * says where windows really are, by the X server's word and nobody else's.
 */
import type { Rect } from '../../../src/base/geometry.ts';
import type { XConnection } from '../../../src/x11/connection.ts';
import {
  EVENT_MASK,
  type Geometry,
  type WindowAttributes,
} from '../../../src/x11/package-records.ts';
import { ATOM, getCardinals } from '../../../src/x11/properties.ts';

const ATOMS = [
  '_NET_ACTIVE_WINDOW',
  '_NET_CLOSE_WINDOW',
  '_NET_FRAME_EXTENTS',
  '_NET_MOVERESIZE_WINDOW',
  '_NET_WM_STATE',
  '_NET_WM_STATE_FULLSCREEN',
  '_NET_WM_STATE_MAXIMIZED_HORZ',
  '_NET_WM_STATE_MAXIMIZED_VERT',
  'WM_CHANGE_STATE',
  'WM_STATE',
] as const;
type Atoms = Readonly<Record<(typeof ATOMS)[number], number>>;

/** Asked for by a pager, in EWMH's messages. */
const FROM_PAGER = 2;
const STATIC_GRAVITY = 10;
const MOVERESIZE = { x: 1 << 8, y: 1 << 9, width: 1 << 10, height: 1 << 11 } as const;
const ICONIC = 3;

export class Pager {
  readonly #x: XConnection;
  readonly #atoms: Atoms;

  private constructor(x: XConnection, atoms: Atoms) {
    this.#x = x;
    this.#atoms = atoms;
  }

  static async open(x: XConnection): Promise<Pager> {
    return new Pager(x, await x.intern(ATOMS));
  }

  /** The window itself, without its decoration, to there; what is left out stays. */
  moveResize(window: number, { x, y, width, height }: Partial<Rect>): void {
    const given =
      (x === undefined ? 0 : MOVERESIZE.x) |
      (y === undefined ? 0 : MOVERESIZE.y) |
      (width === undefined ? 0 : MOVERESIZE.width) |
      (height === undefined ? 0 : MOVERESIZE.height);
    const flags = STATIC_GRAVITY | given | (FROM_PAGER << 12);
    this.#send(window, this.#atoms._NET_MOVERESIZE_WINDOW, [
      ...[flags, x ?? 0, y ?? 0, width ?? 0, height ?? 0],
    ]);
  }

  maximise(window: number, on: boolean): void {
    const { _NET_WM_STATE_MAXIMIZED_HORZ: h, _NET_WM_STATE_MAXIMIZED_VERT: v } = this.#atoms;
    this.#send(window, this.#atoms._NET_WM_STATE, [on ? 1 : 0, h, v, FROM_PAGER, 0]);
  }

  fullscreen(window: number, on: boolean): void {
    const { _NET_WM_STATE: state, _NET_WM_STATE_FULLSCREEN: full } = this.#atoms;
    this.#send(window, state, [on ? 1 : 0, full, 0, FROM_PAGER, 0]);
  }

  activate(window: number): void {
    this.#send(window, this.#atoms._NET_ACTIVE_WINDOW, [FROM_PAGER, 0, 0, 0, 0]);
  }

  close(window: number): void {
    this.#send(window, this.#atoms._NET_CLOSE_WINDOW, [0, FROM_PAGER, 0, 0, 0]);
  }

  iconify(window: number): void {
    this.#send(window, this.#atoms.WM_CHANGE_STATE, [ICONIC, 0, 0, 0, 0]);
  }

  /** Left, right, top and bottom of the window manager's decoration. */
  async decoration(window: number): Promise<[number, number, number, number]> {
    const type = ATOM.CARDINAL;
    const values = await getCardinals(this.#x, window, this.#atoms._NET_FRAME_EXTENTS, type, 4);
    const [left = 0, right = 0, top = 0, bottom = 0] = values;
    return [left, right, top, bottom];
  }

  async isIconic(window: number): Promise<boolean> {
    const [state] = await getCardinals(this.#x, window, this.#atoms.WM_STATE);
    return state === ICONIC;
  }

  /** Where a window of dom0 is, in root coordinates. */
  async rect(window: number): Promise<Rect> {
    const x = this.#x;
    const [size, place] = await Promise.all([
      x.request<Geometry>((done) => x.X.GetGeometry(window, done)),
      x.request<{ destX: number; destY: number }>((done) =>
        x.X.TranslateCoordinates(window, x.root, 0, 0, done),
      ),
    ]);
    return { x: place.destX, y: place.destY, width: size.width, height: size.height };
  }

  /** The window that has the X focus. */
  async focus(): Promise<number> {
    const x = this.#x;
    const reply = await x.request<{ focus: number }>((done) => x.X.GetInputFocus(done));
    return reply.focus;
  }

  /** How many windows are mapped directly on the root. */
  async shown(): Promise<number> {
    const x = this.#x;
    const { children } = await x.request<{ children: readonly number[] }>((done) =>
      x.X.QueryTree(x.root, done),
    );
    const states = children.map((window) =>
      x
        .request<WindowAttributes>((done) => x.X.GetWindowAttributes(window, done))
        .then(({ mapState }) => mapState !== 0)
        // It went meanwhile.
        .catch(() => false),
    );
    return (await Promise.all(states)).filter((mapped) => mapped).length;
  }

  #send(window: number, type: number, data: readonly number[]): void {
    const event = Buffer.alloc(32);
    event.writeUInt8(33, 0);
    event.writeUInt8(32, 1);
    event.writeUInt32LE(window, 4);
    event.writeUInt32LE(type, 8);
    for (const [at, value] of data.entries()) event.writeInt32LE(value | 0, 12 + at * 4);
    const mask = EVENT_MASK.substructureNotify | EVENT_MASK.substructureRedirect;
    this.#x.X.SendEvent(this.#x.root, 0, mask, event);
    this.#x.flush();
  }
}
