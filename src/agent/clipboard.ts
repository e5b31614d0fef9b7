/**
 * The qube's clipboard when dom0 asks for it, and dom0's text when dom0 gives
 * some. Nothing is ever sent unasked, and at most once per question. Only the
 * plain path: UTF8_STRING or STRING in one piece; an owner that answers in
 * pieces (INCR), not at all, or with nothing gives no answer.
 */
import type { Clock } from '../base/clock.ts';
import type { VmWindowId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { features } from '../protocol/version.ts';
import type { SelectionEvent, SelectionRequestEvent, XEvent } from '../x11/events.ts';
import { ATOM, getProperty, setAtoms, setBytes, setCardinals } from '../x11/properties.ts';
import type { OwnText } from './clipboard-text.ts';
import type { GuiLink } from './gui-link.ts';
import type { ServerTime } from './server-time.ts';
import type { XScreen } from './x-screen.ts';

/** An owner that has not answered by then will not. */
const OWNER_MS = 3_000;
const INPUT_ONLY = 2;
/** Predefined atom INTEGER. */
const INTEGER = 19;

interface Question {
  readonly window: VmWindowId;
  target: number;
}

export interface ClipboardParts {
  readonly screen: XScreen;
  readonly link: GuiLink;
  readonly time: ServerTime;
  readonly clock: Clock;
  readonly log: Log;
}

export class Clipboard {
  readonly #parts: ClipboardParts;
  /** Asks for and owns selections. */
  readonly #window: number;
  #question: Question | undefined;
  #timer: Disposable | undefined;
  #text: OwnText | undefined;
  #ownedSince = 0;

  constructor(parts: ClipboardParts) {
    this.#parts = parts;
    const { x } = parts.screen;
    this.#window = x.allocWindowId();
    x.X.CreateWindow(this.#window, x.root, -1, -1, 1, 1, 0, 0, INPUT_ONLY, 0, {
      overrideRedirect: 1,
    });
  }

  /** CLIPBOARD_REQ: a newer one replaces one that waits. */
  requested(window: VmWindowId): void {
    const { screen, clock } = this.#parts;
    const { x, atoms } = screen;
    this.#stop();
    const question: Question = { window, target: atoms.TARGETS };
    this.#question = question;
    this.#timer = clock.after(OWNER_MS, () => {
      if (this.#question === question) this.#giveUp('its owner did not answer');
    });
    x.request<number>((done) => x.X.GetSelectionOwner(atoms.CLIPBOARD, done)).then(
      (owner) => {
        if (this.#question !== question) return;
        if (owner === 0) this.#answer(new Uint8Array(0));
        else if (owner === this.#window) this.#answer(this.#text?.raw ?? new Uint8Array(0));
        else this.#convert(question, atoms.TARGETS);
      },
      () => this.#stop(),
    );
  }

  /** CLIPBOARD_DATA: the qube's clipboard and primary selection are this text from now on. */
  given(text: OwnText): Promise<void> {
    const { screen, time } = this.#parts;
    const { x, atoms } = screen;
    return new Promise((resolve) => {
      time.now((now) => {
        this.#text = text;
        this.#ownedSince = now;
        x.X.SetSelectionOwner(this.#window, atoms.CLIPBOARD, now);
        x.X.SetSelectionOwner(this.#window, ATOM.PRIMARY, now);
        resolve();
      });
    });
  }

  /** The daemon that asked is gone. */
  reset(): void {
    this.#stop();
  }

  handle(event: XEvent): void {
    const { atoms } = this.#parts.screen;
    switch (event.name) {
      case 'SelectionNotify':
        if (event.requestor === this.#window) this.#converted(event);
        break;
      case 'SelectionRequest':
        if (event.owner === this.#window) this.#serve(event);
        break;
      case 'SelectionClear':
        // PRIMARY alone is not kept up: what the user pasted is the clipboard.
        if (event.owner === this.#window && event.selection === atoms.CLIPBOARD) {
          this.#text = undefined;
        }
        break;
      default:
        break;
    }
  }

  #convert(question: Question, target: number): void {
    const { x, atoms } = this.#parts.screen;
    question.target = target;
    const { LIVERY_SELECTION: property } = atoms;
    x.X.DeleteProperty(this.#window, property);
    // The time of the user's copy is dom0's; here the newest owner counts.
    x.X.ConvertSelection(this.#window, atoms.CLIPBOARD, target, property, 0);
  }

  #converted(event: SelectionEvent): void {
    const question = this.#question;
    const { atoms } = this.#parts.screen;
    if (!question || event.selection !== atoms.CLIPBOARD || event.target !== question.target)
      return;
    if (event.property !== atoms.LIVERY_SELECTION) {
      this.#refused(question);
      return;
    }
    this.#read(question).catch(() => this.#giveUp('it could not be read'));
  }

  async #read(question: Question): Promise<void> {
    const { screen, link } = this.#parts;
    const { x, atoms } = screen;
    const { version } = link;
    if (!version) return;
    const max = features(version).clipboardMax;
    const value = await getProperty(x, this.#window, atoms.LIVERY_SELECTION, 0, max + 4);
    if (this.#question !== question) return;
    if (question.target === atoms.TARGETS) {
      const targets = value?.format === 32 ? words(value.data) : [];
      const wanted = [atoms.UTF8_STRING, ATOM.STRING].find((atom) => targets.includes(atom));
      this.#convert(question, wanted ?? ATOM.STRING);
      return;
    }
    x.X.DeleteProperty(this.#window, atoms.LIVERY_SELECTION);
    if (!value || value.type === atoms.INCR || value.format !== 8) {
      this.#giveUp(value?.type === atoms.INCR ? 'it is too large' : 'it is no text');
      return;
    }
    this.#answer(value.data.subarray(0, max));
  }

  #refused(question: Question): void {
    const { atoms } = this.#parts.screen;
    // Some owners know no TARGETS but do have text.
    if (question.target === atoms.TARGETS) this.#convert(question, atoms.UTF8_STRING);
    else if (question.target === atoms.UTF8_STRING) this.#convert(question, ATOM.STRING);
    else this.#giveUp('its owner has no text');
  }

  #answer(data: Uint8Array): void {
    const question = this.#question;
    this.#stop();
    if (!question) return;
    this.#parts.link.send({ name: 'clipboardData', window: question.window, data });
  }

  #giveUp(reason: string): void {
    this.#stop();
    this.#parts.log.info({ reason }, 'the clipboard was not given');
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#question = undefined;
  }

  #serve(event: SelectionRequestEvent): void {
    const { x } = this.#parts.screen;
    // Clients of old ICCCM name no property: the target's name is it.
    const property = event.property === 0 ? event.target : event.property;
    const served = this.#put(event.requestor, property, event.target);
    x.X.SendEvent(event.requestor, 0, 0, {
      name: 'SelectionNotify',
      time: event.time,
      requestor: event.requestor,
      selection: event.selection,
      target: event.target,
      property: served ? property : 0,
    });
  }

  #put(requestor: number, property: number, target: number): boolean {
    const { x, atoms } = this.#parts.screen;
    const text = this.#text;
    if (!text) return false;
    switch (target) {
      case atoms.TARGETS:
        setAtoms(x, requestor, property, [
          ...[atoms.TARGETS, atoms.TIMESTAMP, atoms.UTF8_STRING, ATOM.STRING, atoms.TEXT],
          ...[atoms['text/plain;charset=utf-8'], atoms['text/plain']],
        ]);
        return true;
      case atoms.TIMESTAMP:
        setCardinals(x, requestor, property, [this.#ownedSince], INTEGER);
        return true;
      case atoms.UTF8_STRING:
      case atoms['text/plain;charset=utf-8']:
      case atoms['text/plain']:
        setBytes(x, requestor, property, text.utf8, target);
        return true;
      case atoms.TEXT:
        setBytes(x, requestor, property, text.utf8, atoms.UTF8_STRING);
        return true;
      case ATOM.STRING:
        setBytes(x, requestor, property, text.latin1, ATOM.STRING);
        return true;
      default:
        return false;
    }
  }
}

function words(data: Buffer): number[] {
  const list: number[] = [];
  for (let at = 0; at + 4 <= data.length; at += 4) list.push(data.readUInt32LE(at));
  return list;
}
