/**
 * The panel's part of livery.toml: the strip on the screen and the key of the
 * attention overlay.
 */
import { chordText, MODIFIER, sameChord } from './chord.ts';
import type { PanelConfig, QubeClipboard, QubeConfig } from './config.ts';
import type { Mistakes } from './mistakes.ts';
import type { PanelEntry } from './schema.ts';

/**
 * What holds when the file says nothing. The strip takes room from every
 * window and may meet a bar that is there already, so it is asked for; `livery
 * demo` and the example do. The overlay takes nothing until its key is pressed.
 */
export const DEFAULT_PANEL: PanelConfig = {
  enabled: false,
  edge: 'top',
  overlayChord: { modifiers: MODIFIER.mod4, keysym: 'Escape' },
};

export function panelOf(entry: PanelEntry | undefined): PanelConfig {
  return {
    enabled: entry?.enabled ?? DEFAULT_PANEL.enabled,
    edge: entry?.edge ?? DEFAULT_PANEL.edge,
    overlayChord: entry?.overlay === undefined ? DEFAULT_PANEL.overlayChord : entry.overlay.chord,
  };
}

/** The overlay's key never reaches a qube, so it cannot be one that copies or pastes in one. */
export function refuseOverlayChord(
  { overlayChord }: PanelConfig,
  forAll: QubeClipboard,
  qubes: readonly QubeConfig[],
  mistakes: Mistakes,
): void {
  if (!overlayChord) return;
  const uses = [
    { name: '[clipboard]', clipboard: forAll },
    ...qubes.map(({ name, clipboard }) => ({ name: `[qube.${name}.clipboard]`, clipboard })),
  ];
  for (const { name, clipboard } of uses) {
    const { copyChord, pasteChord } = clipboard;
    if (!sameChord(overlayChord, copyChord) && !sameChord(overlayChord, pasteChord)) continue;
    const shown = chordText(overlayChord);
    mistakes.add(
      ['panel', 'overlay'],
      `${shown} copies or pastes in ${name}; expected another chord`,
    );
    return;
  }
}
