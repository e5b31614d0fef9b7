/**
 * Shows one notice at a time on the user's monitor, at the top: a newer one
 * takes the place of the former, a click takes it away, and so does time. It
 * never takes the focus and lies above all windows of qubes.
 */
import { BUDGETS } from '../../base/budgets.ts';
import { messageOf } from '../../base/errors.ts';
import type { Notice } from '../../clipboard/notice.ts';
import { type NoticeOptions, noticePicture } from '../../surface/notice-picture.ts';
import { SurfaceWindow } from '../../surface/surface-window.ts';
import { EVENT_MASK } from '../../x11/package-records.ts';
import { NoticeBudget } from './notice-budget.ts';
import { centred, type SurfaceStage } from './surface-stage.ts';

const STAYS_MS = 4000;
/** There is more to read, and something to do about it. */
const REFUSAL_STAYS_MS = 8000;
const LONG: ReadonlySet<Notice['kind']> = new Set(['refused', 'problem', 'remote']);
const UPDATE_EVERY_MS = 1000;
/** From the upper edge of the monitor, at 96 dpi. */
const GAP = 24;

export interface NoticeOrigin {
  /** A qube can make it appear by itself, without the user's keys. */
  readonly byQube: boolean;
  /** So often a minute, then; not given = the default. */
  readonly perMinute?: number | undefined;
  readonly pasteChord?: string | undefined;
}

export class NoticeBoard implements Disposable {
  readonly #stage: SurfaceStage;
  readonly #budget = new NoticeBudget();
  readonly #events: Disposable;
  #window: SurfaceWindow | undefined;
  #shown = false;
  /** Which notice is the newest: pictures of older ones come too late. */
  #turn = 0;
  #update: Disposable | undefined;
  #end: Disposable | undefined;
  #suppressed = 0;

  constructor(stage: SurfaceStage) {
    this.#stage = stage;
    this.#events = stage.x.on((event) => {
      if (event.name !== 'ButtonPress' || event.synthetic) return;
      if (event.wid === this.#window?.id) this.#hide();
    });
  }

  /** Replaces what is shown. */
  show(notice: Notice, { byQube, perMinute, pasteChord }: NoticeOrigin): void {
    const { clock, log } = this.#stage;
    const most = perMinute ?? BUDGETS.noticesPerMinute.value;
    const mayShow = !byQube || this.#budget.take(qubeOf(notice), clock.nowMs(), most);
    if (!mayShow) {
      if (this.#suppressed++ === 0) {
        log.warn({ qube: qubeOf(notice) }, 'too many notices: no more are shown for a while');
      }
      return;
    }
    this.#suppressed = 0;
    const turn = ++this.#turn;
    this.#stopTimers();
    const untilMs = clock.nowMs() + staysMs(notice);
    void this.#draw(notice, turn, untilMs, pasteChord);
  }

  [Symbol.dispose](): void {
    this.#turn++;
    this.#hide();
    this.#events[Symbol.dispose]();
    this.#window?.[Symbol.dispose]();
    this.#window = undefined;
  }

  async #draw(
    notice: Notice,
    turn: number,
    untilMs: number,
    pasteChord: string | undefined,
  ): Promise<void> {
    const { clock, log, pictures, scale, language } = this.#stage;
    try {
      const options: NoticeOptions = { scale, language, nowMs: clock.nowMs(), pasteChord };
      const drawing = noticePicture(notice, options);
      const [picture, monitor] = await Promise.all([
        pictures.picture(drawing),
        this.#stage.monitor(),
      ]);
      const nowMs = clock.nowMs();
      if (turn !== this.#turn) return;
      this.#place().show(picture, centred(monitor, drawing, 0, Math.round(GAP * scale)));
      this.#end ??= clock.after(Math.max(0, untilMs - nowMs), () => this.#hide());
      if (drawing.changesAtMs === undefined) return;
      const waitMs = Math.max(UPDATE_EVERY_MS, drawing.changesAtMs - nowMs);
      this.#update = clock.after(waitMs, () => {
        void this.#draw(notice, turn, untilMs, pasteChord);
      });
    } catch (error) {
      if (turn !== this.#turn) return;
      log.error({ notice: notice.kind, reason: messageOf(error) }, 'a notice could not be shown');
      // What the former one said is not true any more.
      this.#hide();
    }
  }

  #place(): SurfaceWindow {
    const { x, stacking } = this.#stage;
    this.#window ??= new SurfaceWindow(x, {
      title: 'livery notice',
      eventMask: EVENT_MASK.buttonPress,
    });
    if (!this.#shown) {
      this.#shown = true;
      stacking.addSurface(this.#window.id);
    }
    return this.#window;
  }

  #hide(): void {
    this.#turn++;
    this.#stopTimers();
    if (!this.#window || !this.#shown) return;
    this.#shown = false;
    this.#window.hide();
    this.#stage.stacking.removeSurface(this.#window.id);
  }

  #stopTimers(): void {
    this.#update?.[Symbol.dispose]();
    this.#end?.[Symbol.dispose]();
    this.#update = undefined;
    this.#end = undefined;
  }
}

function staysMs(notice: Notice): number {
  return LONG.has(notice.kind) ? REFUSAL_STAYS_MS : STAYS_MS;
}

/** The qube that made it appear. */
function qubeOf(notice: Notice): string {
  switch (notice.kind) {
    case 'copied':
    case 'pasted':
    case 'wiped':
      return notice.source.qube;
    case 'refused':
      return notice.source?.qube ?? notice.target?.qube ?? '';
    case 'problem':
    case 'remote':
      return '';
    default:
      return notice satisfies never;
  }
}
