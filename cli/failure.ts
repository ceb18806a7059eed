import { CloudError, type CloudErrorOptions } from '../shared/core/errors.ts';
import type { ExitName } from './exitCodes.ts';

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

/** How `fetch` says that there was no answer, or that an answer broke off. */
function isBrokenConnection(thrown: unknown): boolean {
  return thrown instanceof TypeError && (thrown.message === 'fetch failed' || thrown.message === 'terminated');
}
