import { CloudError, type CloudErrorOptions } from '../shared/core/errors.ts';
import { EXIT_CODES, type ExitName } from './exitCodes.ts';

export interface CommandFailureOptions extends CloudErrorOptions {
  /** What to do about it: a command, or a sentence. */
  hint?: string;
  /** Where the error's code does not say enough. */
  exit?: ExitName;
}

/** An error that a command itself found, with what to do about it. */
export class CommandFailure extends CloudError {
  readonly hint: string | undefined;
  readonly exit: ExitName | undefined;

  constructor(code: string, message: string, { hint, exit, ...options }: CommandFailureOptions = {}) {
    super(code, message, options);
    this.hint = hint;
    this.exit = exit;
  }
}

/** The error of a command that needs a host where none runs. */
export function noHost(directory: string): CommandFailure {
  return new CommandFailure('NotFound', `no host runs on ${directory}`, {
    hint: 'start one with "cloudlib start --detach", or name its state directory with --state',
    details: { resource: `host of ${directory}` },
  });
}

/** What was thrown, as an error to show: a connection that broke off is a host that ended. */
export function failureOf(thrown: unknown): CloudError {
  if (!isBrokenConnection(thrown)) return CloudError.from(thrown);
  return new CommandFailure('Unavailable', 'the host does not answer; it may have ended meanwhile', {
    hint: 'see whether it runs with "cloudlib doctor"',
    exit: 'NotFound',
    cause: thrown,
  });
}

/** No answer (as the client of a host says it), or an answer that broke off (as `fetch` says it). */
function isBrokenConnection(thrown: unknown): boolean {
  if (thrown instanceof CloudError) {
    return thrown.code === 'Unavailable' && String(thrown.details.service).startsWith('host at ');
  }
  return thrown instanceof TypeError && (thrown.message === 'fetch failed' || thrown.message === 'terminated');
}

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
