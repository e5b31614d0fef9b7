/** The symbols of notices, on a grid of 24x24: told apart by their shape alone. */
import { INK, ink } from './style.ts';

const DARK = ink(INK.symbol);
const LIGHT = ink(INK.paper);
const DISC = `<circle cx="12" cy="12" r="11" fill="${DARK}"/>`;

function stroke(path: string): string {
  return `<path d="${path}" fill="none" stroke="${LIGHT}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`;
}

export const SYMBOLS = {
  /** Two sheets. */
  copied: `${DISC}<rect x="6.5" y="5.5" width="8" height="10" rx="1" fill="${LIGHT}"/><rect x="9" y="8" width="9" height="11" rx="1" fill="${DARK}"/><rect x="10" y="9" width="7" height="9" rx="1" fill="${LIGHT}"/>`,
  /** One empty sheet. */
  nothing: `<rect x="5.2" y="3.2" width="13.6" height="17.6" rx="1.5" fill="none" stroke="${DARK}" stroke-width="2.4" stroke-dasharray="3 2"/>`,
  pasted: `${DISC}${stroke('M7 12.5l3.5 3.5L17 9')}`,
  refused: `${DISC}<rect x="5.5" y="10.3" width="13" height="3.4" rx="0.8" fill="${LIGHT}"/>`,
  wiped: `${DISC}${stroke('M8 8l8 8M16 8l-8 8')}`,
  problem: `<path d="M12 1.5L23.5 22.5H0.5z" fill="${DARK}" stroke="${DARK}" stroke-linejoin="round"/><rect x="10.7" y="8.5" width="2.6" height="7" rx="1" fill="${LIGHT}"/><circle cx="12" cy="18.6" r="1.5" fill="${LIGHT}"/>`,
  question: `${DISC}${stroke('M8.8 9.4a3.2 3.2 0 1 1 4.9 2.7c-1.1 0.7-1.7 1.2-1.7 2.3')}<circle cx="12" cy="17.6" r="1.5" fill="${LIGHT}"/>`,
  /** Points at the row that keys are for. */
  chosen: `<path d="M7 3l11 9-11 9z" fill="${DARK}"/>`,
  warning: `<path d="M12 2.5L22.5 21.5H1.5z" fill="none" stroke="${DARK}" stroke-width="2.4" stroke-linejoin="round"/><rect x="10.8" y="9" width="2.4" height="6.4" rx="1" fill="${DARK}"/><circle cx="12" cy="18" r="1.4" fill="${DARK}"/>`,
} as const;
