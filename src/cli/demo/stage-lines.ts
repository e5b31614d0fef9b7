/**
 * What the stage tells the demo, one JSON object per line on its standard
 * output; the demo says nothing, it only keeps the stage's input open.
 */
import { type ExitCode, UserError } from '../../base/errors.ts';

export type StageLine =
  /** The directory that holds everything of this demo; removed at the end. */
  | { readonly kind: 'place'; readonly runtimeDir: string }
  /** What is being done, for a person who waits. */
  | { readonly kind: 'step'; readonly text: string }
  | {
      readonly kind: 'ready';
      /** `:N`, for DISPLAY. */
      readonly display: string;
      /** For XAUTHORITY; null = the user's own. */
      readonly xauthority: string | null;
      /** Where a browser shows the screen, good once; null = nowhere. */
      readonly view: string | null;
    }
  /** It cannot go on; everything is being taken down. */
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
      readonly exitCode: ExitCode;
    };

/** Written by the stage of this very version, so its shape is taken at its word. */
export function parseStageLine(line: string): StageLine | undefined {
  try {
    const value = JSON.parse(line) as StageLine | null;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export function errorOf(failed: Extract<StageLine, { kind: 'failed' }>): UserError {
  const { code, message, hint, exitCode } = failed;
  return new UserError(code, message, { exitCode, ...(hint === null ? {} : { hint }) });
}
