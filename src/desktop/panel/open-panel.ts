/**
 * Opens the strip and the key of the attention overlay on dom0's screen, and
 * brings together what they show: the focus and the windows from the desktop,
 * the clipboard from its desk, and the state of the qubes from the rest of dom0.
 */
import { messageOf } from '../../base/errors.ts';
import type { QubeName } from '../../base/ids.ts';
import type { Scope } from '../../base/scope.ts';
import type { NamedLabel } from '../../clipboard/notice.ts';
import type { ClipboardGlance } from '../../surface/qube-glance.ts';
import { wordsOf } from '../../surface/words.ts';
import { type Darken, openDarken } from '../../x11/render.ts';
import type { ClipboardDesk } from '../clipboard/clipboard-desk.ts';
import { ChipShelf } from './chip-shelf.ts';
import { Dock } from './dock.ts';
import { KeyboardHold } from './keyboard-hold.ts';
import { Overlay, type OverlayParts } from './overlay.ts';
import { OverlayKey } from './overlay-key.ts';
import type { OverlayAct } from './overlay-list.ts';
import { Panel } from './panel.ts';
import type { PanelOptions } from './panel-port.ts';
import type { OwnedFrame } from './scene.ts';

/** What the panel asks the desktop. */
export interface PanelView {
  /** Frames of qubes that may show now. */
  frames(): readonly OwnedFrame[];
  /** The qube whose window has the X focus. */
  focused(): NamedLabel | undefined;
}

/** What the desktop tells the panel. */
export interface PanelFace {
  /** The focus, the clipboard or a qube's state is another. */
  changed(): void;
  /** The screen was locked: what is shown is for nobody. */
  locked(): void;
}

/** Everything opened is owned by `scope`. */
export async function openPanel(
  options: PanelOptions,
  view: PanelView,
  desk: ClipboardDesk,
  scope: Scope,
): Promise<PanelFace> {
  const { port, enabled, edge, overlayChord } = options;
  const { stage } = desk;
  const { x, log } = stage;
  let panel: Panel | undefined;
  let overlay: Overlay | undefined;

  const named = (qube: string | undefined): NamedLabel | undefined => {
    const label = qube === undefined ? undefined : port.labelOf(qube);
    return label && { qube: qube as QubeName, label };
  };
  const clipboard = (): ClipboardGlance => {
    const { state, source, size, wipeInMs } = desk.show();
    const from = named(source);
    if (!from || state === 'empty') return { kind: 'empty' };
    if (size === undefined) return { kind: 'waiting', source: from };
    const wipeAtMs = wipeInMs === undefined ? undefined : stage.clock.nowMs() + wipeInMs;
    return { kind: 'kept', source: from, size, wipeAtMs };
  };
  const carryOut = async ({ kind, qube }: OverlayAct): Promise<void> => {
    try {
      if (kind === 'stop') await port.stop(qube);
      else if (kind === 'pause') await port.pause(qube);
      else await port.goOn(qube);
      log.info({ qube, act: kind }, 'asked for in the overlay');
    } catch (error) {
      log.warn(
        { qube, act: kind, reason: messageOf(error) },
        'asked for in the overlay, and failed',
      );
      const words = wordsOf(stage.language).overlay.failed;
      desk.problem(words[kind](qube, messageOf(error)));
    }
  };

  const hold = scope.own(new KeyboardHold(x));
  const chips = scope.own(new ChipShelf(x, stage.pictures, stage.scale));
  const darken = await openDarken(x).catch((): Darken | undefined => undefined);
  const parts: OverlayParts = {
    ...{ stage, keyboard: desk.keyboard, taken: desk.taken, hold, chips, darken },
    frames: view.frames,
    rows: () => {
      const frames = view.frames();
      const count = (name: QubeName): number =>
        frames.filter(({ owner }) => owner.qube === name).length;
      return port.qubes().map((qube) => ({ ...qube, windows: count(qube.qube) }));
    },
    focused: () => view.focused()?.qube,
    carryOut,
  };
  const open = (): void => {
    overlay ??= new Overlay(parts, () => {
      overlay = undefined;
    });
  };
  const close = (): void => {
    overlay?.[Symbol.dispose]();
    overlay = undefined;
  };
  scope.onClose(close);
  if (overlayChord)
    scope.own(new OverlayKey({ x, keyboard: desk.keyboard, log }, overlayChord, open));
  if (enabled) {
    const dock = await Dock.open(x);
    const facts = () => ({ focused: view.focused(), clipboard: clipboard(), qubes: port.qubes() });
    panel = scope.own(new Panel({ stage, dock, edge, facts, clicked: open }));
  }
  return {
    changed: () => {
      panel?.changed();
      overlay?.changed();
    },
    locked: close,
  };
}
