/**
 * How thick frames are on this screen, and how large dom0's own surfaces: the
 * size at 96 dpi, scaled by the resolution that the user set for all programs (Xft.dpi).
 * What monitors say about their size in millimetres is too often made up.
 */
import type { XConnection } from '../x11/connection.ts';
import { ATOM, getProperty } from '../x11/properties.ts';

const RESOURCE_MANAGER = 23;
const MAX_RESOURCES_BYTES = 1 << 20;
const BASE_DPI = 96;
const MIN_BORDER = 2;
const MAX_BORDER = 64;
const MAX_SCALE = 4;

/** @param thickness pixels at 96 dpi */
export async function readBorder(x: XConnection, thickness: number): Promise<number> {
  return scaledBorder(thickness, await readResources(x));
}

/** Pixels of this screen for each at 96 dpi, 1..4: for dom0's own surfaces. */
export async function readScale(x: XConnection): Promise<number> {
  return Math.min(MAX_SCALE, scaleOf(await readResources(x)));
}

/** @param resources the text of RESOURCE_MANAGER */
export function scaledBorder(thickness: number, resources: string): number {
  const border = Math.round(thickness * scaleOf(resources));
  return Math.min(MAX_BORDER, Math.max(MIN_BORDER, border));
}

function scaleOf(resources: string): number {
  const match = /^Xft\.dpi:[ \t]*([0-9]+(?:\.[0-9]+)?)[ \t]*$/m.exec(resources);
  const dpi = match ? Number(match[1]) : BASE_DPI;
  // Below 96 the frame would become too thin to tell patterns apart.
  return Math.max(1, dpi / BASE_DPI);
}

async function readResources(x: XConnection): Promise<string> {
  const resources = await getProperty(
    x,
    x.root,
    RESOURCE_MANAGER,
    ATOM.STRING,
    MAX_RESOURCES_BYTES,
  );
  return resources?.data.toString('latin1') ?? '';
}
