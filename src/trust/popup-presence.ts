/**
 * Are the popups of one qube on the screen (DESIGN 8.2)? Pure.
 *
 * States: `shown`; `leaving`, another qube has the user's attention, but not for
 * POPUP_HIDE_MS yet (a window manager passes the focus on in steps); `hidden`.
 * What the qube has mapped is not touched and it is told nothing: when the
 * attention comes back its popups are where they were.
 */

/** A popup goes this long after another qube got the focus, in ms. */
export const POPUP_HIDE_MS = 150;

export type PopupPresence = 'shown' | 'leaving' | 'hidden';

/** The qube has the attention or has it not; the wait that was begun is over. */
export type PresenceEvent = 'here' | 'elsewhere' | 'waited';

/** `wait`: say `waited` after POPUP_HIDE_MS, unless `stay` comes before. */
export type PresenceEffect = 'wait' | 'stay' | 'hide' | 'show';

export interface PresenceStep {
  readonly state: PopupPresence;
  readonly effect: PresenceEffect | undefined;
}

export function stepPresence(state: PopupPresence, event: PresenceEvent): PresenceStep {
  switch (event) {
    case 'here':
      if (state === 'leaving') return { state: 'shown', effect: 'stay' };
      return { state: 'shown', effect: state === 'hidden' ? 'show' : undefined };
    case 'elsewhere':
      return state === 'shown'
        ? { state: 'leaving', effect: 'wait' }
        : { state, effect: undefined };
    case 'waited':
      return state === 'leaving'
        ? { state: 'hidden', effect: 'hide' }
        : { state, effect: undefined };
    default:
      return event satisfies never;
  }
}
