/**
 * How thick frames are on this screen: the configured thickness at 96 dpi,
 * scaled by the resolution that the user set for all programs (Xft.dpi).
 * What monitors say about their size in millimetres is too often made up.
 */
import type { XConnection } from '../x11/connection.ts';
import { ATOM, getProperty } from '../x11/properties.ts';

const RESOURCE_MANAGER = 23;
const MAX_RESOURCES_BYTES = 1 << 20;
const BASE_DPI = 96;
const MIN_BORDER = 2;
const MAX_BORDER = 64;

/** @param thickness pixels at 96 dpi */
export async function readBorder(x: XConnection, thickness: number): Promise<number> {
  const resources = await getProperty(
    x,
    x.root,
    RESOURCE_MANAGER,
    ATOM.STRING,
    MAX_RESOURCES_BYTES,
  );
  return scaledBorder(thickness, resources?.data.toString('latin1') ?? '');
}

/** @param resources the text of RESOURCE_MANAGER */
export function scaledBorder(thickness: number, resources: string): number {
  const match = /^Xft\.dpi:[ \t]*([0-9]+(?:\.[0-9]+)?)[ \t]*$/m.exec(resources);
  const dpi = match ? Number(match[1]) : BASE_DPI;
  // Below 96 the frame would become too thin to tell patterns apart.
  const scale = Math.max(1, dpi / BASE_DPI);
  return Math.min(MAX_BORDER, Math.max(MIN_BORDER, Math.round(thickness * scale)));
}
