/**
 * What becomes of a qube's windows when dom0's configuration of it is another
 * while they are on the screen: frames, properties and icons wear the new label
 * in one batch of requests, and what is no longer allowed is taken back.
 */
import type { QubeConfig } from '../config/config.ts';
import type { Label } from '../trust/label.ts';
import { safeTitle, windowTitle } from '../trust/title.ts';
import type { FrameMaker } from './frame.ts';
import type { QubeIcons } from './icons.ts';
import type { NameStrips } from './name-strip.ts';
import type { FrameProperties } from './properties.ts';
import type { QubeWindow, QubeWindows } from './qube-window.ts';
import type { WindowFlags } from './window-states.ts';

export interface ChangeParts {
  readonly windows: QubeWindows;
  readonly frames: FrameMaker;
  /** Those of its icons in the tray. */
  readonly trayFrames: FrameMaker;
  readonly properties: FrameProperties;
  readonly icons: QubeIcons;
  readonly flags: WindowFlags;
  /** Where frames say the name. */
  readonly names: NameStrips | undefined;
}

export class ConfigChanges {
  readonly #parts: ChangeParts;

  constructor(parts: ChangeParts) {
    this.#parts = parts;
  }

  /** @param now what holds already for whoever asks the configuration */
  apply(before: QubeConfig, now: QubeConfig): void {
    if (!sameLook(before.label, now.label)) {
      this.#relabel(now.label);
      this.nameFrames(now);
    }
    if (before.titles !== now.titles && now.titles === 'ascii') this.#retitle(now);
    if (before.fullscreen && !now.fullscreen) {
      for (const window of this.#parts.windows) this.#parts.flags.takeFullscreen(window);
    }
  }

  /** The name is drawn by another process, and there a moment later. */
  nameFrames({ name: qube, label }: QubeConfig): void {
    const { names, frames, windows } = this.#parts;
    void names?.wear({ qube, label }, frames, windows);
  }

  #relabel(label: Label): void {
    const { windows, frames, trayFrames, properties, icons } = this.#parts;
    const of = (docked: boolean): QubeWindow[] =>
      [...windows].filter((window) => window.docked === docked);
    const made = (some: readonly QubeWindow[]) => some.map((window) => window.windows);
    frames.relabel(label, made(of(false)));
    trayFrames.relabel(label, made(of(true)));
    properties.relabel(
      label,
      [...windows].map((window) => window.windows.frame),
    );
    icons.relabel(label);
  }

  /** The text itself was not kept; what was made of it says all that ASCII can. */
  #retitle({ name, titles }: QubeConfig): void {
    for (const window of this.#parts.windows) {
      const safe = window.title.slice(windowTitle(name, '').length).trimStart();
      window.title = windowTitle(name, safeTitle(Buffer.from(safe), titles));
      this.#parts.properties.setTitle(window.windows.frame, window.title);
    }
  }
}

function sameLook(one: Label, two: Label): boolean {
  return (
    one.name === two.name &&
    one.color === two.color &&
    one.pattern === two.pattern &&
    one.index === two.index
  );
}
