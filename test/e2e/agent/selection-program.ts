/**
 * Programs of the qube that own or take selections in ways that xclip and GTK
 * do not at these sizes: an owner that sends its text in pieces (and may stop
 * half way), a requestor that counts the pieces it is given.
 */
import type { SelectionRequestEvent } from '../../../src/x11/events.ts';
import { EVENT_MASK } from '../../../src/x11/package-records.ts';
import {
  ATOM,
  cardinalsOf,
  getProperty,
  setAtoms,
  setBytes,
  setCardinals,
} from '../../../src/x11/properties.ts';
import { waitUntil } from '../../rig/wait.ts';
import type { Program } from './program.ts';

export interface Selections {
  readonly CLIPBOARD: number;
  readonly INCR: number;
  readonly TARGETS: number;
  readonly UTF8_STRING: number;
  readonly TEXT: number;
  readonly COMPOUND_TEXT: number;
  readonly MULTIPLE: number;
  readonly ATOM_PAIR: number;
  readonly RESULT: number;
}

const NAMES = [
  ...['CLIPBOARD', 'INCR', 'TARGETS', 'UTF8_STRING', 'TEXT', 'COMPOUND_TEXT'],
  ...['MULTIPLE', 'ATOM_PAIR', 'RESULT'],
] as (keyof Selections)[];

export function selections(program: Program): Promise<Selections> {
  return program.x.intern(NAMES);
}

/** What the owner offers, by target; `type` where it is not the target. */
export interface Offer {
  readonly target: number;
  readonly type?: number;
  readonly bytes: Buffer;
}

export interface OwnerOptions {
  /** In pieces of so many bytes (INCR). */
  readonly pieceBytes?: number;
  /** Sends so many pieces and then nothing more. */
  readonly stopAfter?: number;
  /** Says nothing of its targets. */
  readonly silentTargets?: boolean;
}

/** Makes `window` own the clipboard. Resolves with the targets that it is asked for, in order. */
export async function own(
  program: Program,
  window: number,
  offers: readonly Offer[],
  options: OwnerOptions = {},
): Promise<number[]> {
  const { x } = program;
  const atoms = await selections(program);
  const asked: number[] = [];
  x.X.SetSelectionOwner(window, atoms.CLIPBOARD, 0);
  x.on((event) => {
    if (event.name !== 'SelectionRequest' || event.owner !== window) return;
    asked.push(event.target);
    const offer = offers.find(({ target }) => target === event.target);
    let { property } = event;
    if (event.target === atoms.TARGETS && !options.silentTargets) {
      setAtoms(x, event.requestor, property, [
        atoms.TARGETS,
        ...offers.map(({ target }) => target),
      ]);
    } else if (!offer) property = 0;
    else if (options.pieceBytes !== undefined) sendPieces(program, event, offer, atoms, options);
    else setBytes(x, event.requestor, property, offer.bytes, offer.type ?? offer.target);
    x.X.SendEvent(event.requestor, 0, 0, {
      ...{ name: 'SelectionNotify', requestor: event.requestor, selection: event.selection },
      ...{ target: event.target, time: event.time, property },
    });
  });
  await x.sync();
  return asked;
}

function sendPieces(
  { x }: Program,
  { requestor, property, target }: SelectionRequestEvent,
  { bytes, type = target }: Offer,
  atoms: Selections,
  { pieceBytes = bytes.length, stopAfter = Number.POSITIVE_INFINITY }: OwnerOptions,
): void {
  let at = 0;
  let sent = 0;
  x.X.ChangeWindowAttributes(requestor, { eventMask: EVENT_MASK.propertyChange });
  // A lower bound, as it may be.
  setCardinals(x, requestor, property, [1], atoms.INCR);
  x.on((event) => {
    if (event.name !== 'PropertyNotify' || event.wid !== requestor) return;
    if (event.atom !== property || event.state !== 1 || sent >= stopAfter) return;
    const piece = bytes.subarray(at, at + pieceBytes);
    at += piece.length;
    // After the empty piece nothing more.
    sent = piece.length === 0 ? Number.POSITIVE_INFINITY : sent + 1;
    setBytes(x, requestor, property, piece, type);
  });
}

export interface Taken {
  readonly bytes: Buffer;
  readonly type: number;
  /** Undefined: it came in one. */
  readonly pieces: number | undefined;
}

/** Takes `target` of a selection as a program pastes; undefined when it is refused. */
export async function take(
  program: Program,
  selection: number,
  target: number,
): Promise<Taken | undefined> {
  const { x } = program;
  const atoms = await selections(program);
  const window = program.window({ mapped: false });
  const property = atoms.RESULT;
  x.X.ConvertSelection(window, selection, target, property, 0);
  const told = await program.expect('SelectionNotify', (one) => one.requestor === window);
  if (told.property === 0) return undefined;
  const first = await getProperty(x, window, property, 0, 300_000);
  x.X.DeleteProperty(window, property);
  if (!first) return undefined;
  if (first.type !== atoms.INCR) return { bytes: first.data, type: first.type, pieces: undefined };
  const parts: Buffer[] = [];
  for (let pieces = 0; ; pieces++) {
    const piece = await waitUntil(
      () => getProperty(x, window, property, 0, 300_000),
      `piece ${pieces} of the selection`,
    );
    x.X.DeleteProperty(window, property);
    if (piece.data.length === 0) return { bytes: Buffer.concat(parts), type: piece.type, pieces };
    parts.push(piece.data);
  }
}

/** Asks for several targets at once; the bytes by target, undefined what was refused. */
export async function takeMultiple(
  program: Program,
  selection: number,
  targets: readonly number[],
): Promise<(Buffer | undefined)[]> {
  const { x } = program;
  const atoms = await selections(program);
  const window = program.window({ mapped: false });
  const places = await x.intern(targets.map((_, at) => `RESULT_${at}`));
  const pairs = targets.flatMap((target, at) => [target, places[`RESULT_${at}`] as number]);
  setCardinals(x, window, atoms.RESULT, pairs, atoms.ATOM_PAIR);
  x.X.ConvertSelection(window, selection, atoms.MULTIPLE, atoms.RESULT, 0);
  await program.expect('SelectionNotify', (one) => one.requestor === window);
  const list = await getProperty(x, window, atoms.RESULT);
  const outcome = list ? cardinalsOf(list) : [];
  return Promise.all(
    targets.map(async (_, at) => {
      const place = outcome[2 * at + 1];
      if (place === undefined || place === 0) return undefined;
      return (await getProperty(x, window, place, 0, 300_000))?.data;
    }),
  );
}

export const LATIN1 = ATOM.STRING;
