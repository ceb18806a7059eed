/** One line of a result: the names of its columns and what stands in them. */
export type Row = Record<string, string | number>;

/** One measurement of a bench. `note` is for what the reader must know, such as a peer that is missing. */
export type Part = (note: (text: string) => void) => Promise<Row[]>;

/** What a file of this folder that can be run exports: its parts by title, and the programs whose versions matter. */
export interface Bench {
  parts: Record<string, Part>;
  versions(): Record<string, string>;
}

/** The value in the middle of the sorted list. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
