/**
 * Names of key sequences as guid.conf has them: modifiers, each with a dash,
 * and the name of a keysym: `Ctrl-Shift-c`. Pure.
 */
const MODIFIERS = ['Shift', 'Ctrl', 'Mod1', 'Alt', 'Mod2', 'Mod3', 'Mod4'] as const;
export type Modifier = Exclude<(typeof MODIFIERS)[number], 'Alt'>;

export interface KeySequence {
  readonly modifiers: readonly Modifier[];
  /** Without `XK_`; upper and lower case differ. */
  readonly keysym: string;
}

export type ParsedSequence =
  | { readonly ok: true; readonly sequence: KeySequence | undefined }
  | { readonly ok: false; readonly fault: string };

/** Undefined sequence = switched off (`disable`, `none`). */
export function parseSequence(text: string): ParsedSequence {
  if (/^(disable|none)$/i.test(text)) return { ok: true, sequence: undefined };
  const modifiers: Modifier[] = [];
  let rest = text;
  for (;;) {
    const lower = rest.toLowerCase();
    const found = MODIFIERS.find((name) => lower.startsWith(`${name.toLowerCase()}-`));
    if (found === undefined) break;
    rest = rest.slice(found.length + 1);
    modifiers.push(found === 'Alt' ? 'Mod1' : found);
  }
  if (!/^[A-Za-z0-9_]+$/.test(rest)) {
    return { ok: false, fault: `expected a key such as Ctrl-Shift-c, found "${text}"` };
  }
  return { ok: true, sequence: { modifiers, keysym: rest } };
}
