/**
 * Whether the keys that copy and paste between qubes arrive at their windows:
 * a window manager or another program that grabbed them on the root window
 * gets them first, and a keyboard may lack the key.
 */
import { type Chord, chordText } from '../../config/chord.ts';
import { DEFAULT_QUBE_CLIPBOARD } from '../../config/clipboard.ts';
import type { Config } from '../../config/config.ts';
import { placeChord } from '../../desktop/clipboard/chords.ts';
import { KeyboardWatch } from '../../desktop/clipboard/keyboard-watch.ts';
import type { XConnection } from '../../x11/connection.ts';
import { X_ERROR } from '../../x11/x-error.ts';
import { type Finding, ok, warning } from './finding.ts';

const ASYNC = 1;
const STATE_BITS = 0xff;

/** A chord that somebody else gets, or that cannot be typed. */
interface Collision {
  readonly chord: Chord;
  readonly why: 'grabbed' | 'no key';
}

export async function checkChords(x: XConnection, config: Config | undefined): Promise<Finding[]> {
  const chords = usedChords(config);
  if (chords.length === 0) return [ok('chords', 'copying and pasting is switched off everywhere')];
  const collisions = await findCollisions(x, chords);
  if (collisions.length === 0) {
    const names = chords.map(chordText).join(', ');
    return [ok('chords', `${names}: no other program has grabbed them`)];
  }
  return collisions.map(({ chord, why }) => {
    const name = chordText(chord);
    return why === 'grabbed'
      ? warning(
          'chords',
          `${name} is grabbed by another program, most likely the window manager: it never reaches a qube's window`,
          'remove the key from that program, or set copy and paste in [clipboard] of livery.toml',
        )
      : warning(
          'chords',
          `this keyboard has no key for ${name}`,
          'set copy and paste in [clipboard] of livery.toml',
        );
  });
}

function usedChords(config: Config | undefined): Chord[] {
  const settings = config ? [...config.qubes.values()].map((qube) => qube.clipboard) : [];
  if (settings.length === 0) settings.push(DEFAULT_QUBE_CLIPBOARD);
  const chords = new Map<string, Chord>();
  for (const { copyChord, pasteChord } of settings) {
    for (const chord of [copyChord, pasteChord]) if (chord) chords.set(chordText(chord), chord);
  }
  return [...chords.values()];
}

/** Tries to grab each with every combination of the modifiers that a chord does not look at. */
async function findCollisions(x: XConnection, chords: readonly Chord[]): Promise<Collision[]> {
  const { map } = await KeyboardWatch.start(x);
  const collisions: Collision[] = [];
  for (const chord of chords) {
    const placed = placeChord(map, chord);
    if (!placed) {
      collisions.push({ chord, why: 'no key' });
      continue;
    }
    const { keycode, held, examined } = placed;
    const masks = subsets(STATE_BITS & ~examined).map((locks) => held | locks);
    if (await isGrabbed(x, keycode, masks)) collisions.push({ chord, why: 'grabbed' });
  }
  return collisions;
}

async function isGrabbed(
  x: XConnection,
  keycode: number,
  masks: readonly number[],
): Promise<boolean> {
  const asked = new Set<number>();
  let grabbed = false;
  using _ = x.onError(({ code, sequence }) => {
    if (code === X_ERROR.access && asked.has(sequence)) grabbed = true;
  });
  for (const mask of masks) {
    x.X.GrabKey(x.root, 0, mask, keycode, ASYNC, ASYNC);
    asked.add(x.sequence);
  }
  // What was got is given back at once; the reply comes after all errors.
  for (const mask of masks) x.X.UngrabKey(x.root, keycode, mask);
  await x.request((done) => x.X.GetModifierMapping(done));
  return grabbed;
}

/** Every number that has only bits of `bits`. */
function subsets(bits: number): number[] {
  const all = [0];
  for (let bit = 1; bit <= bits; bit <<= 1) {
    if ((bits & bit) !== 0) all.push(...all.map((one) => one | bit));
  }
  return all;
}
