/** What an execution may use; the defaults are those of Step Functions, and for the steps and the time of JSONata ours. */
export interface Limits {
  /** The largest input, output or task result of a state, as UTF-8 JSON. */
  payloadBytes: number;
  /** The most events an execution's history may have. */
  historyEvents: number;
  /** The most evaluations, calls and allocated elements of one JSONata expression. */
  jsonataSteps: number;
  /** The deepest nesting of one JSONata expression; a lambda that calls itself takes about three a level. */
  jsonataDepth: number;
  /** How long an expression with a regular expression may run, in milliseconds: a regular expression cannot be counted. */
  jsonataRegexMilliseconds: number;
}

export const DEFAULT_LIMITS: Limits = {
  payloadBytes: 262_144,
  historyEvents: 25_000,
  jsonataSteps: 2_000_000,
  jsonataDepth: 100,
  jsonataRegexMilliseconds: 1_000,
};
