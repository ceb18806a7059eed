/** What the exit codes mean, in the order of their numbers. */
export const EXIT_CODES = {
  Ok: { code: 0, meaning: 'it worked' },
  Failed: { code: 1, meaning: 'something failed that is none of the below' },
  BadInput: { code: 2, meaning: 'bad input or usage' },
  NotFound: { code: 3, meaning: 'no host runs, or what was asked for does not exist' },
  Conflict: { code: 4, meaning: 'a conflict: it exists already, or something else is under way' },
  RolledBack: { code: 5, meaning: 'the deployment was rolled back, or the execution failed' },
} as const;

/** One of them by name. */
export type ExitName = keyof typeof EXIT_CODES;
