/**
 * Which qubes have the user's attention, and so may show popups (DESIGN 8.2):
 * the qube that got the focus last, and the one in which the user acted last,
 * be it at a tray icon, which takes no focus. As long as no qube has had the
 * focus all may. Pure; what it is told comes from dom0's X server alone.
 */
import type { DomainId } from '../base/ids.ts';

export interface Attention {
  /** Who got the focus last; it stays so while the focus is with no qube. */
  readonly focused: DomainId | undefined;
  /** Where a button or key was pressed last since then. */
  readonly acted: DomainId | undefined;
}

export interface AttentionEvent {
  /** `gone`: no window of it is mapped, or it is not there at all. */
  readonly kind: 'focused' | 'acted' | 'gone';
  readonly qube: DomainId;
}

export const NO_ATTENTION: Attention = { focused: undefined, acted: undefined };

export function stepAttention(state: Attention, { kind, qube }: AttentionEvent): Attention {
  switch (kind) {
    case 'focused':
      return state.focused === qube ? state : { focused: qube, acted: undefined };
    case 'acted':
      return state.acted === qube ? state : { ...state, acted: qube };
    case 'gone':
      if (state.focused !== qube && state.acted !== qube) return state;
      return {
        focused: state.focused === qube ? undefined : state.focused,
        acted: state.acted === qube ? undefined : state.acted,
      };
    default:
      return kind satisfies never;
  }
}

/** May popups of `qube` be on the screen? */
export function hasAttention({ focused, acted }: Attention, qube: DomainId): boolean {
  return focused === undefined || focused === qube || acted === qube;
}
