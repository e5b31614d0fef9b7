import { BugError } from '../base/errors.ts';
import type { Notice } from '../clipboard/notice.ts';
import type { DrawingOptions, NoticeDrawing } from './drawing.ts';

export interface NoticeOptions extends DrawingOptions {
  /** The chord that pastes into another qube, as a person writes it: `Ctrl+Shift+V`. */
  readonly pasteChord?: string | undefined;
}

/** The picture of a notice. Pure. */
export function noticePicture(_notice: Notice, _options: NoticeOptions): NoticeDrawing {
  throw new BugError('notices are not drawn yet');
}
