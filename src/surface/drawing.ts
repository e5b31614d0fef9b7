/**
 * What is to be drawn: SVG made of dom0's own strings, and the size of the
 * picture in pixels of the screen. Nothing that a qube chose is in it but the
 * preview of a prompt, which is bytes and never a string.
 */
import type { Rect, Size } from '../base/geometry.ts';
import type { Language } from './words.ts';

/** A picture without secrets: it may be kept and shown again. */
export interface Drawing extends Size {
  /** The same text is the same picture. */
  readonly svg: string;
}

/** A notice, and when it says something else: milliseconds of the clock, for its countdown. */
export interface NoticeDrawing extends Drawing {
  readonly changesAtMs: number | undefined;
}

/** A picture with a piece of the text in it: drawn once by a renderer of its own, never kept. */
export interface SecretDrawing extends Size {
  /** UTF-8; overwritten by `RendererClient.renderSecret`, or by `wipe`. */
  readonly svg: Uint8Array;
  /** Overwrites the bytes; harmless when it was done before. */
  wipe(): void;
}

/** The prompt, with the places of what can be clicked, in pixels from its upper left corner. */
export interface PromptDrawing extends SecretDrawing {
  readonly paste: Rect;
  readonly cancel: Rect;
  /** Where `SurfaceWindow.drawBar` shows how much of the time is left. */
  readonly bar: Rect;
}

export interface DrawingOptions {
  /** Pixels per pixel at 96 dpi, 1..4; 1.5 at 144 dpi. */
  readonly scale: number;
  readonly language: Language;
  /** Now, on the clock that the times in the notice or prompt are of. */
  readonly nowMs: number;
}
