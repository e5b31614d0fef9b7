/**
 * Whether dom0's X server is Xwayland: there windows of other programs can
 * cover ours without the X server knowing, so some promises do not hold
 * (DESIGN 8.10).
 */
import { XConnection } from '../x11/connection.ts';
import type { Display } from '../x11/display.ts';
import { monitors } from '../x11/randr.ts';
import { queryExtension } from '../x11/shm.ts';
import type { Cookie } from '../x11/xauthority.ts';

export const XWAYLAND_WARNING =
  'this X server is Xwayland: other programs can cover windows and prompts, screenshots do not show all there is; use --own-screen for a screen where everything holds';

/** By the extension that newer ones have, or the name of the output of older ones. */
export async function isXwayland(display: Display, cookie: Cookie | undefined): Promise<boolean> {
  using x = await XConnection.open(display, {
    name: 'check',
    ...(cookie === undefined ? {} : { cookie }),
  });
  const named = await queryExtension(x, 'XWAYLAND').then(
    () => true,
    () => false,
  );
  if (named) return true;
  return (await monitors(x)).some((monitor) => monitor.name.startsWith('XWAYLAND'));
}
