/**
 * One prompt on the screen: shown, seen, keyboard and pointer grabbed, and
 * only then asking (DESIGN 9). Without both grabs, when one of them is lost,
 * when something other than a locker lies over it, or when its window goes, the
 * answer is "no". Trusts the X server; other programs of dom0's screen can make
 * it say no and nothing else.
 */
import type { Rect } from '../../base/geometry.ts';
import type { PromptVerdict } from '../../clipboard/machine-types.ts';
import type { PromptDrawing } from '../../surface/drawing.ts';
import type { ShownPicture } from '../../surface/picture-store.ts';
import { SurfaceWindow } from '../../surface/surface-window.ts';
import type { XEvent } from '../../x11/events.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import { ATOM } from '../../x11/properties.ts';
import type { TakenKeys } from './key-filter.ts';
import type { KeyboardWatch } from './keyboard-watch.ts';
import { type Answer, PromptInput } from './prompt-input.ts';
import { centred, type SurfaceStage } from './surface-stage.ts';

/** Seen and grabbed within this time, or not at all. */
const SEEN_WITHIN_MS = 1000;
const GRAB_WITHIN_MS = 500;
const GRAB_EVERY_MS = 25;
const BAR_EVERY_MS = 250;
/** Down from the upper edge, as a part of the free space. */
const DOWN = 0.3;

const EVENTS =
  EVENT_MASK.keyPress |
  EVENT_MASK.keyRelease |
  EVENT_MASK.buttonPress |
  EVENT_MASK.buttonRelease |
  EVENT_MASK.enterWindow |
  EVENT_MASK.leaveWindow |
  EVENT_MASK.visibilityChange |
  EVENT_MASK.structureNotify |
  EVENT_MASK.focusChange |
  EVENT_MASK.propertyChange;
const POINTER_EVENTS = EVENT_MASK.buttonPress | EVENT_MASK.buttonRelease;
const MODE_UNGRAB = 2;
const UNOBSCURED = 0;
const GRANTED = 0;
const ASYNC = 1;
const CURRENT_TIME = 0;
const APPEND = 2;
const NO_BYTES = Buffer.alloc(0);
const QUERY_KEYMAP = [44, 0, 1, 0];

export interface PromptTools {
  readonly stage: SurfaceStage;
  readonly keyboard: KeyboardWatch;
  readonly taken: TakenKeys;
}

export interface PromptSight {
  readonly drawing: Pick<PromptDrawing, 'width' | 'height' | 'paste' | 'cancel' | 'bar'>;
  /** Owned by the prompt from now on. */
  readonly picture: ShownPicture & Disposable;
  readonly monitor: Rect;
  readonly deadlineMs: number;
}

export class Prompt implements Disposable {
  readonly #tools: PromptTools;
  readonly #sight: PromptSight;
  readonly #done: (verdict: PromptVerdict) => void;
  readonly #window: SurfaceWindow;
  readonly #events: Disposable;
  readonly #openedMs: number;
  readonly #timers = new Map<'deadline' | 'seen' | 'grab' | 'bar', Disposable>();
  #seen = false;
  /** As the server told it last. */
  #serverTime = 0;
  #input: PromptInput | undefined;
  #closed = false;

  /** @param done called once, later; not after the prompt was disposed of */
  constructor(tools: PromptTools, sight: PromptSight, done: (verdict: PromptVerdict) => void) {
    this.#tools = tools;
    this.#sight = sight;
    this.#done = done;
    const { x, clock, stacking } = tools.stage;
    this.#openedMs = clock.nowMs();
    this.#window = new SurfaceWindow(x, { title: 'livery prompt', eventMask: EVENTS });
    this.#events = x.on((event) => this.#event(event));
    stacking.addSurface(this.#window.id);
    this.#window.show(sight.picture, centred(sight.monitor, sight.drawing, DOWN, 0));
    this.#after('deadline', sight.deadlineMs - this.#openedMs, () => this.#finish('timeout'));
    this.#after('seen', SEEN_WITHIN_MS, () => this.#finish('lost'));
    this.#drawBar();
  }

  /** Takes it away without an answer. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#events[Symbol.dispose]();
    const { stage, taken } = this.#tools;
    // They go on repeating into whatever has the focus now.
    for (const keycode of this.#input?.down ?? []) taken.take(keycode);
    stage.x.X.UngrabKeyboard(CURRENT_TIME);
    stage.x.X.UngrabPointer(CURRENT_TIME);
    this.#window.hide();
    stage.stacking.removeSurface(this.#window.id);
    this.#window[Symbol.dispose]();
    this.#sight.picture[Symbol.dispose]();
    stage.x.flush();
  }

  #finish(verdict: PromptVerdict): void {
    if (this.#closed) return;
    this[Symbol.dispose]();
    this.#done(verdict);
  }

  #event(event: XEvent): void {
    if (this.#closed || event.synthetic || !('wid' in event) || event.wid !== this.#window.id)
      return;
    switch (event.name) {
      case 'KeyPress':
        this.#answer(this.#input?.press(event.keycode, event.time));
        return;
      case 'KeyRelease':
        this.#input?.release(event.keycode, event.time);
        return;
      case 'ButtonPress':
        this.#input?.pressButton(event.keycode, event.x, event.y, event.time);
        return;
      case 'ButtonRelease':
        this.#answer(this.#input?.releaseButton(event.keycode, event.x, event.y, event.time));
        return;
      case 'PropertyNotify':
        this.#serverTime = event.time;
        return;
      case 'VisibilityNotify':
        this.#visibility(event.state);
        return;
      case 'FocusOut':
      case 'EnterNotify':
      case 'LeaveNotify':
        // The server ended a grab that we did not end.
        if (event.mode === MODE_UNGRAB) this.#finish('lost');
        return;
      case 'UnmapNotify':
      case 'DestroyNotify':
        this.#finish('lost');
        return;
      default:
    }
  }

  #answer(answer: Answer | undefined): void {
    if (answer !== undefined) this.#finish(answer);
  }

  #visibility(state: number): void {
    if (state === UNOBSCURED) {
      if (this.#seen) return;
      this.#seen = true;
      this.#stop('seen');
      const untilMs = this.#tools.stage.clock.nowMs() + GRAB_WITHIN_MS;
      void this.#grab(untilMs);
    } else if (this.#seen) this.#finish('lost');
  }

  /** Tries until both are granted: a key or button that is held may have a grab of its own. */
  async #grab(untilMs: number): Promise<void> {
    const { x, clock, arrow } = this.#tools.stage;
    const { id } = this.#window;
    try {
      const [keyboard, pointer] = await Promise.all([
        x.request<number>((done) => x.X.GrabKeyboard(id, 0, CURRENT_TIME, ASYNC, ASYNC, done)),
        x.request<number>((done) =>
          x.X.GrabPointer(id, 0, POINTER_EVENTS, ASYNC, ASYNC, 0, arrow, CURRENT_TIME, done),
        ),
      ]);
      if (this.#closed) return;
      if (keyboard === GRANTED && pointer === GRANTED) {
        await this.#listen();
        return;
      }
      if (clock.nowMs() >= untilMs) this.#finish('lost');
      else this.#after('grab', GRAB_EVERY_MS, () => void this.#grab(untilMs));
    } catch {
      this.#finish('lost');
    }
  }

  /**
   * Everything that was pressed before the server says what time it is was not
   * meant for us. The keys that are held are taken up where the reply stands in
   * the stream: a release right behind it counts.
   */
  async #listen(): Promise<void> {
    const { x } = this.#tools.stage;
    // Nothing is appended: all that it does is to make the server tell the time.
    x.X.ChangeProperty(APPEND, this.#window.id, ATOM.WM_ICON_NAME, ATOM.STRING, 8, NO_BYTES);
    await x.sendForReply(Buffer.from(QUERY_KEYMAP), (keymap) => {
      const held = Array.from({ length: 256 }, (_, keycode) => keycode).filter(
        (keycode) => ((keymap[keycode >> 3] as number) >> (keycode & 7)) & 1,
      );
      const { map } = this.#tools.keyboard;
      this.#input = new PromptInput(map, this.#sight.drawing, this.#serverTime, held);
    });
  }

  #drawBar(): void {
    const { deadlineMs, drawing } = this.#sight;
    const leftMs = deadlineMs - this.#tools.stage.clock.nowMs();
    const left = Math.min(1, Math.max(0, leftMs / Math.max(1, deadlineMs - this.#openedMs)));
    this.#window.drawBar(drawing.bar, left);
    this.#after('bar', BAR_EVERY_MS, () => this.#drawBar());
  }

  #after(timer: 'deadline' | 'seen' | 'grab' | 'bar', ms: number, fn: () => void): void {
    this.#stop(timer);
    this.#timers.set(timer, this.#tools.stage.clock.after(Math.max(0, ms), fn));
  }

  #stop(timer: 'deadline' | 'seen' | 'grab' | 'bar'): void {
    this.#timers.get(timer)?.[Symbol.dispose]();
    this.#timers.delete(timer);
  }
}
