/**
 * Keys and clicks from a browser on dom0's screen, through XTEST. One after the
 * other; before each press the daemon is asked what has to be left to the
 * person at the screen. Without an answer nothing is passed on. What was
 * pressed here is let go when the browser leaves.
 */
import type { InputRules } from '../control/messages.ts';
import type { XConnection } from '../x11/connection.ts';
import { openXTest, type XTest } from '../x11/extensions.ts';
import type { PointerReply } from '../x11/package-records.ts';
import { completesChord, type Held } from './chord-guard.ts';
import {
  type KeyboardMap,
  modifierBits,
  type PlacedKey,
  placeKey,
  shiftKeycode,
} from './keyboard.ts';
import type { Control, PageMessage } from './messages.ts';

const FAKE = { keyPress: 2, keyRelease: 3, buttonPress: 4, buttonRelease: 5, motion: 6 } as const;
const SHIFT = 1;
const POINTER_MAPPING = 2;
/** More that waits is thrown away: somebody who sends faster does not type. */
const MAX_WAITING = 256;

export type InputMessage = Exclude<PageMessage, { readonly kind: 'drawn' }>;
type Refusal = 'chord' | 'prompt' | 'daemon';

export interface InputParts {
  readonly x: XConnection;
  readonly control: Exclude<Control, 'none'>;
  /** Asks the daemon; rejects when it is not there. */
  rules(): Promise<InputRules>;
}

export class Input implements Disposable {
  readonly #parts: InputParts;
  readonly #test: XTest;
  readonly #events: Disposable;
  #map: KeyboardMap;
  /** By KeyboardEvent.code. */
  readonly #keys = new Map<string, number>();
  readonly #buttons = new Set<number>();
  #waiting: { message: InputMessage; refused: (why: Refusal) => void }[] = [];
  #busy = false;
  #closed = false;

  private constructor(parts: InputParts, test: XTest, map: KeyboardMap) {
    this.#parts = parts;
    this.#test = test;
    this.#map = map;
    this.#events = parts.x.on((event) => {
      if (event.name !== 'MappingNotify' || event.request === POINTER_MAPPING) return;
      void readMap(parts.x).then(
        (now) => {
          this.#map = now;
        },
        () => {},
      );
    });
  }

  /** Rejects when the server lacks XTEST. */
  static async open(parts: InputParts): Promise<Input> {
    const [test, map] = await Promise.all([openXTest(parts.x), readMap(parts.x)]);
    return new Input(parts, test, map);
  }

  take(message: InputMessage, refused: (why: Refusal) => void): void {
    const last = this.#waiting.at(-1);
    if (message.kind === 'motion' && last?.message.kind === 'motion') this.#waiting.pop();
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting = [{ message: { kind: 'release' }, refused }];
    }
    this.#waiting.push({ message, refused });
    void this.#work();
  }

  /** Lets go of all that is held; nothing that still waits is passed on. */
  release(): void {
    this.#waiting = [];
    for (const keycode of this.#keys.values()) this.#fake(FAKE.keyRelease, keycode);
    for (const button of this.#buttons) this.#fake(FAKE.buttonRelease, button);
    this.#keys.clear();
    this.#buttons.clear();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.release();
    this.#events[Symbol.dispose]();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        const why = await this.#perform(next.message);
        if (why) next.refused(why);
      }
    } catch {
      // The X server is gone; whoever owns the connection is told so.
      this.#waiting = [];
    }
    this.#busy = false;
  }

  async #perform(message: InputMessage): Promise<Refusal | undefined> {
    switch (message.kind) {
      case 'release':
        this.release();
        return undefined;
      case 'key':
        if (message.down) return this.#press(message.key, message.code);
        this.#letGo(message.code);
        return undefined;
      case 'button':
        return this.#button(message.button, message.down);
      case 'motion': {
        const rules = await this.#rules();
        if (typeof rules === 'string') return rules;
        this.#fake(FAKE.motion, 0, message.x, message.y);
        return undefined;
      }
      default:
        return message satisfies never;
    }
  }

  async #button(button: number, down: boolean): Promise<Refusal | undefined> {
    if (!down) {
      if (this.#buttons.delete(button)) this.#fake(FAKE.buttonRelease, button);
      return undefined;
    }
    const rules = await this.#rules();
    if (typeof rules === 'string') return rules;
    this.#buttons.add(button);
    this.#fake(FAKE.buttonPress, button);
    return undefined;
  }

  async #press(key: string, code: string): Promise<Refusal | undefined> {
    const placed = placeKey(this.#map, key, code);
    if (!placed) return undefined;
    const rules = await this.#rules();
    if (typeof rules === 'string') return rules;
    const held = await this.#held();
    if (this.#closed) return 'daemon';
    const bits = modifierBits(this.#map, placed.keycode);
    const steps = this.#shiftSteps(placed, held.state, bits);
    const state = steps.length === 0 ? held.state : held.state ^ SHIFT;
    const { control } = this.#parts;
    if (control !== 'all') {
      // Also as it would be without the Shift that is put in or taken out.
      for (const word of new Set([held.state, state])) {
        const before = { ...held, state: word };
        if (completesChord(rules.chords, placed.keycode, bits, before)) return 'chord';
      }
    }
    for (const [down, keycode] of steps) {
      this.#fake(down ? FAKE.keyPress : FAKE.keyRelease, keycode);
    }
    // The same key again: the browser repeats it.
    if (this.#keys.get(code) === placed.keycode) this.#fake(FAKE.keyRelease, placed.keycode);
    this.#keys.set(code, placed.keycode);
    this.#fake(FAKE.keyPress, placed.keycode);
    for (const [down, keycode] of [...steps].reverse()) {
      this.#fake(down ? FAKE.keyRelease : FAKE.keyPress, keycode);
    }
    return undefined;
  }

  /** What has to be done with Shift before the key, and undone after it. */
  #shiftSteps({ shift }: PlacedKey, state: number, bits: number): [down: boolean, key: number][] {
    const isHeld = (state & SHIFT) !== 0;
    if (shift === undefined || shift === isHeld || bits !== 0) return [];
    if (shift) {
      const keycode = shiftKeycode(this.#map);
      return keycode === undefined ? [] : [[true, keycode]];
    }
    // Only what was pressed from here can be let go from here.
    const ours = [...this.#keys.values()].filter((key) => modifierBits(this.#map, key) === SHIFT);
    return ours.map((keycode) => [false, keycode]);
  }

  #letGo(code: string): void {
    const keycode = this.#keys.get(code);
    if (keycode === undefined) return;
    this.#keys.delete(code);
    this.#fake(FAKE.keyRelease, keycode);
  }

  async #rules(): Promise<InputRules | Refusal> {
    try {
      const rules = await this.#parts.rules();
      if (this.#closed) return 'daemon';
      return rules.prompt && this.#parts.control !== 'all' ? 'prompt' : rules;
    } catch {
      return 'daemon';
    }
  }

  async #held(): Promise<Held> {
    const { x } = this.#parts;
    const [{ keyMask }, keymap] = await Promise.all([
      x.request<PointerReply>((done) => x.X.QueryPointer(x.root, done)),
      x.request<Buffer>((done) => x.X.QueryKeymap(done)),
    ]);
    const down = new Set<number>();
    for (let keycode = 8; keycode < 256; keycode++) {
      if (((keymap[keycode >> 3] ?? 0) >> (keycode & 7)) & 1) down.add(keycode);
    }
    return { state: keyMask, down };
  }

  #fake(type: (typeof FAKE)[keyof typeof FAKE], detail: number, left = 0, top = 0): void {
    const { x } = this.#parts;
    if (!x.closed) this.#test.FakeInput(type, detail, 0, x.root, left, top);
  }
}

async function readMap(x: XConnection): Promise<KeyboardMap> {
  const { X, minKeycode, maxKeycode } = x;
  const [rows, modifiers] = await Promise.all([
    x.request<readonly (readonly number[])[]>((done) =>
      X.GetKeyboardMapping(minKeycode, maxKeycode - minKeycode + 1, done),
    ),
    x.request<readonly (readonly number[])[]>((done) => X.GetModifierMapping(done)),
  ]);
  return { minKeycode, rows, modifiers };
}
