/**
 * The attention overlay (DESIGN 10): everything dims, every window shows whose
 * it is, and a list offers to pause or stop a qube. It takes the keyboard by an
 * active grab before it looks at the screen and keeps it to its end, so no key
 * reaches a qube meanwhile; keys that were held are let go in the qube by the
 * loss of the keyboard, and what they repeat afterwards is nobody's. It shows
 * the screen as it was when it opened: nothing that a qube does changes it.
 */
import { messageOf } from '../../base/errors.ts';
import { hasPoint, type Point, type Rect } from '../../base/geometry.ts';
import type { QubeName } from '../../base/ids.ts';
import {
  type OverlayDrawing,
  type OverlayRow,
  overlayPicture,
} from '../../surface/overlay-picture.ts';
import type { ShownPicture } from '../../surface/picture-store.ts';
import { SurfaceWindow } from '../../surface/surface-window.ts';
import type { XEvent } from '../../x11/events.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import type { Darken } from '../../x11/render.ts';
import type { TakenKeys } from '../clipboard/key-filter.ts';
import type { KeyboardWatch } from '../clipboard/keyboard-watch.ts';
import { centred, type SurfaceStage } from '../clipboard/surface-stage.ts';
import { drawBackdrop } from './backdrop.ts';
import type { ChipShelf } from './chip-shelf.ts';
import type { KeyboardHold } from './keyboard-hold.ts';
import { OverlayInput } from './overlay-input.ts';
import { buttonAt, type OverlayAct, OverlayList } from './overlay-list.ts';
import { lookAtScreen, type OwnedFrame, type Scene, type SceneWindow } from './scene.ts';

const LEFT_BUTTON = 1;
/** Of the monitor's height. */
const LIST_SHARE = 0.8;

export interface OverlayParts {
  readonly stage: SurfaceStage;
  readonly keyboard: KeyboardWatch;
  readonly taken: TakenKeys;
  readonly hold: KeyboardHold;
  readonly chips: ChipShelf;
  readonly darken: Darken | undefined;
  /** Frames of qubes that may show now. */
  frames(): readonly OwnedFrame[];
  rows(): readonly OverlayRow[];
  focused(): QubeName | undefined;
  /** Never rejects. */
  carryOut(act: OverlayAct): Promise<void>;
}

export class Overlay implements Disposable {
  readonly #parts: OverlayParts;
  readonly #done: () => void;
  readonly #list = new OverlayList();
  readonly #backdrop: SurfaceWindow;
  readonly #card: SurfaceWindow;
  readonly #events: Disposable[];
  #windows: readonly SceneWindow[] = [];
  #drawing: OverlayDrawing | undefined;
  #monitor: Rect | undefined;
  #input: OverlayInput | undefined;
  #turn = 0;
  #closed = false;

  /** Opens it. @param done called once when it has closed by itself */
  constructor(parts: OverlayParts, done: () => void) {
    this.#parts = parts;
    this.#done = done;
    const { x, monitors } = parts.stage;
    const eventMask = EVENT_MASK.buttonPress;
    this.#backdrop = new SurfaceWindow(x, { title: 'livery overlay', eventMask });
    this.#card = new SurfaceWindow(x, { title: 'livery overlay list', eventMask });
    this.#events = [x.on((event) => this.#event(event)), monitors.onChange(() => this.#finish())];
    void this.#open();
  }

  /** Something about the qubes is another than before. */
  changed(): void {
    if (this.#monitor) void this.#drawList();
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  async #open(): Promise<void> {
    const { stage, hold, frames, focused, rows } = this.#parts;
    try {
      const granted = await hold.take(() => this.#finish());
      if (this.#closed) return;
      if (!granted) throw new Error('another program has the keyboard');
      this.#list.update(rows(), focused());
      const chips = await this.#chips(frames());
      const monitor = await stage.monitor();
      const list = await this.#draw(monitor);
      const scene = await lookAtScreen(stage.x, frames(), screenSize(stage.monitors.now));
      // It was closed meanwhile, or a qube came whose name is not drawn yet.
      if (this.#closed) scene[Symbol.dispose]();
      else this.#show(scene, monitor, list, chips);
    } catch (error) {
      if (this.#closed) return;
      stage.log.error({ reason: messageOf(error) }, 'the overlay could not be shown');
      this.#finish();
    }
  }

  /** The pictures of every owner that may be seen. */
  async #chips(frames: readonly OwnedFrame[]): Promise<Map<string, readonly ShownPicture[]>> {
    const { chips } = this.#parts;
    const found = new Map<string, readonly ShownPicture[]>([['', await chips.dom0()]]);
    for (const { owner } of frames) {
      if (!found.has(owner.qube)) found.set(owner.qube, await chips.of(owner));
    }
    return found;
  }

  #show(
    scene: Scene,
    monitor: Rect,
    list: { readonly picture: ShownPicture; readonly at: Point },
    chips: ReadonlyMap<string, readonly ShownPicture[]>,
  ): void {
    const { stage, darken } = this.#parts;
    const { x, stacking } = stage;
    using _scene = scene;
    const { width, height } = list.picture;
    const pixmap = drawBackdrop({
      x,
      darken,
      scene,
      list: { ...list.at, width, height },
      chipsOf: ({ owner }) => {
        if (owner.kind === 'surface') return [];
        return chips.get(owner.kind === 'qube' ? owner.named.qube : '') ?? [];
      },
    });
    this.#windows = scene.windows;
    stacking.addSurface(this.#backdrop.id);
    stacking.addSurface(this.#card.id);
    this.#backdrop.show({ pixmap, width: scene.width, height: scene.height }, { x: 0, y: 0 });
    this.#card.show(list.picture, list.at);
    // The window keeps it.
    x.X.FreePixmap(pixmap);
    x.freeId(pixmap);
    this.#monitor = monitor;
    void this.#listen();
  }

  /** From here on presses count, 300 ms later. */
  async #listen(): Promise<void> {
    const { hold, keyboard } = this.#parts;
    await hold.begin((time, held) => {
      if (!this.#closed) this.#input = new OverlayInput(keyboard.map, time, held);
    });
  }

  async #draw(monitor: Rect): Promise<{ picture: ShownPicture; at: Point }> {
    const { clock, scale, language, pictures } = this.#parts.stage;
    const drawing = overlayPicture(this.#list.facts, {
      ...{ scale, language, nowMs: clock.nowMs() },
      maxHeight: Math.floor(monitor.height * LIST_SHARE),
    });
    const picture = await pictures.picture(drawing);
    this.#drawing = drawing;
    return { picture, at: centred(monitor, drawing, 0.5, 0) };
  }

  async #drawList(): Promise<void> {
    const turn = ++this.#turn;
    this.#list.update(this.#parts.rows());
    const monitor = this.#monitor;
    if (!monitor) return;
    try {
      const { picture, at } = await this.#draw(monitor);
      if (!this.#closed && turn === this.#turn) this.#card.show(picture, at);
    } catch (error) {
      const { log } = this.#parts.stage;
      log.error({ reason: messageOf(error) }, 'the list of the overlay could not be drawn');
      this.#finish();
    }
  }

  #event(event: XEvent): void {
    if (this.#closed || event.synthetic) return;
    if (event.name === 'KeyPress' && event.wid === this.#parts.hold.window) {
      this.#key(event.keycode, event.time);
    } else if (event.name === 'KeyRelease' && event.wid === this.#parts.hold.window) {
      this.#input?.release(event.keycode, event.time);
    } else if (event.name === 'ButtonPress' && event.keycode === LEFT_BUTTON) {
      if (this.#input?.mayClick(event.time)) this.#click(event.wid, event.x, event.y, event.time);
    }
  }

  #key(keycode: number, time: number): void {
    const command = this.#input?.press(keycode, time);
    switch (command) {
      case 'close':
        this.#finish();
        return;
      case 'up':
      case 'down':
        this.#list.move(command === 'up' ? -1 : 1);
        this.changed();
        return;
      case 'pause':
        this.#act(this.#list.pauseAct());
        return;
      case 'stop':
        this.#stop(time);
        return;
      case 'other':
        if (!this.#list.isArmed) return;
        this.#list.disarm();
        this.#input?.forgetStop();
        this.changed();
        return;
      case undefined:
        return;
      default:
        command satisfies never;
    }
  }

  #click(window: number, x: number, y: number, time: number): void {
    if (window === this.#card.id) {
      const button = buttonAt(this.#drawing?.buttons ?? [], x, y);
      const row = button && this.#list.rowAt(button.row);
      if (!button || !row) return;
      this.#choose(row.qube);
      if (button.action === 'stop') this.#stop(time);
      else this.#act(this.#list.pauseAct());
    } else if (window === this.#backdrop.id) {
      const hit = this.#windows.findLast(({ covers }) => hasPoint(covers, x, y));
      if (hit?.owner.kind === 'qube') this.#choose(hit.owner.named.qube);
      this.changed();
    }
  }

  #choose(qube: QubeName): void {
    const before = this.#list.facts.chosen;
    this.#list.choose(qube);
    if (this.#list.facts.chosen !== before) this.#input?.forgetStop();
  }

  #stop(time: number): void {
    if (this.#list.isArmed && this.#input?.confirmStop(time)) {
      this.#act(this.#list.stopAct());
      return;
    }
    if (!this.#list.isArmed) this.#input?.forgetStop();
    this.#input?.confirmStop(time);
    this.#list.arm();
    this.changed();
  }

  #act(act: OverlayAct | undefined): void {
    this.#input?.forgetStop();
    this.changed();
    if (act) void this.#parts.carryOut(act).then(() => this.changed());
  }

  #finish(): void {
    if (this.#closed) return;
    this.#close();
    this.#done();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#events) listener[Symbol.dispose]();
    const { stage, taken, hold } = this.#parts;
    // They go on repeating into whatever has the focus now.
    for (const keycode of this.#input?.down ?? []) taken.take(keycode);
    hold.release();
    for (const surface of [this.#card, this.#backdrop]) {
      stage.stacking.removeSurface(surface.id);
      surface[Symbol.dispose]();
    }
    stage.x.flush();
  }
}

function screenSize(monitors: readonly Rect[]): { width: number; height: number } {
  return {
    width: Math.max(...monitors.map(({ x, width }) => x + width)),
    height: Math.max(...monitors.map(({ y, height }) => y + height)),
  };
}
