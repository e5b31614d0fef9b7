/**
 * The one thing that we ask of the RENDER extension: to darken a picture inside
 * the X server, without its pixels coming to us. Rejects when the server lacks it.
 */
import type { Size } from '../base/geometry.ts';
import type { XConnection } from './connection.ts';

interface Render {
  findVisualFormat(visual: number): number | undefined;
  CreatePicture(picture: number, drawable: number, format: number, values?: object): void;
  FreePicture(picture: number): void;
  /** color: red, green, blue, alpha, 0..1, premultiplied. rectangles: x, y, width, height, x, … */
  FillRectangles(
    operator: number,
    picture: number,
    color: readonly [number, number, number, number],
    rectangles: readonly number[],
  ): void;
}

const OVER = 3;

/** Darkens a pixmap of the screen's depth. */
export type Darken = (pixmap: number, size: Size, alpha: number) => void;

export async function openDarken(x: XConnection): Promise<Darken> {
  const render = await x.extension<Render>('render');
  const format = render.findVisualFormat(x.screen.visual);
  if (format === undefined) throw new Error('RENDER has no format for the screen');
  return (pixmap, { width, height }, alpha) => {
    const picture = x.allocId();
    render.CreatePicture(picture, pixmap, format);
    render.FillRectangles(OVER, picture, [0, 0, 0, alpha], [0, 0, width, height]);
    render.FreePicture(picture);
    x.freeId(picture);
  };
}
