/**
 * A real screen with the real desktop on it, and qubes whose sessions are
 * played by the test: it calls the desktop's port as a session would, fills
 * their pools with known pixels, and remembers what the desktop tells them.
 */
import { DEFAULT_LIMITS } from '../../../src/base/budgets.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { Rect, Size } from '../../../src/base/geometry.ts';
import type { DomainId, QubeName, VmWindowId } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Untrusted } from '../../../src/base/untrusted.ts';
import type { Secret } from '../../../src/channel/channel.ts';
import { PoolHandle } from '../../../src/channel/pool.ts';
import { DEFAULT_QUBE_CLIPBOARD } from '../../../src/config/clipboard.ts';
import type { QubeConfig } from '../../../src/config/config.ts';
import {
  type AttachedQube,
  Desktop,
  type DesktopOptions,
  type WindowInfo,
} from '../../../src/desktop/desktop.ts';
import { native, PAGE_BYTES } from '../../../src/native/addon.ts';
import type { DesktopPort, QubePort, SizeHints, Surface } from '../../../src/session/port.ts';
import { BUILTIN_LABELS, type Label } from '../../../src/trust/label.ts';
import { type Screen, type ScreenOptions, startScreen, waitUntil } from '../../rig/rig.ts';

export type Told =
  | {
      readonly name: 'key';
      readonly id: number;
      readonly pressed: boolean;
      readonly keycode: number;
      readonly x: number;
      readonly y: number;
      readonly state: number;
    }
  | {
      readonly name: 'button';
      readonly id: number;
      readonly pressed: boolean;
      readonly button: number;
      readonly x: number;
      readonly y: number;
      readonly state: number;
    }
  | {
      readonly name: 'motion';
      readonly id: number;
      readonly x: number;
      readonly y: number;
      readonly state: number;
    }
  | {
      readonly name: 'crossing';
      readonly id: number;
      readonly enter: boolean;
      readonly x: number;
      readonly y: number;
      readonly state: number;
      readonly focus: boolean;
    }
  | { readonly name: 'focus'; readonly id: number; readonly focused: boolean }
  | { readonly name: 'keymap'; readonly down: readonly number[] }
  | { readonly name: 'placed'; readonly id: number; readonly rect: Rect }
  | { readonly name: 'flags'; readonly id: number; readonly state: number }
  | { readonly name: 'close'; readonly id: number }
  | { readonly name: 'clipboard-request'; readonly id: number }
  | { readonly name: 'clipboard-data'; readonly id: number; readonly text: string };

/** Takes the session's place towards the desktop. */
class RecordingQube implements QubePort {
  readonly told: Told[] = [];
  /** The window that was told last that it has the focus. */
  focused: number | undefined;

  key(id: number, pressed: boolean, x: number, y: number, state: number, keycode: number): void {
    this.told.push({ name: 'key', id, pressed, keycode, x, y, state });
  }

  button(id: number, pressed: boolean, x: number, y: number, state: number, button: number): void {
    this.told.push({ name: 'button', id, pressed, button, x, y, state });
  }

  motion(id: number, x: number, y: number, state: number): void {
    this.told.push({ name: 'motion', id, x, y, state });
  }

  crossing(
    id: number,
    enter: boolean,
    x: number,
    y: number,
    state: number,
    _mode: number,
    _detail: number,
    focus: boolean,
  ): void {
    this.told.push({ name: 'crossing', id, enter, x, y, state, focus });
  }

  focus(id: number, focused: boolean): void {
    this.told.push({ name: 'focus', id, focused });
    if (focused) this.focused = id;
    else if (this.focused === id) this.focused = undefined;
  }

  keymap(bitmap: Uint8Array): void {
    const keys = Array.from({ length: 256 }, (_, keycode) => keycode);
    const down = keys.filter((k) => ((bitmap[k >> 3] as number) >> (k & 7)) & 1);
    this.told.push({ name: 'keymap', down });
  }

  placed(id: number, rect: Rect): void {
    this.told.push({ name: 'placed', id, rect });
  }

  mapped(): void {}

  flags(id: number, state: number): void {
    this.told.push({ name: 'flags', id, state });
  }

  close(id: number): void {
    this.told.push({ name: 'close', id });
  }

  clipboardRequest(id: number): void {
    this.told.push({ name: 'clipboard-request', id });
  }

  exceeded(): void {}

  readonly clipboardSendMax = 256_000;

  clipboardData(id: number, secret: Secret): boolean {
    let text = '';
    secret.lend((bytes) => {
      text = Buffer.from(bytes).toString('utf8');
      return undefined;
    });
    this.told.push({ name: 'clipboard-data', id, text });
    return true;
  }

  of<N extends Told['name']>(name: N): Extract<Told, { name: N }>[] {
    return this.told.filter((one): one is Extract<Told, { name: N }> => one.name === name);
  }

  /** The last place told of a window. */
  place(id: number): Rect | undefined {
    return this.of('placed').findLast((one) => one.id === id)?.rect;
  }
}

/** The colour that a picture of `seed` has at a place. */
export function pictureColor(seed: number, x: number, y: number): number {
  return (((seed * 40) & 0xff) << 16) | ((x & 0xff) << 8) | (y & 0xff);
}

export class TestQube {
  readonly config: QubeConfig;
  readonly session = new RecordingQube();
  readonly pool: PoolHandle;
  attached!: AttachedQube;
  #nextPage = 0;

  constructor(config: QubeConfig, pool: PoolHandle) {
    this.config = config;
    this.pool = pool;
  }

  get port(): DesktopPort {
    return this.attached.port;
  }

  /** A picture in the pool; `scattered`: its pages lie backwards. */
  picture(size: Size, seed: number, scattered = false): Surface {
    const bytes = Buffer.alloc(size.width * size.height * 4);
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        // The fourth byte is noise: it means nothing.
        const word = (pictureColor(seed, x, y) | ((x * 7 + y * 13) << 24)) >>> 0;
        bytes.writeUInt32LE(word, (y * size.width + x) * 4);
      }
    }
    const pages = Math.ceil(bytes.length / PAGE_BYTES);
    const first = this.#nextPage;
    this.#nextPage += pages;
    const refs = Uint32Array.from({ length: pages }, (_, i) =>
      scattered ? first + pages - 1 - i : first + i,
    );
    for (let i = 0; i < pages; i++) {
      const part = bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES);
      native().writeAt(this.pool.fd, part, (refs[i] as number) * PAGE_BYTES);
    }
    return { ...size, refs, firstPage: scattered ? undefined : first };
  }

  /** Creates, names and dumps a window; `map: false` leaves it at that. */
  open(
    id: number,
    rect: Rect,
    options: {
      readonly seed?: number;
      readonly overrideRedirect?: boolean;
      readonly transientFor?: number;
      readonly hints?: Partial<SizeHints>;
      readonly map?: boolean;
      readonly scattered?: boolean;
    } = {},
  ): VmWindowId {
    const window = id as VmWindowId;
    const overrideRedirect = options.overrideRedirect ?? false;
    const { port } = this;
    port.windowCreated({ id: window, rect, overrideRedirect });
    port.titleChanged(window, new Untrusted(Buffer.from(`window ${id}`)));
    port.hintsChanged(window, {
      userPosition: true,
      programPosition: false,
      min: undefined,
      max: undefined,
      increment: undefined,
      base: undefined,
      ...options.hints,
    });
    if (options.map === false) return window;
    port.windowMapped(window, {
      transientFor: options.transientFor as VmWindowId | undefined,
      overrideRedirect,
    });
    port.surfaceChanged(window, this.picture(rect, options.seed ?? id, options.scattered));
    return window;
  }
}

export class Scene implements AsyncDisposable {
  readonly screen: Screen;
  readonly desktop: Desktop;
  readonly qubes: TestQube[] = [];

  constructor(screen: Screen, desktop: Desktop) {
    this.screen = screen;
    this.desktop = desktop;
  }

  async qube(name: string, label: string, config: Partial<QubeConfig> = {}): Promise<TestQube> {
    const poolBytes = 64 << 20;
    const pool = PoolHandle.take(native().createPool(`test-${name}`, poolBytes), poolBytes);
    const qube = new TestQube(
      {
        name: name as QubeName,
        domainId: (this.qubes.length + 1) as DomainId,
        label: labelNamed(label),
        backend: 'sandbox',
        autostart: false,
        programs: [],
        home: undefined,
        network: false,
        poolBytes,
        fullscreen: false,
        titles: 'unicode',
        limits: { ...DEFAULT_LIMITS, maxWindows: 100, maxQueueBytes: 1 << 20 },
        clipboard: DEFAULT_QUBE_CLIPBOARD,
        ...config,
      },
      pool,
    );
    qube.attached = await this.desktop.attach({ config: qube.config, pool, port: qube.session });
    qube.port.sessionReady('1.8');
    this.qubes.push(qube);
    return qube;
  }

  info(qube: TestQube, id: number): WindowInfo | undefined {
    return this.desktop.windows().find((one) => one.id === id && one.qube === qube.config.name);
  }

  /** Resolves when the window shows pixels of the qube, at a place that did not change meanwhile. */
  async shown(qube: TestQube, id: number): Promise<WindowInfo> {
    return waitUntil(async () => {
      const before = this.info(qube, id);
      if (!before?.mapped || before.firstPixelsMs === undefined) return undefined;
      await this.idle();
      const after = this.info(qube, id);
      return after && JSON.stringify(after) === JSON.stringify(before) && after;
    }, `window ${id} of ${qube.config.name} is shown`);
  }

  /** Everything that is under way in the server, the window manager's answers included, has been seen. */
  async idle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await this.screen.x.sync();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.desktop[Symbol.asyncDispose]();
    for (const { pool } of this.qubes) pool[Symbol.dispose]();
    await this.screen[Symbol.asyncDispose]();
  }
}

export async function openScene(
  options: ScreenOptions,
  more: Partial<Pick<DesktopOptions, 'clipboard' | 'clock' | 'lockers'>> = {},
): Promise<Scene> {
  const screen = await startScreen(options);
  const desktop = await Desktop.open({
    display: screen.server.display,
    cookie: screen.server.cookie,
    frame: { thickness: 6 },
    clock: systemClock,
    log: silentLog,
    ...more,
  });
  return new Scene(screen, desktop);
}

export function labelNamed(name: string): Label {
  const label = BUILTIN_LABELS.find((one) => one.name === name);
  if (!label) throw new Error(`no label ${name}`);
  return label;
}
