/**
 * Gives the screen of an X server of ours another size while programs use it
 * (RandR 1.2). Xvnc takes any size; Xvfb any up to the one that it was started
 * with: its modes cannot be chosen, but modes of one's own can be added. The
 * screen's one output is never without a mode, so that programs always have a
 * monitor.
 */
import type { Size } from '../base/geometry.ts';
import type { XConnection } from './connection.ts';
import type { Callback, Geometry } from './package-records.ts';

interface Mode {
  readonly id: number;
  readonly width: number;
  readonly height: number;
}

interface Range {
  readonly minWidth: number;
  readonly minHeight: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
}

interface Resources {
  readonly config_timestamp: number;
  readonly outputs: readonly number[];
  readonly modeinfos: readonly Mode[];
}

interface OutputInfo {
  readonly crtc: number;
  readonly modes: readonly number[];
}

/** Of the package's extension `randr`. */
interface RandR {
  GetScreenSizeRange(root: number, done: Callback<Range>): void;
  GetScreenResourcesCurrent(root: number, done: Callback<Resources>): void;
  GetOutputInfo(output: number, configTime: number, done: Callback<OutputInfo>): void;
  SetScreenSize(root: number, width: number, height: number, wideMm: number, highMm: number): void;
  CreateMode(root: number, mode: object, done: Callback<number>): void;
  DestroyMode(mode: number): void;
  AddOutputMode(output: number, mode: number): void;
  DeleteOutputMode(output: number, mode: number): void;
  SetCrtcConfig(
    crtc: number,
    time: number,
    configTime: number,
    x: number,
    y: number,
    mode: number,
    rotation: number,
    outputs: readonly number[],
    done: Callback<{ readonly status: number }>,
  ): void;
}

/** The output that shows the screen, and what it can show. */
interface Shown extends OutputInfo {
  readonly output: number;
  readonly configTime: number;
  readonly known: readonly Mode[];
}

const CURRENT_TIME = 0;
const UPRIGHT = 1;
const MM_PER_INCH = 25.4;
/** What programs are told; nothing is scanned out. */
const REFRESH_HZ = 60;
const MAX_CLOCK_HZ = 0xffff_ffff;

export class ResizableScreen {
  readonly #x: XConnection;
  /** The mode that we added last. */
  #added: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(x: XConnection) {
    this.#x = x;
  }

  /**
   * Calls take effect in their order. False when the server cannot have this
   * size; rejects with an Error when it has no RandR 1.2 or refuses.
   * @param size pixels, 1..32767
   * @param dpi what programs are told
   */
  resize(size: Size, dpi: number): Promise<boolean> {
    const done = this.#last.then(() => this.#resize(size, dpi));
    this.#last = done.catch(() => {});
    return done;
  }

  async #resize(size: Size, dpi: number): Promise<boolean> {
    const x = this.#x;
    const randr = await x.extension<RandR>('randr');
    const range = await x.request<Range>((done) => randr.GetScreenSizeRange(x.root, done));
    const fits = size.width <= range.maxWidth && size.height <= range.maxHeight;
    if (!fits || size.width < range.minWidth || size.height < range.minHeight) return false;
    // No program sees the screen and its output at different sizes.
    x.X.GrabServer();
    try {
      const shown = await this.#shown(randr);
      const mode = await this.#mode(randr, shown, size);
      await this.#apply(randr, shown, mode, size, dpi);
      this.#forget(randr, shown, mode);
    } finally {
      x.X.UngrabServer();
      x.flush();
    }
    return true;
  }

  async #shown(randr: RandR): Promise<Shown> {
    const x = this.#x;
    const resources = await x.request<Resources>((done) =>
      randr.GetScreenResourcesCurrent(x.root, done),
    );
    const { config_timestamp: configTime, outputs, modeinfos: known } = resources;
    for (const output of outputs) {
      const info = await x.request<OutputInfo>((done) =>
        randr.GetOutputInfo(output, configTime, done),
      );
      if (info.crtc !== 0) return { ...info, output, configTime, known };
    }
    throw new Error('no output shows the screen');
  }

  /** A mode of this size that the output has, made if need be. */
  async #mode(randr: RandR, shown: Shown, { width, height }: Size): Promise<number> {
    const x = this.#x;
    const same = shown.known.filter((one) => one.width === width && one.height === height);
    const ready = same.find((one) => shown.modes.includes(one.id));
    if (ready) return ready.id;
    const timing = {
      ...{ h_sync_start: width, h_sync_end: width, h_total: width },
      ...{ v_sync_start: height, v_sync_end: height, v_total: height },
      dot_clock: Math.min(width * height * REFRESH_HZ, MAX_CLOCK_HZ),
    };
    const mode =
      same[0]?.id ??
      (await x.request<number>((done) =>
        randr.CreateMode(x.root, { width, height, name: `${width}x${height}`, ...timing }, done),
      ));
    randr.AddOutputMode(shown.output, mode);
    return mode;
  }

  /** The screen holds the old and the new mode while one takes the place of the other. */
  async #apply(randr: RandR, shown: Shown, mode: number, size: Size, dpi: number): Promise<void> {
    const x = this.#x;
    const mm = (pixels: number): number => Math.max(1, Math.round((pixels * MM_PER_INCH) / dpi));
    const setSize = ({ width, height }: Size): void =>
      randr.SetScreenSize(x.root, width, height, mm(width), mm(height));
    const before = await x.request<Geometry>((done) => x.X.GetGeometry(x.root, done));
    const both = {
      width: Math.max(size.width, before.width),
      height: Math.max(size.height, before.height),
    };
    if (both.width > before.width || both.height > before.height) setSize(both);
    const { status } = await x.request<{ readonly status: number }>((done) =>
      randr.SetCrtcConfig(
        ...([shown.crtc, CURRENT_TIME, shown.configTime, 0, 0] as const),
        ...([mode, UPRIGHT, [shown.output], done] as const),
      ),
    );
    if (status !== 0) throw new Error(`the screen keeps its size: RandR status ${status}`);
    setSize(size);
    await x.sync();
  }

  /** Modes of sizes that are over do not gather. */
  #forget(randr: RandR, shown: Shown, mode: number): void {
    if (this.#added === mode) return;
    if (this.#added !== undefined) {
      randr.DeleteOutputMode(shown.output, this.#added);
      randr.DestroyMode(this.#added);
    }
    this.#added = shown.modes.includes(mode) ? undefined : mode;
  }
}
