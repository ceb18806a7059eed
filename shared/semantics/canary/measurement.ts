/** What one measurement of one metric says. Error: it could not be taken. */
export type Outcome = 'Successful' | 'Inconclusive' | 'Error' | 'Failed';

/** One measurement of one metric, with a sentence that says why. */
export interface Measurement {
  outcome: Outcome;
  /** What was measured, in the metric's unit: a fraction, milliseconds, or wrong answers. */
  value?: number;
  reason: string;
}
