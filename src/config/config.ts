/**
 * What livery.toml says once it has been checked: the only source of names,
 * labels, policy and limits (DESIGN 1 "authority"). Everything here is plain
 * data of dom0; nothing in it ever came from a qube.
 */
import type { Limits } from '../base/budgets.ts';
import type { DomainId, QubeName } from '../base/ids.ts';
import type { Label } from '../trust/label.ts';
import type { Chord } from './chord.ts';

export interface QubeConfig {
  readonly name: QubeName;
  /** `id` of the file, or counted from 1 in the order of the file. */
  readonly domainId: DomainId;
  readonly label: Label;
  /**
   * `qemu`: a virtual machine; `xen`: a domain of Xen, shown as long as it is
   * there; `attach`: somebody else runs it, and it is shown as long as its channel
   * is there.
   */
  readonly backend: 'sandbox' | 'qemu' | 'xen' | 'attach';
  /** With `xen` only: the name of its domain. */
  readonly domain?: string | undefined;
  /** With `attach` only: where the daemon itself finds it; undefined = it is handed over (livery-guid --daemon). */
  readonly attach?: QubePlace | undefined;
  /** Start it together with the keeper (`livery demo` starts all). */
  readonly autostart: boolean;
  /** Programs that are started in it once it is up: argument vectors. */
  readonly programs: readonly (readonly string[])[];
  /** Where its home lies on the host, or with `qemu` the disk with it; undefined = disposable (tmpfs). */
  readonly home: string | undefined;
  /** With `qemu` only: bytes of that disk when it is made; undefined = the backend's default. */
  readonly homeBytes?: number | undefined;
  /** `false` = no network at all; `true` = a stack of its own (pasta or slirp4netns). */
  readonly network: boolean;
  /** With `qemu` only: bytes of the machine's memory; undefined = the backend's default. */
  readonly memoryBytes?: number | undefined;
  /** Pool size in bytes; undefined = the default of DESIGN 4. */
  readonly poolBytes: number | undefined;
  /** Real fullscreen (with the frame still visible) instead of maximise. */
  readonly fullscreen: boolean;
  /** `unicode` (default, DESIGN 8.4) or `ascii` titles. */
  readonly titles: 'unicode' | 'ascii';
  /**
   * Windows without the window manager: `limited` (default, DESIGN 8.2), `free`
   * (the limits on their size are off) or `never`.
   */
  readonly overrideRedirect?: 'limited' | 'free' | 'never';
  /** More properties for every frame of the qube. */
  readonly properties?: readonly FrameProperty[];
  readonly limits: Limits;
  readonly clipboard: QubeClipboard;
}

/** Somebody else runs it: its life is not the keeper's. */
export function isForeign({ backend }: Pick<QubeConfig, 'backend'>): boolean {
  return backend === 'attach' || backend === 'xen';
}

/** A keeper is of use, unless every qube is a domain of Xen. */
export function needsKeeper({ qubes }: Config): boolean {
  return qubes.size === 0 || [...qubes.values()].some(({ backend }) => backend !== 'xen');
}

/** Where a qube that somebody else runs is reached. */
export interface QubePlace {
  /** Directory of `vchan.<id>.0.6000.sock`. */
  readonly channelDir: string;
  /** Directory of `dom-<id>.pool`; whoever can write in it can show what they like in the qube's frame. */
  readonly poolDir: string;
}

/** A qube's part in copying and pasting between qubes. */
export interface QubeClipboard {
  /** Undefined = switched off for this qube; never the same as `pasteChord`. */
  readonly copyChord: Chord | undefined;
  readonly pasteChord: Chord | undefined;
  /** Most bytes that are taken from it, 256..256000 (gui-daemon 4.9). */
  readonly maxBytes: number;
  /** `@careful` of the policy: every way in and out of it is asked about. */
  readonly careful: boolean;
}

/** What holds for the clipboard between all qubes (DESIGN 9). */
export interface ClipboardConfig {
  /** The text is wiped after this time; undefined = not by time. */
  readonly keepMs: number | undefined;
  /** A qube's answer to the copy chord is waited for so long. */
  readonly answerMs: number;
  /** A prompt answers itself with "no" after this time. */
  readonly promptMs: number;
  /** Wiped when the screen is locked. */
  readonly wipeOnLock: boolean;
  /** A policy that must be there; undefined = clipboard.policy beside livery.toml, else the shipped one. */
  readonly policyFile: string | undefined;
  /** Where the audit log lies; undefined = the user's state directory. */
  readonly auditDir: string | undefined;
  /** The file that also knows the end of the audit log; undefined = in the user's data directory. */
  readonly auditHead: string | undefined;
}

/** dom0's strip on the screen and its attention overlay (DESIGN 10). */
export interface PanelConfig {
  /** The strip is shown. */
  readonly enabled: boolean;
  /** Of the first monitor. */
  readonly edge: 'top' | 'bottom';
  /** Undefined = there is no key for the overlay. */
  readonly overlayChord: Chord | undefined;
}

/** A property of an X window that dom0 wants on a qube's frames; never written over Livery's own. */
export type FrameProperty =
  | { readonly name: string; readonly type: 'string' | 'atom'; readonly value: string }
  | { readonly name: string; readonly type: 'cardinals'; readonly value: readonly number[] };

/** `auto`: those that the window manager gives no title bar. Menus never do. */
export type FrameName = boolean | 'auto';

export interface Config {
  /** The file it was read from; undefined = built-in defaults. */
  readonly file: string | undefined;
  readonly labels: ReadonlyMap<string, Label>;
  readonly qubes: ReadonlyMap<QubeName, QubeConfig>;
  readonly frame: {
    /** Thickness in pixels at 96 dpi (DESIGN 2: 6), 2..32. */
    readonly thickness: number;
    /** Which frames say the qube's name below their upper side; absent = none. */
    readonly name?: FrameName;
  };
  readonly clipboard: ClipboardConfig;
  readonly panel: PanelConfig;
}
