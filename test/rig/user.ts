/**
 * A person at the screen: moves the mouse, clicks and types through XTEST.
 * Each act is in the server's hands when its promise resolves.
 */
import type { XConnection } from '../../src/x11/connection.ts';
import { openXTest, type XTest } from '../../src/x11/extensions.ts';

const FAKE = { keyPress: 2, keyRelease: 3, buttonPress: 4, buttonRelease: 5, motion: 6 } as const;
/** XK_… of what tests type; letters and digits are their Latin-1 code. */
export const KEYSYM = {
  shift: 0xffe1,
  control: 0xffe3,
  alt: 0xffe9,
  super: 0xffeb,
  up: 0xff52,
  down: 0xff54,
  tab: 0xff09,
  enter: 0xff0d,
  escape: 0xff1b,
} as const;

export class User {
  readonly #x: XConnection;
  readonly #test: XTest;
  readonly #keycodes: ReadonlyMap<number, number>;

  private constructor(x: XConnection, test: XTest, keycodes: ReadonlyMap<number, number>) {
    this.#x = x;
    this.#test = test;
    this.#keycodes = keycodes;
  }

  static async sit(x: XConnection): Promise<User> {
    const test = await openXTest(x);
    const first = x.minKeycode;
    const rows = await x.request<readonly (readonly number[])[]>((done) =>
      x.X.GetKeyboardMapping(first, x.maxKeycode - first + 1, done),
    );
    const keycodes = new Map<number, number>();
    for (const [at, [plain]] of rows.entries()) {
      if (plain && !keycodes.has(plain)) keycodes.set(plain, first + at);
    }
    return new User(x, test, keycodes);
  }

  /** The keycode that gives `keysym` without modifiers. */
  keycode(keysym: number): number {
    const keycode = this.#keycodes.get(keysym);
    if (keycode === undefined) throw new Error(`no key gives the keysym ${keysym}`);
    return keycode;
  }

  async move(x: number, y: number): Promise<void> {
    this.#test.FakeInput(FAKE.motion, 0, 0, this.#x.root, x, y);
    await this.#x.sync();
  }

  async button(button: number, pressed: boolean): Promise<void> {
    const type = pressed ? FAKE.buttonPress : FAKE.buttonRelease;
    this.#test.FakeInput(type, button, 0, this.#x.root, 0, 0);
    await this.#x.sync();
  }

  /** Moves there, presses and releases. */
  async click(x: number, y: number, button = 1): Promise<void> {
    await this.move(x, y);
    await this.button(button, true);
    await this.button(button, false);
  }

  key(keysym: number, pressed: boolean): Promise<void> {
    return this.code(this.keycode(keysym), pressed);
  }

  /** The key at a place of the keyboard, whatever it gives. */
  async code(keycode: number, pressed: boolean): Promise<void> {
    const type = pressed ? FAKE.keyPress : FAKE.keyRelease;
    this.#test.FakeInput(type, keycode, 0, this.#x.root, 0, 0);
    await this.#x.sync();
  }

  /** Presses and releases the keys of `keysyms`, the first ones held: `tap(KEYSYM.alt, KEYSYM.tab)`. */
  async tap(...keysyms: readonly number[]): Promise<void> {
    for (const keysym of keysyms) await this.key(keysym, true);
    for (const keysym of [...keysyms].reverse()) await this.key(keysym, false);
  }

  /** Lower-case letters, digits and spaces. */
  async type(text: string): Promise<void> {
    for (const char of text) await this.tap(char.charCodeAt(0));
  }
}
