/** Every figure of a run, sample by sample, and what is made of them. */

/** One line of a table: what was measured at whom, in which unit. */
export interface Figure {
  readonly measure: string;
  readonly subject: string;
  readonly what: string;
  readonly unit: string;
  readonly samples: number[];
}

export class Results {
  readonly figures: Figure[] = [];
  /** What stands over the table of a measure. */
  readonly titles = new Map<string, string>();
  /** Said below it. */
  readonly notes = new Map<string, string[]>();

  add(measure: string, subject: string, what: string, unit: string, ...samples: number[]): void {
    const known = this.find(measure, subject, what);
    if (known) known.samples.push(...samples);
    else this.figures.push({ measure, subject, what, unit, samples: [...samples] });
  }

  note(measure: string, text: string): void {
    const notes = this.notes.get(measure) ?? [];
    if (!notes.includes(text)) this.notes.set(measure, [...notes, text]);
  }

  find(measure: string, subject: string, what: string): Figure | undefined {
    return this.figures.find(
      (one) => one.measure === measure && one.subject === subject && one.what === what,
    );
  }

  /** The median; undefined when it was not measured. */
  median(measure: string, subject: string, what: string): number | undefined {
    const samples = this.find(measure, subject, what)?.samples;
    return samples && samples.length > 0 ? quantile(samples, 0.5) : undefined;
  }

  of(measure: string): Figure[] {
    return this.figures.filter((one) => one.measure === measure);
  }
}

/** The value below which the part `q` (0 to 1) of the samples lies; NaN of none. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = samples.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = Math.floor(place);
  const [below, above] = [sorted[low] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - low);
}
