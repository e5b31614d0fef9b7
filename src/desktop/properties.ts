/**
 * What a frame says about itself to window managers, panels and other programs
 * of dom0: whose it is, what it is called, how large it may be. Everything
 * comes from dom0 or was made safe before (trust/title.ts).
 */
import { hostname } from 'node:os';
import type { QubeName, VmWindowId, XWindowId } from '../base/ids.ts';
import { BUILTIN_LABELS, type Label } from '../trust/label.ts';
import type { XConnection } from '../x11/connection.ts';
import { ATOM, setAtoms, setBytes, setCardinals, setText, setWindows } from '../x11/properties.ts';
import type { Atoms } from './atoms.ts';
import type { PropertyWriter } from './extra-properties.ts';
import type { NetState } from './window-flags.ts';

/** WM_HINTS flags: input and initial state are given. */
const INPUT_AND_STATE = 3;
const NORMAL_STATE = 1;

export class FrameProperties {
  readonly #x: XConnection;
  readonly #atoms: Atoms;
  readonly #qube: QubeName;
  #label: Label;
  readonly #extra: readonly PropertyWriter[];
  readonly #namesProcess: boolean;
  readonly #host = Buffer.from(hostname(), 'latin1');

  /**
   * @param namesProcess frames carry the number of this process; window managers end it when a
   * window does not answer, so only where the window manager hears from us and no program
   */
  constructor(
    x: XConnection,
    atoms: Atoms,
    qube: QubeName,
    label: Label,
    extra: readonly PropertyWriter[],
    namesProcess: boolean,
  ) {
    this.#x = x;
    this.#namesProcess = namesProcess;
    this.#extra = extra;
    this.#atoms = atoms;
    this.#qube = qube;
    this.#label = label;
  }

  /** What does not change with the window; written before the first map. */
  writeFixed(frame: XWindowId, id: VmWindowId): void {
    const x = this.#x;
    const atoms = this.#atoms;
    // First, so that none of them stands in the place of ours.
    for (const write of this.#extra) write(frame);
    setBytes(x, frame, ATOM.WM_CLIENT_MACHINE, this.#host);
    if (this.#namesProcess) setCardinals(x, frame, atoms._NET_WM_PID, [process.pid]);
    setAtoms(x, frame, atoms.WM_PROTOCOLS, [atoms.WM_DELETE_WINDOW, atoms._NET_WM_PING]);
    setCardinals(
      x,
      frame,
      ATOM.WM_HINTS,
      [INPUT_AND_STATE, 1, NORMAL_STATE, 0, 0, 0, 0, 0, 0],
      ATOM.WM_HINTS,
    );
    this.#writeLabel(frame);
    setBytes(x, frame, atoms._QUBES_VMNAME, Buffer.from(this.#qube, 'latin1'));
    setWindows(x, frame, atoms._QUBES_VMWINDOWID, [id]);
  }

  /** The qube wears another label; its frames say so. */
  relabel(label: Label, frames: Iterable<XWindowId>): void {
    this.#label = label;
    for (const frame of frames) this.#writeLabel(frame);
  }

  #writeLabel(frame: XWindowId): void {
    const { _QUBES_LABEL, _QUBES_LABEL_COLOR } = this.#atoms;
    const number = Buffer.from([labelNumber(this.#label)]);
    setBytes(this.#x, frame, _QUBES_LABEL, number, ATOM.CARDINAL);
    setCardinals(this.#x, frame, _QUBES_LABEL_COLOR, [this.#label.color]);
  }

  /** @param title the whole caption, prefix included */
  setTitle(frame: XWindowId, title: string): void {
    const { UTF8_STRING, _NET_WM_NAME, _NET_WM_ICON_NAME } = this.#atoms;
    for (const property of [ATOM.WM_NAME, ATOM.WM_ICON_NAME, _NET_WM_NAME, _NET_WM_ICON_NAME]) {
      setText(this.#x, frame, property, title, UTF8_STRING);
    }
  }

  /** Both halves with the qube's prefix already. */
  setClass(frame: XWindowId, instance: string, name: string): void {
    setBytes(this.#x, frame, ATOM.WM_CLASS, Buffer.from(`${instance}\0${name}\0`, 'latin1'));
  }

  /** @param words of `normalHints` */
  setHints(frame: XWindowId, words: readonly number[]): void {
    setCardinals(this.#x, frame, ATOM.WM_NORMAL_HINTS, words, ATOM.WM_SIZE_HINTS);
  }

  /** `parent` is another frame of the same qube. */
  setTransientFor(frame: XWindowId, parent: XWindowId | undefined): void {
    if (parent === undefined) this.#x.X.DeleteProperty(frame, ATOM.WM_TRANSIENT_FOR);
    else setWindows(this.#x, frame, ATOM.WM_TRANSIENT_FOR, [parent]);
  }

  /** Of a managed window; the wire does not say more than whether it belongs to another. */
  setType(frame: XWindowId, dialog: boolean): void {
    const atoms = this.#atoms;
    const type = dialog ? atoms._NET_WM_WINDOW_TYPE_DIALOG : atoms._NET_WM_WINDOW_TYPE_NORMAL;
    setAtoms(this.#x, frame, atoms._NET_WM_WINDOW_TYPE, [type]);
  }

  /** Of a window that is not mapped; 0 = do not focus it when it is. */
  setUserTime(frame: XWindowId, time: number): void {
    setCardinals(this.#x, frame, this.#atoms._NET_WM_USER_TIME, [time]);
  }

  /** For a window that is not mapped; of a mapped one the window manager owns it. */
  setStates(frame: XWindowId, states: readonly NetState[]): void {
    const { _NET_WM_STATE } = this.#atoms;
    if (states.length === 0) this.#x.X.DeleteProperty(frame, _NET_WM_STATE);
    else
      setAtoms(
        this.#x,
        frame,
        _NET_WM_STATE,
        states.map((name) => this.#atoms[name]),
      );
  }
}

/** The label's own number, else its position among the well-known labels counted from 1, 0 for a label of the user's own. */
function labelNumber(label: Label): number {
  if (label.index !== undefined) return label.index & 0xff;
  return BUILTIN_LABELS.findIndex((one) => one.name === label.name) + 1;
}
