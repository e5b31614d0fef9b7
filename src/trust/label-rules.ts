/**
 * May these labels be on one screen together (DESIGN 2, 8.9)? Two labels must
 * be told apart by colour in normal vision and by pattern without any; pairs
 * that only the pattern tells apart under a colour vision deficiency are named.
 */
import { ciede2000, labOf, VISIONS, type Vision } from './color-distance.ts';
import type { Label } from './label.ts';

/** CIEDE2000 that two labels need to be told at a glance. */
export const MIN_LABEL_DISTANCE = 15;

/** Two labels that must not be used together. */
export interface LabelConflict {
  readonly one: Label;
  readonly two: Label;
  readonly reason: 'color' | 'pattern';
  /** CIEDE2000 in normal vision. */
  readonly distance: number;
}

/** Two labels that look alike in one kind of vision; their patterns differ. */
export interface AlikePair {
  readonly one: Label;
  readonly two: Label;
  readonly vision: Exclude<Vision, 'normal'>;
  readonly distance: number;
}

function* pairs(labels: readonly Label[]): Generator<[Label, Label]> {
  for (const [i, one] of labels.entries()) {
    for (const two of labels.slice(i + 1)) yield [one, two];
  }
}

/** CIEDE2000 between two labels' colours. */
export function labelDistance(one: Label, two: Label, vision: Vision = 'normal'): number {
  return ciede2000(labOf(one.color, vision), labOf(two.color, vision));
}

/** Every pair that the configuration must be refused for, colours first. */
export function labelConflicts(labels: readonly Label[]): LabelConflict[] {
  const found: LabelConflict[] = [];
  for (const [one, two] of pairs(labels)) {
    const distance = labelDistance(one, two);
    if (distance < MIN_LABEL_DISTANCE) found.push({ one, two, reason: 'color', distance });
    if (one.pattern === two.pattern) found.push({ one, two, reason: 'pattern', distance });
  }
  return found;
}

/** Pairs below the distance under simulated protan, deutan or tritan vision. */
export function alikePairs(labels: readonly Label[]): AlikePair[] {
  const found: AlikePair[] = [];
  for (const [one, two] of pairs(labels)) {
    for (const vision of VISIONS) {
      if (vision === 'normal') continue;
      const distance = labelDistance(one, two, vision);
      if (distance < MIN_LABEL_DISTANCE) found.push({ one, two, vision, distance });
    }
  }
  return found;
}
