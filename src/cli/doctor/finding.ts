/**
 * One thing that was looked at, and what to do about it.
 */
export interface Finding {
  /** What was looked at: `display`, `sandbox`, … */
  readonly check: string;
  /**
   * `problem`: Livery cannot be used; `warning`: something will be missing or weaker;
   * `note`: absent, and nothing that is configured needs it.
   */
  readonly state: 'ok' | 'note' | 'warning' | 'problem';
  readonly text: string;
  /** The command or the change that puts it right. */
  readonly fix?: string;
}

export const ok = (check: string, text: string): Finding => ({ check, state: 'ok', text });

export const note = (check: string, text: string, fix: string): Finding => ({
  check,
  state: 'note',
  text,
  fix,
});

export const warning = (check: string, text: string, fix?: string): Finding => ({
  check,
  state: 'warning',
  text,
  ...(fix === undefined ? {} : { fix }),
});

export const problem = (check: string, text: string, fix?: string): Finding => ({
  check,
  state: 'problem',
  text,
  ...(fix === undefined ? {} : { fix }),
});
