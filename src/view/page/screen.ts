/**
 * The screen on a canvas, and mouse and keys from it. What a key means is the
 * other side's to find; here it is only told, and let go when the page loses it.
 */
import type { Control, PageMessage } from '../messages.ts';

type Say = (message: PageMessage) => void;

/** `MouseEvent.button` as X numbers buttons. */
const BUTTONS = [1, 2, 3] as const;
const WHEEL = { up: 4, down: 5, left: 6, right: 7 } as const;
/** Pixels of wheel movement that are one step of a wheel. */
const STEP = 60;

export class ScreenCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #say: Say;
  #moved: { x: number; y: number } | undefined;
  #wheel = { x: 0, y: 0 };
  #control: Control = 'none';
  #listening = false;

  constructor(canvas: HTMLCanvasElement, say: Say) {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('this browser draws no canvas');
    this.#canvas = canvas;
    this.#context = context;
    this.#say = say;
  }

  begin(size: { readonly width: number; readonly height: number }, control: Control): void {
    this.#canvas.width = size.width;
    this.#canvas.height = size.height;
    this.#control = control;
    if (control === 'none') delete this.#canvas.dataset.control;
    else this.#canvas.dataset.control = control;
    if (control !== 'none' && !this.#listening) this.#listen();
  }

  draw(bitmap: ImageBitmap, x: number, y: number): void {
    this.#context.drawImage(bitmap, x, y);
  }

  #listen(): void {
    this.#listening = true;
    const canvas = this.#canvas;
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      canvas.focus();
      canvas.setPointerCapture(event.pointerId);
      this.#button(event, true);
    });
    canvas.addEventListener('pointerup', (event) => this.#button(event, false));
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    canvas.addEventListener('keydown', (event) => this.#key(event, true));
    canvas.addEventListener('keyup', (event) => this.#key(event, false));
    canvas.addEventListener('blur', () => this.#tell({ kind: 'release' }));
  }

  #tell(message: PageMessage): void {
    if (this.#control !== 'none') this.#say(message);
  }

  #place(event: MouseEvent): { x: number; y: number } {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const within = (value: number, most: number): number =>
      Math.min(Math.max(0, most - 1), Math.max(0, Math.floor(value)));
    return {
      x: within(((event.clientX - left) / width) * this.#canvas.width, this.#canvas.width),
      y: within(((event.clientY - top) / height) * this.#canvas.height, this.#canvas.height),
    };
  }

  /** One motion per picture of the browser: the rest is of no use. */
  #move(event: PointerEvent): void {
    const waits = this.#moved !== undefined;
    this.#moved = this.#place(event);
    if (!waits) requestAnimationFrame(() => this.#flushMotion());
  }

  #flushMotion(): void {
    const moved = this.#moved;
    this.#moved = undefined;
    if (moved) this.#tell({ kind: 'motion', ...moved });
  }

  #button(event: PointerEvent, down: boolean): void {
    const button = BUTTONS[event.button];
    if (button === undefined) return;
    this.#moved = undefined;
    this.#tell({ kind: 'motion', ...this.#place(event) });
    this.#tell({ kind: 'button', button, down });
  }

  #turn(event: WheelEvent): void {
    event.preventDefault();
    this.#flushMotion();
    const scale = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : STEP;
    this.#wheel.x += event.deltaX * scale;
    this.#wheel.y += event.deltaY * scale;
    for (; this.#wheel.y >= STEP; this.#wheel.y -= STEP) this.#click(WHEEL.down);
    for (; this.#wheel.y <= -STEP; this.#wheel.y += STEP) this.#click(WHEEL.up);
    for (; this.#wheel.x >= STEP; this.#wheel.x -= STEP) this.#click(WHEEL.right);
    for (; this.#wheel.x <= -STEP; this.#wheel.x += STEP) this.#click(WHEEL.left);
  }

  #click(button: number): void {
    this.#tell({ kind: 'button', button, down: true });
    this.#tell({ kind: 'button', button, down: false });
  }

  #key(event: KeyboardEvent, down: boolean): void {
    if (event.isComposing || event.key === 'Dead' || event.key === 'Process') return;
    event.preventDefault();
    event.stopPropagation();
    const { key, code } = event;
    this.#tell({ kind: 'key', key, code, down });
  }
}
