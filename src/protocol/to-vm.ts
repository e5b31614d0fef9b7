/**
 * Daemon to agent: every message that a daemon may send, as a table, and the
 * union that the daemon encodes and our agent decodes. An agent trusts its
 * daemon, yet steps over what it does not know.
 */
import type { VmWindowId } from '../base/ids.ts';
import {
  Button,
  Configure,
  Crossing,
  Execute,
  Flags,
  Focus,
  GUI_HEADER,
  Key,
  Keymap,
  MapBody,
  Motion,
  Nothing,
  Raw,
  Resize,
} from './bodies.ts';
import { LIMITS } from './limits.ts';
import type { RuleCode } from './rules.ts';
import { exactly, table } from './table.ts';

/** The X event numbers that stand in the `type` field of input messages. */
export const EVENT = {
  keyPress: 2,
  keyRelease: 3,
  buttonPress: 4,
  buttonRelease: 5,
  enter: 7,
  leave: 8,
  focusIn: 9,
  focusOut: 10,
} as const;

/** Every message of the daemon, 1.0 to 1.8. */
export const toVm = table(
  { header: GUI_HEADER, unknown: 'skip', codes: { type: 'GUI_TYPE', length: 'GUI_LENGTH' } },
  [
    {
      type: 124,
      name: 'key',
      wireName: 'KEYPRESS',
      since: 0,
      body: Key,
      length: exactly(Key),
      window: 'any',
      doc: 'A key was pressed (`type` 2) or released (3). `keycode` is an X keycode of dom0; the agent brings its modifiers in line with `state` first.',
    },
    {
      type: 125,
      name: 'button',
      wireName: 'BUTTON',
      since: 0,
      body: Button,
      length: exactly(Button),
      window: 'any',
      doc: 'A button was pressed (`type` 4) or released (5). Agents ignore the position: a MOTION comes before a click at a new place.',
    },
    {
      type: 126,
      name: 'motion',
      wireName: 'MOTION',
      since: 0,
      body: Motion,
      length: exactly(Motion),
      window: 'any',
      doc: 'The pointer is here, relative to the content of the window.',
    },
    {
      type: 127,
      name: 'crossing',
      wireName: 'CROSSING',
      since: 0,
      body: Crossing,
      length: exactly(Crossing),
      window: 'any',
      doc: 'The pointer entered (`type` 7) or left (8) the window. Agents act on mode 0 only.',
    },
    {
      type: 128,
      name: 'focus',
      wireName: 'FOCUS',
      since: 0,
      body: Focus,
      length: exactly(Focus),
      window: 'any',
      doc: 'The window got (`type` 9) or lost (10) the focus. `mode` is always sent as 0.',
    },
    {
      type: 129,
      name: 'resize',
      wireName: 'RESIZE',
      since: 0,
      obsolete: true,
      body: Resize,
      length: exactly(Resize),
      window: 'any',
      doc: 'Obsolete; never sent, stepped over by agents.',
    },
    {
      type: 131,
      name: 'destroyAck',
      wireName: 'DESTROY',
      since: 5,
      body: Nothing,
      length: exactly(Nothing),
      window: 'any',
      doc: 'The answer to DESTROY. Messages for this number that come later mean the next window of that number.',
    },
    {
      type: 132,
      name: 'map',
      wireName: 'MAP',
      since: 0,
      body: MapBody,
      length: exactly(MapBody),
      window: 'any',
      doc: 'dom0 shows the window (restored from minimized, or a tray icon). `transientFor` is always sent as 0 and must be ignored: the reference sends uninitialised bytes.',
    },
    {
      type: 134,
      name: 'configure',
      wireName: 'CONFIGURE',
      since: 0,
      body: Configure,
      length: exactly(Configure),
      window: 'any',
      doc: 'The content has this place and size in dom0. The agent obeys and answers with its own CONFIGURE; there may be no answer when nothing changed.',
    },
    {
      type: 137,
      name: 'close',
      wireName: 'CLOSE',
      since: 0,
      body: Nothing,
      length: exactly(Nothing),
      window: 'any',
      doc: 'The user asked to close the window.',
    },
    {
      type: 138,
      name: 'execute',
      wireName: 'EXECUTE',
      since: 0,
      obsolete: true,
      body: Execute,
      length: exactly(Execute),
      window: 'any',
      doc: 'Obsolete; never sent, stepped over by agents. Programs are started over the service channel.',
    },
    {
      type: 139,
      name: 'clipboardRequest',
      wireName: 'CLIPBOARD_REQ',
      since: 0,
      body: Nothing,
      length: exactly(Nothing),
      window: 'any',
      doc: 'The user pressed the copy chord in this window: send the clipboard. There may be no answer.',
    },
    {
      type: 140,
      name: 'clipboardData',
      wireName: 'CLIPBOARD_DATA',
      since: 0,
      body: Raw,
      length: {
        kind: 'range',
        min: 0,
        max: LIMITS.clipboardNew.value,
        step: 1,
        code: 'GUI_CLIPBOARD_LENGTH',
      },
      window: 'any',
      doc: 'The user pressed the paste chord in this window: this is the clipboard now. Before 1.2 the window field holds the length.',
    },
    {
      type: 142,
      name: 'keymap',
      wireName: 'KEYMAP_NOTIFY',
      since: 0,
      body: Keymap,
      length: exactly(Keymap),
      window: 'any',
      doc: 'Keys that are down, bit k % 8 of byte k / 8 for keycode k; the window is 0. The agent releases every other key. Livery sets only keys that were pressed in this qube.',
    },
    {
      type: 145,
      name: 'flags',
      wireName: 'WINDOW_FLAGS',
      since: 0,
      body: Flags,
      length: exactly(Flags),
      window: 'any',
      doc: 'State of the window in dom0 that changed: 1 fullscreen, 2 demands attention, 4 minimized.',
    },
    {
      type: 149,
      name: 'dumpAck',
      wireName: 'WINDOW_DUMP_ACK',
      since: 7,
      body: Nothing,
      length: exactly(Nothing),
      window: 'any',
      doc: 'The answer to one WINDOW_DUMP or MFNDUMP, in order over all windows, also when the buffer could not be used. The agent may free what the dump before it held.',
    },
  ],
);

type ToVmName = (typeof toVm)['rows'][number]['name'];

interface Of<N extends ToVmName | 'ignored'> {
  readonly name: N;
  readonly window: VmWindowId;
}

interface Pointed {
  /** Relative to the content of the window, i32. */
  readonly x: number;
  readonly y: number;
  /** X modifier and button mask. */
  readonly state: number;
}

/** One message of the daemon. */
export type ToVm =
  | (Of<'key'> & Pointed & { readonly pressed: boolean; readonly keycode: number })
  | (Of<'button'> & Pointed & { readonly pressed: boolean; readonly button: number })
  | (Of<'motion'> & Pointed)
  | (Of<'crossing'> &
      Pointed & {
        readonly entered: boolean;
        readonly mode: number;
        readonly detail: number;
        readonly focus: boolean;
      })
  | (Of<'focus'> & { readonly focused: boolean; readonly mode: number; readonly detail: number })
  | (Of<'resize'> & { readonly width: number; readonly height: number })
  | Of<'destroyAck'>
  | (Of<'map'> & { readonly overrideRedirect: boolean })
  | (Of<'configure'> & {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      /** 0 is sent; the reference agent ignores it. */
      readonly overrideRedirect?: boolean;
    })
  | Of<'close'>
  /** 255 bytes. */
  | (Of<'execute'> & { readonly command: Uint8Array })
  | Of<'clipboardRequest'>
  /** When decoded, a view that is valid until the reader goes on. */
  | (Of<'clipboardData'> & { readonly data: Uint8Array })
  /** 32 bytes; a view when decoded. `window` is 0. */
  | (Of<'keymap'> & { readonly bitmap: Uint8Array })
  | (Of<'flags'> & { readonly set: number; readonly unset: number })
  | Of<'dumpAck'>;

/** What an agent reads: the above, or a message that a `drop` rule takes out. */
export type ToVmRead = ToVm | (Of<'ignored'> & { readonly rule: RuleCode });
