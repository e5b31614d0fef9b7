/**
 * dom0's text as a selection of the qube: CLIPBOARD and PRIMARY are ours after
 * a paste (both, so that Ctrl+V and the middle button insert it), and every
 * program that asks is served until the text is wiped: after a time limit, when
 * a program copies something else, when dom0 gives another. Wiped means
 * overwritten, and the selections are given up.
 */
import type { Clock } from '../base/clock.ts';
import type { SelectionClearEvent, SelectionRequestEvent, XEvent } from '../x11/events.ts';
import { ATOM, getCardinals, setAtoms, setBytes, setCardinals } from '../x11/properties.ts';
import type { OwnText } from './clipboard-text.ts';
import { IncrTransfers, PIECE_BYTES } from './incr-transfers.ts';
import type { ServerTime } from './server-time.ts';
import type { XScreen } from './x-screen.ts';

const INPUT_ONLY = 2;
/** Predefined atom INTEGER. */
const INTEGER = 19;
/** Pairs of one MULTIPLE request; programs ask for two or three. */
const MAX_PAIRS = 16;

export interface SelectionOwnerParts {
  readonly screen: XScreen;
  readonly time: ServerTime;
  readonly clock: Clock;
  /** How long a text is kept, in ms; undefined = until something else is copied. */
  readonly keepMs: number | undefined;
}

export class SelectionOwner {
  readonly window: number;
  readonly #parts: SelectionOwnerParts;
  readonly #transfers: IncrTransfers;
  #text: OwnText | undefined;
  #ownedSince = 0;
  #timer: Disposable | undefined;

  constructor(parts: SelectionOwnerParts) {
    const { x } = parts.screen;
    this.#parts = parts;
    this.#transfers = new IncrTransfers(parts.screen, parts.clock);
    this.window = x.allocWindowId();
    x.X.CreateWindow(this.window, x.root, -1, -1, 1, 1, 0, 0, INPUT_ONLY, 0, {
      overrideRedirect: 1,
    });
  }

  get text(): OwnText | undefined {
    return this.#text;
  }

  /** Resolves when the X server has been asked for the selections. */
  own(text: OwnText): Promise<void> {
    const { screen, time, clock, keepMs } = this.#parts;
    const { x, atoms } = screen;
    return new Promise((resolve) => {
      time.now((now) => {
        this.#forget();
        this.#text = text;
        this.#ownedSince = now;
        x.X.SetSelectionOwner(this.window, atoms.CLIPBOARD, now);
        x.X.SetSelectionOwner(this.window, ATOM.PRIMARY, now);
        if (keepMs !== undefined) this.#timer = clock.after(keepMs, () => this.wipe());
        resolve();
      });
    });
  }

  /** Nothing is left of the text, and the selections have no owner. */
  wipe(): void {
    if (!this.#text) return;
    this.#forget();
    const { x, atoms } = this.#parts.screen;
    // With the time of our own taking: whoever has taken one since keeps it.
    x.X.SetSelectionOwner(0, atoms.CLIPBOARD, this.#ownedSince);
    x.X.SetSelectionOwner(0, ATOM.PRIMARY, this.#ownedSince);
  }

  handle(event: XEvent): void {
    if (event.name === 'SelectionRequest') {
      if (event.owner === this.window) this.#requested(event);
    } else if (event.name === 'SelectionClear') {
      if (event.owner === this.window) this.#cleared(event);
    } else if (event.name === 'PropertyNotify') this.#transfers.handle(event);
  }

  #forget(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#transfers.stop();
    this.#text?.wipe();
    this.#text = undefined;
  }

  #cleared(event: SelectionClearEvent): void {
    // PRIMARY alone changes with every selected word; what was pasted is the clipboard.
    if (event.selection !== this.#parts.screen.atoms.CLIPBOARD) return;
    // Word of an owning that is over: there is a newer one (u32 milliseconds wrap).
    if (((event.time - this.#ownedSince) | 0) < 0) return;
    this.wipe();
  }

  #requested(event: SelectionRequestEvent): void {
    const text = this.#text;
    // Clients of old ICCCM name no property: the target's name is it.
    const property = event.property === 0 ? event.target : event.property;
    const { MULTIPLE } = this.#parts.screen.atoms;
    if (!text) this.#notify(event, 0);
    else if (event.target === MULTIPLE && event.property === 0) this.#notify(event, 0);
    else {
      const { requestor, target } = event;
      const put =
        target === MULTIPLE
          ? this.#putAll(text, requestor, property)
          : this.#put(text, requestor, property, target);
      put.then(
        (served) => this.#notify(event, served ? property : 0),
        () => this.#notify(event, 0),
      );
    }
  }

  #notify(event: SelectionRequestEvent, property: number): void {
    const { x } = this.#parts.screen;
    if (x.closed) return;
    const { requestor, time, selection, target } = event;
    x.X.SendEvent(requestor, 0, 0, {
      ...{ name: 'SelectionNotify', time, requestor, selection, target, property },
    });
  }

  /** MULTIPLE (ICCCM 2.6.2): the property lists targets and properties; 0 marks what is refused. */
  async #putAll(text: OwnText, requestor: number, property: number): Promise<boolean> {
    const { x, atoms } = this.#parts.screen;
    const list = await getCardinals(x, requestor, property, 0, 2 * MAX_PAIRS);
    const outcome: number[] = [];
    for (let at = 0; at + 1 < list.length; at += 2) {
      const [target, place] = [list[at] as number, list[at + 1] as number];
      const served = place !== 0 && (await this.#put(text, requestor, place, target));
      outcome.push(target, served ? place : 0);
    }
    setCardinals(x, requestor, property, outcome, atoms.ATOM_PAIR);
    return outcome.length > 0;
  }

  /** False when there is no such form of the text. */
  async #put(text: OwnText, requestor: number, property: number, target: number): Promise<boolean> {
    const { x, atoms } = this.#parts.screen;
    const give = async (bytes: Buffer, type: number): Promise<boolean> => {
      if (text !== this.#text) return false;
      if (bytes.length > PIECE_BYTES) {
        return this.#transfers.begin(requestor, property, bytes, type);
      }
      setBytes(x, requestor, property, bytes, type);
      return true;
    };
    switch (target) {
      case atoms.TARGETS:
        setAtoms(x, requestor, property, [
          ...[atoms.TARGETS, atoms.TIMESTAMP, atoms.MULTIPLE],
          ...[atoms.UTF8_STRING, atoms['text/plain;charset=utf-8'], atoms['text/plain']],
          ...[ATOM.STRING, atoms.TEXT],
        ]);
        return true;
      case atoms.TIMESTAMP:
        setCardinals(x, requestor, property, [this.#ownedSince], INTEGER);
        return true;
      case atoms.UTF8_STRING:
      case atoms['text/plain;charset=utf-8']:
      case atoms['text/plain']:
        return give(text.utf8, target);
      case atoms.TEXT:
        return give(text.utf8, atoms.UTF8_STRING);
      case ATOM.STRING:
        return give(text.latin1, ATOM.STRING);
      default:
        return false;
    }
  }
}
