import { CommandFailure } from './failure.ts';
import type { CloudError } from '../shared/core/errors.ts';

/** What the exit codes mean, in the order of their numbers. */
export const EXIT_CODES = {
  Ok: { code: 0, meaning: 'it worked' },
  Failed: { code: 1, meaning: 'something failed that is none of the below' },
  BadInput: { code: 2, meaning: 'bad input or usage' },
  NotFound: { code: 3, meaning: 'no host runs, or what was asked for does not exist' },
  Conflict: { code: 4, meaning: 'a conflict: it exists already, or something else is under way' },
  RolledBack: { code: 5, meaning: 'the deployment was rolled back, or the execution failed' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

const BY_ERROR_CODE: [RegExp, ExitName][] = [
  [/Invalid|^Unauthorized$|AccessDenied/, 'BadInput'],
  [/NotFound/, 'NotFound'],
  [/Conflict|AlreadyExists|NotEmpty/, 'Conflict'],
];

/** The exit code for an error: the one that the command chose, else by the error's code. */
export function exitCodeOf(error: CloudError): number {
  const chosen = error instanceof CommandFailure ? error.exit : undefined;
  const byCode = BY_ERROR_CODE.find(([pattern]) => pattern.test(error.code))?.[1];
  return EXIT_CODES[chosen ?? byCode ?? 'Failed'].code;
}
