/**
 * Properties that dom0's configuration puts on every frame of a qube, besides
 * those that frames have anyway: for window managers with themes by property.
 */
import type { XWindowId } from '../base/ids.ts';
import type { FrameProperty } from '../config/config.ts';
import type { XConnection } from '../x11/connection.ts';
import { ATOM, setAtoms, setBytes, setCardinals } from '../x11/properties.ts';

/** Writes one property on a frame. */
export type PropertyWriter = (frame: XWindowId) => void;

/** Makes the atoms that the properties need. */
export async function internProperties(
  x: XConnection,
  properties: readonly FrameProperty[],
): Promise<readonly PropertyWriter[]> {
  return Promise.all(properties.map((property) => writerOf(x, property)));
}

async function writerOf(x: XConnection, property: FrameProperty): Promise<PropertyWriter> {
  const name = property.name;
  const { [name]: atom } = await x.intern([name]);
  if (atom === undefined) throw new Error(`no atom ${name}`);
  switch (property.type) {
    case 'string': {
      const bytes = Buffer.from(property.value, 'utf8');
      return (frame) => setBytes(x, frame, atom, bytes, ATOM.STRING);
    }
    case 'atom': {
      const { [property.value]: value = 0 } = await x.intern([property.value]);
      return (frame) => setAtoms(x, frame, atom, [value]);
    }
    case 'cardinals': {
      const { value } = property;
      return (frame) => setCardinals(x, frame, atom, value);
    }
    default:
      return property satisfies never;
  }
}
