/**
 * A program of the qube written by the test: a real client of its X server with
 * windows of any kind, which remembers its events.
 */
import type { VmWindowId } from '../../../src/base/ids.ts';
import type { XConnection } from '../../../src/x11/connection.ts';
import type { XEvent } from '../../../src/x11/events.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import { ATOM, setBytes } from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';

export interface WindowSpec {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly border?: number;
  readonly title?: string;
  readonly overrideRedirect?: boolean;
  readonly inputOnly?: boolean;
  /** Depth 32. */
  readonly argb?: boolean;
  readonly background?: number;
  /** Default: mapped at once. */
  readonly mapped?: boolean;
}

const EVERYTHING =
  EVENT_MASK.keyPress |
  EVENT_MASK.keyRelease |
  EVENT_MASK.buttonPress |
  EVENT_MASK.buttonRelease |
  EVENT_MASK.enterWindow |
  EVENT_MASK.leaveWindow |
  EVENT_MASK.pointerMotion |
  EVENT_MASK.structureNotify |
  EVENT_MASK.focusChange |
  EVENT_MASK.propertyChange;

/** The event type that has `N` among its names. */
type Named<N extends XEvent['name']> = XEvent extends infer E
  ? E extends { readonly name: infer Names }
    ? N extends Names
      ? E
      : never
    : never
  : never;

export class Program {
  readonly x: XConnection;
  readonly events: XEvent[] = [];

  constructor(x: XConnection) {
    this.x = x;
    x.on((event) => this.events.push(event));
  }

  /** Makes a window; `title` is Latin-1 in WM_NAME. */
  window(spec: WindowSpec = {}): VmWindowId {
    const { x } = this;
    const id = x.allocWindowId() as number as VmWindowId;
    const { argb = false, inputOnly = false } = spec;
    let visual = 0;
    let extra = {};
    if (argb) {
      visual = x.screen.argbVisual ?? 0;
      const colormap = x.allocId();
      x.X.CreateColormap(colormap, x.root, visual, 0);
      extra = { borderPixel: 0, colormap };
    }
    x.X.CreateWindow(
      ...([id, x.root, spec.x ?? 10, spec.y ?? 10, spec.width ?? 120, spec.height ?? 90] as const),
      ...([spec.border ?? 0, argb ? 32 : 0, inputOnly ? 2 : 1, visual] as const),
      {
        ...(inputOnly ? {} : { backgroundPixel: spec.background ?? 0x204060 }),
        ...extra,
        overrideRedirect: spec.overrideRedirect ? 1 : 0,
        eventMask: EVERYTHING,
      },
    );
    if (spec.title !== undefined) {
      setBytes(x, id, ATOM.WM_NAME, Buffer.from(spec.title, 'latin1'));
    }
    if (spec.mapped ?? true) x.X.MapWindow(id);
    x.flush();
    return id;
  }

  /** Fills a rectangle. */
  fill(window: number, color: number, rect: readonly [number, number, number, number]): void {
    const gc = this.x.allocId();
    this.x.X.CreateGC(gc, window, { foreground: color });
    this.x.X.PolyFillRectangle(window, gc, rect);
    this.x.X.FreeGC(gc);
    this.x.flush();
  }

  of<N extends XEvent['name']>(name: N): Named<N>[] {
    return this.events.filter((event) => event.name === name) as unknown as Named<N>[];
  }

  /** Waits for the first event that fits. */
  expect<N extends XEvent['name']>(
    name: N,
    fits: (event: Named<N>) => boolean = () => true,
  ): Promise<Named<N>> {
    return waitUntil(() => this.of(name).find(fits), `the program sees ${name}`);
  }
}
