/**
 * The qube's own X server and our two connections to it: one for everything
 * through the x11 package, one for the pixels. Programs of the qube are its
 * other clients; none of them may connect before the agent stands as window
 * manager.
 */
import type { Scope } from '../base/scope.ts';
import { XConnection } from '../x11/connection.ts';
import {
  type Composite,
  type Fixes,
  openComposite,
  openFixes,
  openXTest,
  watchKeyboard,
  type XTest,
} from '../x11/extensions.ts';
import { FramebufferFile } from '../x11/framebuffer-file.ts';
import { DrawLane, type LaneHandler } from '../x11/lane.ts';
import { ResizableScreen } from '../x11/resizable-screen.ts';
import { startXServer, type XServer, type XServerOptions } from '../x11/server.ts';
import { DEFAULT_DPI, roomFor, type ScreenSize } from './screen-size.ts';

/** Every atom that the agent needs beside the predefined ones. */
const ATOMS = [
  'ATOM_PAIR',
  'CLIPBOARD',
  'INCR',
  'LIVERY_SELECTION',
  'LIVERY_TIME',
  'MANAGER',
  'MULTIPLE',
  'TARGETS',
  'TEXT',
  'TIMESTAMP',
  'UTF8_STRING',
  'WM_CHANGE_STATE',
  'WM_DELETE_WINDOW',
  'WM_PROTOCOLS',
  'WM_STATE',
  'WM_TAKE_FOCUS',
  '_NET_ACTIVE_WINDOW',
  '_NET_SUPPORTED',
  '_NET_SUPPORTING_WM_CHECK',
  '_NET_SYSTEM_TRAY_OPCODE',
  '_NET_SYSTEM_TRAY_ORIENTATION',
  '_NET_SYSTEM_TRAY_S0',
  '_NET_SYSTEM_TRAY_VISUAL',
  '_NET_WM_ICON',
  '_NET_WM_NAME',
  '_NET_WM_PING',
  '_NET_WM_STATE',
  '_NET_WM_STATE_DEMANDS_ATTENTION',
  '_NET_WM_STATE_FULLSCREEN',
  '_NET_WM_STATE_HIDDEN',
  '_XEMBED',
  '_XEMBED_INFO',
  'text/plain',
  'text/plain;charset=utf-8',
] as const;

/**
 * For the server to start, and for it to answer then: it is ours and its end is
 * noticed, but the processors of a virtual machine may be another's for long.
 */
const START_MS = 60_000;

export type Atoms = Readonly<Record<(typeof ATOMS)[number], number>>;

export interface XScreen {
  readonly server: XServer;
  readonly x: XConnection;
  readonly lane: DrawLane;
  readonly atoms: Atoms;
  readonly composite: Composite;
  readonly fixes: Fixes;
  readonly xtest: XTest;
  /** XkbStateNotify tells of every change of the modifiers. */
  readonly tellsModifiers: boolean;
  /** The screen gets this size; false when it cannot have it. Rejects with an Error. */
  resize(size: ScreenSize): Promise<boolean>;
}

/**
 * Starts the server and connects; everything opened belongs to `scope`.
 * Rejects with UserError X_SERVER or X_CONNECT.
 */
export async function openXScreen(
  options: XServerOptions,
  handler: LaneHandler,
  scope: Scope,
): Promise<XScreen> {
  const { server, framebuffer } = await startRoomy({ timeoutMs: START_MS, ...options }, scope);
  const { display, cookie } = server;
  const x = scope.own(
    await XConnection.open(display, { name: 'agent', cookie, timeoutMs: START_MS }),
  );
  const size = new ResizableScreen(x);
  if (framebuffer) {
    await size.resize(options, options.dpi ?? DEFAULT_DPI);
    framebuffer.empty();
    x.X.ClearArea(x.root, 0, 0, 0, 0, 0);
  }
  const lane = scope.own(await DrawLane.open(display, { handler, cookie }));
  const [atoms, composite, fixes, xtest, tellsModifiers] = await Promise.all([
    x.intern(ATOMS),
    openComposite(x),
    openFixes(x),
    openXTest(x),
    watchKeyboard(x),
  ]);
  const resize: XScreen['resize'] = async (wanted) => {
    if (framebuffer && !framebuffer.hasRoomFor(wanted)) return false;
    return size.resize(wanted, wanted.dpi ?? DEFAULT_DPI);
  };
  return { server, x, lane, atoms, composite, fixes, xtest, tellsModifiers, resize };
}

/** A server that can grow, or, where there is no memory for that, one that cannot. */
async function startRoomy(
  options: XServerOptions,
  scope: Scope,
): Promise<{ server: XServer; framebuffer: FramebufferFile | undefined }> {
  const framebuffer = options.kind === 'xvfb' ? FramebufferFile.make(roomFor(options)) : undefined;
  if (framebuffer) {
    scope.own(framebuffer);
    try {
      return { server: scope.own(await startXServer({ ...options, framebuffer })), framebuffer };
    } catch {
      // As before there were screens that grow: what is really wrong is said below.
      framebuffer[Symbol.dispose]();
    }
  }
  return { server: scope.own(await startXServer(options)), framebuffer: undefined };
}
