/**
 * A person who copies and pastes between qubes: focuses windows, presses the
 * chords, answers dom0's prompts, all by XTEST on the screen.
 */
import type { Rect } from '../../../src/base/geometry.ts';
import { FOCUS_SETTLE_MS } from '../../../src/clipboard/machine.ts';
import { GUARD_MS } from '../../../src/desktop/fresh-keys.ts';
import type { Screen } from '../screen.ts';
import { KEYSYM } from '../user.ts';
import { waitUntil } from '../wait.ts';
import type { AuditLine, ClipboardFiles } from './clipboard-files.ts';
import type { Pager } from './pager.ts';
import { type ShownWindow, shownWindows } from './shown.ts';

const LETTER = { a: 0x61, c: 0x63, s: 0x73, v: 0x76 } as const;
/** Timers of two processes: a little more than what is asked for. */
const MARGIN_MS = 30;

export interface Place {
  readonly window: number;
  readonly content: Rect;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class ClipboardUser {
  readonly #screen: Screen;
  readonly #pager: Pager;
  /** Chords that did not count at first. */
  pressedAgain = 0;

  constructor(screen: Screen, pager: Pager) {
    this.#screen = screen;
    this.#pager = pager;
  }

  /**
   * Clicks into the middle; resolves when the window has the focus and chords
   * in it count. `noticed` resolves when the daemon knows of the focus.
   */
  async focus(place: Place, noticed?: () => Promise<unknown>): Promise<void> {
    await this.focusNow(place);
    await noticed?.();
    // The rule is about time, so this waits for time.
    await pause(FOCUS_SETTLE_MS + MARGIN_MS);
  }

  /** The same without waiting until chords count. */
  async focusNow({ window, content }: Place): Promise<void> {
    const { user } = this.#screen;
    const [x, y] = [content.x + (content.width >> 1), content.y + (content.height >> 1)];
    await user.click(x, y);
    const has = async (): Promise<boolean> => (await this.#pager.focus()) === window;
    await waitUntil(has, 'the window has the focus');
  }

  copyChord(): Promise<void> {
    return this.#screen.user.tap(KEYSYM.control, KEYSYM.shift, LETTER.c);
  }

  pasteChord(): Promise<void> {
    return this.#screen.user.tap(KEYSYM.control, KEYSYM.shift, LETTER.v);
  }

  /**
   * Focuses the window and presses the chord; resolves with what the audit log
   * says came of it. A busy daemon may learn late who has the focus, and then
   * says so: a person presses again.
   */
  async act(kind: 'copy' | 'paste', place: Place, files: ClipboardFiles): Promise<AuditLine> {
    await this.focus(place);
    return this.actHere(kind, files);
  }

  /** The same in the window that has the focus. */
  async actHere(kind: 'copy' | 'paste', files: ClipboardFiles): Promise<AuditLine> {
    const outcomes =
      kind === 'copy' ? ['copied', 'copy-refused'] : ['pasted', 'paste-asked', 'paste-refused'];
    let since = files.now;
    for (;;) {
      if (kind === 'copy') await this.copyChord();
      else await this.pasteChord();
      const look = (): AuditLine | undefined =>
        files.records().find(({ seq, event }) => seq > since && outcomes.includes(event));
      const record = await waitUntil(look, `the ${kind} chord has an outcome`);
      if (record.verdict !== 'focus-moved') return record;
      since = record.seq;
      this.pressedAgain++;
      await pause(100);
    }
  }

  /** Ctrl and a letter, for the program that has the focus. */
  control(letter: keyof typeof LETTER): Promise<void> {
    return this.#screen.user.tap(KEYSYM.control, LETTER[letter]);
  }

  /** dom0's own windows of that kind that show. */
  async surfaces(title: 'livery notice' | 'livery prompt'): Promise<ShownWindow[]> {
    const shown = await shownWindows(this.#screen.x);
    return shown.filter((one) => one.overrideRedirect && one.title === title);
  }

  /** Waits until a prompt is there and answers count. */
  async prompt(): Promise<ShownWindow> {
    const prompt = await waitUntil(
      async () => (await this.surfaces('livery prompt')).at(0),
      'there is a prompt',
    );
    await pause(GUARD_MS + 100);
    return prompt;
  }

  async noPrompt(): Promise<void> {
    await waitUntil(
      async () => (await this.surfaces('livery prompt')).length === 0,
      'there is no prompt',
    );
  }

  allow(): Promise<void> {
    return this.#screen.user.tap(KEYSYM.control, KEYSYM.enter);
  }

  cancel(): Promise<void> {
    return this.#screen.user.tap(KEYSYM.escape);
  }
}
