/** Everything that is measured, in the order of a run. */
import { copyMeasure } from './measures/copy.ts';
import { drawingMeasures } from './measures/drawing.ts';
import { keyMeasures } from './measures/keys.ts';
import { lifeMeasures } from './measures/life.ts';
import type { Measure } from './measures/measure.ts';
import { scaleMeasures } from './measures/scale.ts';

export const MEASURES: readonly Measure[] = [
  copyMeasure,
  ...drawingMeasures,
  ...keyMeasures,
  ...lifeMeasures,
  ...scaleMeasures,
];
