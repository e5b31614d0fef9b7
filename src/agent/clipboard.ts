/**
 * The qube's clipboard when dom0 asks for it, and dom0's text when dom0 gives
 * some. Nothing is ever sent unasked, and at most once per question; an owner
 * that does not answer, never finishes, or has no text gives no answer. No text
 * is ever logged, nor how long it was.
 */
import type { Clock } from '../base/clock.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { features } from '../protocol/version.ts';
import type { XEvent } from '../x11/events.ts';
import { clipboardAnswer } from './clipboard-answer.ts';
import type { OwnText } from './clipboard-text.ts';
import type { GuiLink } from './gui-link.ts';
import { SelectionOwner } from './selection-owner.ts';
import { type ReadOutcome, SelectionReader } from './selection-reader.ts';
import type { ServerTime } from './server-time.ts';
import type { XScreen } from './x-screen.ts';

/**
 * How long the owner has for all of its text. dom0 gives up after two seconds
 * unless it is told otherwise; after three nobody is waiting.
 */
const OWNER_MS = 3_000;

/**
 * How long a pasted text stays in the qube, in ms. As long as dom0 keeps what
 * was copied: enough to switch windows and insert it, and a password does not
 * lie in the qube for the rest of the day.
 */
export const KEEP_MS = 60_000;

interface Question {
  readonly reader: SelectionReader;
  readonly timer: Disposable;
}

export interface ClipboardParts {
  readonly screen: XScreen;
  readonly link: GuiLink;
  readonly time: ServerTime;
  readonly clock: Clock;
  readonly log: Log;
  /** See SelectionOwnerParts. */
  readonly keepMs: number | undefined;
}

export class Clipboard {
  readonly #parts: ClipboardParts;
  readonly #owner: SelectionOwner;
  /** Counts questions, so that the answer to "who owns it" finds its own. */
  #asked = 0;
  #question: Question | undefined;

  constructor(parts: ClipboardParts) {
    this.#parts = parts;
    this.#owner = new SelectionOwner(parts);
  }

  /** CLIPBOARD_REQ: a newer one replaces one that waits. */
  requested(window: VmWindowId): void {
    const { screen } = this.#parts;
    const { x, atoms } = screen;
    this.reset();
    const number = this.#asked;
    x.request<number>((done) => x.X.GetSelectionOwner(atoms.CLIPBOARD, done)).then(
      (owner) => {
        if (this.#asked !== number) return;
        if (owner === 0) this.#send(window, new Uint8Array(0));
        else if (owner === this.#owner.window) {
          this.#send(window, this.#owner.text?.raw ?? new Uint8Array(0));
        } else this.#read(window);
      },
      () => {},
    );
  }

  /** CLIPBOARD_DATA: the qube's clipboard and primary selection are this text from now on. */
  given(text: OwnText): Promise<void> {
    return this.#owner.own(text);
  }

  /** The daemon that asked is gone. */
  reset(): void {
    this.#asked++;
    this.#question?.timer[Symbol.dispose]();
    this.#question?.reader[Symbol.dispose]();
    this.#question = undefined;
  }

  handle(event: XEvent): void {
    this.#question?.reader.handle(event);
    this.#owner.handle(event);
  }

  #read(window: VmWindowId): void {
    const { screen, link, clock } = this.#parts;
    if (!link.version) return;
    const reader = new SelectionReader(screen, {
      selection: screen.atoms.CLIPBOARD,
      maxBytes: features(link.version).clipboardSendMax,
      done: (outcome) => this.#done(window, outcome),
    });
    const timer = clock.after(OWNER_MS, () => {
      this.#done(window, { failed: 'its owner did not give it in time' });
    });
    this.#question = { reader, timer };
  }

  #done(window: VmWindowId, outcome: ReadOutcome): void {
    const { link, log } = this.#parts;
    this.reset();
    if ('failed' in outcome) log.info({ reason: outcome.failed }, 'the clipboard was not given');
    else if (link.version) this.#send(window, clipboardAnswer(outcome, features(link.version)));
  }

  #send(window: VmWindowId, data: Uint8Array): void {
    this.#parts.link.send({ name: 'clipboardData', window, data });
  }
}
