import { BugError } from '../base/errors.ts';
import type { PromptFacts } from '../clipboard/machine-types.ts';
import type { DrawingOptions, PromptDrawing } from './drawing.ts';

export interface PromptOptions extends DrawingOptions {
  /** The keys that answer, as a person writes them: `Ctrl+Enter`, `Esc`. */
  readonly keys: { readonly paste: string; readonly cancel: string };
  /**
   * The first characters of the text as printable ASCII, at most 512 bytes;
   * bytes outside of 0x20..0x7e are drawn as `?`. Copied; the caller overwrites its own.
   */
  readonly preview: Uint8Array;
}

/** The picture of the question whether a text may be pasted. Pure, but for the copy of the preview. */
export function promptPicture(_facts: PromptFacts, _options: PromptOptions): PromptDrawing {
  throw new BugError('prompts are not drawn yet');
}
