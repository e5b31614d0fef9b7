/**
 * One look at the text of a selection that another program of the qube owns.
 * States: converting (a target was asked for, TARGETS first), pieces (the owner
 * sends it bit by bit, ICCCM 2.7.2), over. Each look has a window of its own,
 * so an owner that is still sending to an earlier one cannot get into it. The
 * owner is any program: what it sends is bounded here and judged elsewhere.
 */
import type { SelectionEvent, XEvent } from '../x11/events.ts';
import { EVENT_MASK } from '../x11/package-records.ts';
import { ATOM, cardinalsOf, getProperty, type Property } from '../x11/properties.ts';
import type { ProgramText } from './clipboard-answer.ts';
import type { XScreen } from './x-screen.ts';

const INPUT_ONLY = 2;
const NEW_VALUE = 0;
const TARGETS_BYTES = 4096;
/** A text, of which not more than was wanted, or why there is none. */
export type ReadOutcome = ProgramText | { readonly failed: string };

export interface ReaderOptions {
  readonly selection: number;
  /** More than this is not read. */
  readonly maxBytes: number;
  /** Called once, unless disposed of before. */
  done(outcome: ReadOutcome): void;
}

export class SelectionReader implements Disposable {
  readonly #screen: XScreen;
  readonly #options: ReaderOptions;
  readonly #window: number;
  /** Still to be tried, best first. */
  #targets: number[];
  #target: number;
  #state: 'converting' | 'pieces' | 'over' = 'converting';
  #pieces: Buffer[] = [];
  #bytes = 0;
  #type = 0;
  /** Property reads of one look are answered in order. */
  #reading: Promise<void> = Promise.resolve();

  constructor(screen: XScreen, options: ReaderOptions) {
    const { x, atoms } = screen;
    this.#screen = screen;
    this.#options = options;
    this.#window = x.allocWindowId();
    x.X.CreateWindow(this.#window, x.root, -1, -1, 1, 1, 0, 0, INPUT_ONLY, 0, {
      overrideRedirect: 1,
      eventMask: EVENT_MASK.propertyChange,
    });
    this.#targets = this.#known();
    this.#target = atoms.TARGETS;
    this.#convert();
  }

  handle(event: XEvent): void {
    if (event.name === 'SelectionNotify') {
      if (event.requestor === this.#window) this.#converted(event);
    } else if (event.name === 'PropertyNotify') {
      const { LIVERY_SELECTION: property } = this.#screen.atoms;
      if (event.wid !== this.#window || event.atom !== property) return;
      if (event.state !== NEW_VALUE) return;
      // After what is being read: the answer that says "in pieces" may be among it.
      this.#reading = this.#reading.then(() => {
        if (this.#state === 'pieces') this.#read((value) => this.#piece(value));
      });
    }
  }

  [Symbol.dispose](): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#pieces = [];
    const { x } = this.#screen;
    if (!x.closed) x.X.DestroyWindow(this.#window);
    x.freeId(this.#window);
  }

  /** Text, best first; COMPOUND_TEXT is not among them, nobody here decodes ISO 2022. */
  #known(): number[] {
    const { atoms } = this.#screen;
    return [atoms.UTF8_STRING, atoms['text/plain;charset=utf-8'], ATOM.STRING, atoms.TEXT];
  }

  #convert(): void {
    const { x, atoms } = this.#screen;
    // The time of the user's copy is dom0's; here the newest owner counts.
    const { LIVERY_SELECTION: property } = atoms;
    x.X.ConvertSelection(this.#window, this.#options.selection, this.#target, property, 0);
  }

  #converted(event: SelectionEvent): void {
    if (this.#state !== 'converting' || event.target !== this.#target) return;
    if (event.selection !== this.#options.selection) return;
    if (event.property !== this.#screen.atoms.LIVERY_SELECTION) this.#next();
    else if (this.#target === this.#screen.atoms.TARGETS) this.#read((v) => this.#chosen(v));
    else this.#read((v) => this.#answered(v));
  }

  #next(): void {
    const next = this.#targets.shift();
    if (next === undefined) {
      this.#fail('its owner has no text');
      return;
    }
    this.#target = next;
    this.#convert();
  }

  /** Takes the property's value and deletes it, which is what lets an owner send its next piece. */
  #read(then: (value: Property | undefined) => void): void {
    const { x, atoms } = this.#screen;
    const { LIVERY_SELECTION: property } = atoms;
    const left = this.#options.maxBytes - this.#bytes + 1;
    const most = this.#target === atoms.TARGETS ? TARGETS_BYTES : left;
    const value = getProperty(x, this.#window, property, 0, most);
    x.X.DeleteProperty(this.#window, property);
    this.#reading = this.#reading
      .then(() => value)
      .then((found) => {
        if (this.#state !== 'over') then(found);
      })
      .catch(() => this.#fail('it could not be read'));
  }

  #chosen(value: Property | undefined): void {
    const offered = value ? cardinalsOf(value) : [];
    const listed = this.#known().filter((target) => offered.includes(target));
    // Some owners list nothing of the kind and do have it (gui-agent 3.7).
    this.#targets = listed.length > 0 ? listed : [ATOM.STRING];
    this.#next();
  }

  #answered(value: Property | undefined): void {
    if (value?.type === this.#screen.atoms.INCR) {
      this.#state = 'pieces';
      return;
    }
    if (!value || !this.#isText(value)) {
      this.#next();
      return;
    }
    this.#take(value);
    this.#finish();
  }

  #piece(value: Property | undefined): void {
    // A property that is gone again: its owner is not done.
    if (!value) return;
    if (!this.#isText(value)) this.#fail('it is no text');
    else if (value.data.length === 0 || this.#take(value)) this.#finish();
  }

  /** True when there is more than is read. */
  #take(value: Property): boolean {
    if (this.#pieces.length === 0) this.#type = value.type;
    this.#pieces.push(value.data);
    this.#bytes += value.data.length;
    return this.#bytes > this.#options.maxBytes;
  }

  #isText({ type, format }: Property): boolean {
    const { atoms } = this.#screen;
    if (format !== 8) return false;
    // Answers to TEXT may be of any encoding; of the others the target is the promise.
    if (this.#target !== atoms.TEXT) return true;
    return type === ATOM.STRING || type === atoms.UTF8_STRING;
  }

  #finish(): void {
    const { maxBytes, done } = this.#options;
    const all = Buffer.concat(this.#pieces);
    const cut = all.length > maxBytes;
    const latin1 =
      this.#target === ATOM.STRING ||
      (this.#target === this.#screen.atoms.TEXT && this.#type === ATOM.STRING);
    this[Symbol.dispose]();
    done({ form: latin1 ? 'latin1' : 'utf8', bytes: cut ? all.subarray(0, maxBytes) : all, cut });
  }

  #fail(reason: string): void {
    if (this.#state === 'over') return;
    this[Symbol.dispose]();
    this.#options.done({ failed: reason });
  }
}
