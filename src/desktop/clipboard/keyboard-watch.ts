/**
 * The keyboard of dom0's screen, read again whenever the X server says that it
 * changed (another layout, another keyboard). The connection must not have
 * said XkbUseExtension: the server tells such clients nothing by MappingNotify.
 */
import { Emitter } from '../../base/emitter.ts';
import type { XConnection } from '../../x11/connection.ts';
import { type KeyboardMap, NO_KEYBOARD } from './chords.ts';

const POINTER_MAPPING = 2;

export class KeyboardWatch {
  readonly #x: XConnection;
  #map: KeyboardMap = NO_KEYBOARD;
  #version = 0;
  readonly #changes = new Emitter<KeyboardMap>();
  #reading = false;
  #again = false;

  private constructor(x: XConnection) {
    this.#x = x;
  }

  static async start(x: XConnection): Promise<KeyboardWatch> {
    const watch = new KeyboardWatch(x);
    x.on((event) => {
      if (event.name === 'MappingNotify' && event.request !== POINTER_MAPPING) void watch.#read();
    });
    await watch.#read();
    return watch;
  }

  get map(): KeyboardMap {
    return this.#map;
  }

  onChange(listener: (map: KeyboardMap) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Another number for another map: what was made of the map before is old then. */
  get version(): number {
    return this.#version;
  }

  async #read(): Promise<void> {
    this.#again = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#again) {
        this.#again = false;
        const { X, minKeycode, maxKeycode } = this.#x;
        const [rows, modifiers] = await Promise.all([
          this.#x.request<readonly (readonly number[])[]>((done) =>
            X.GetKeyboardMapping(minKeycode, maxKeycode - minKeycode + 1, done),
          ),
          this.#x.request<readonly (readonly number[])[]>((done) => X.GetModifierMapping(done)),
        ]);
        this.#map = { minKeycode, rows, modifiers };
        this.#version++;
        this.#changes.emit(this.#map);
      }
    } catch {
      // The connection is gone; whoever owns it is told so.
    }
    this.#reading = false;
  }
}
