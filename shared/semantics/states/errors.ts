/** A failure inside a state machine: the error name that `ErrorEquals` is matched against, and its cause; either may be missing. */
export class StateError extends Error {
  readonly error: string | undefined;
  readonly reason: string | undefined;
  /** A narrower name that `ErrorEquals` may use as well. */
  readonly alias: string | undefined;

  constructor(error: string | undefined, cause: string | undefined, alias?: string) {
    super(cause ?? error ?? 'a Fail state without Error and Cause');
    this.name = error ?? 'StateError';
    this.error = error;
    this.reason = cause;
    this.alias = alias;
  }
}

/** A task without a heartbeat: reported as a timeout, while Retry and Catch may tell it from others. */
export const heartbeatTimeout = (): StateError => new StateError(ERRORS.Timeout, undefined, ERRORS.HeartbeatTimeout);

/** Thrown into what an execution waits for when it is redriven: the state begins anew. No Retry or Catch covers it. */
export class Redrive extends Error {
  override name = 'Redrive';
}

/** The error names that the language itself reports. */
export const ERRORS = {
  ALL: 'States.ALL',
  BranchFailed: 'States.BranchFailed',
  DataLimitExceeded: 'States.DataLimitExceeded',
  ExceedToleratedFailureThreshold: 'States.ExceedToleratedFailureThreshold',
  HeartbeatTimeout: 'States.HeartbeatTimeout',
  IntrinsicFailure: 'States.IntrinsicFailure',
  ItemReaderFailed: 'States.ItemReaderFailed',
  ParameterPathFailure: 'States.ParameterPathFailure',
  QueryEvaluationError: 'States.QueryEvaluationError',
  ResultPathMatchFailure: 'States.ResultPathMatchFailure',
  ResultWriterFailed: 'States.ResultWriterFailed',
  Runtime: 'States.Runtime',
  TaskFailed: 'States.TaskFailed',
  Timeout: 'States.Timeout',
} as const;

/** What States.TaskFailed leaves out. */
const NO_TASK_FAILURE = new Set<string | undefined>([
  ERRORS.Timeout,
  ERRORS.HeartbeatTimeout,
  ERRORS.DataLimitExceeded,
]);

/** Whether one name of an `ErrorEquals` covers the error. */
function covers(name: string, error: string | undefined): boolean {
  if (error === ERRORS.Runtime) return false;
  if (name === ERRORS.ALL) return error !== ERRORS.DataLimitExceeded;
  if (name === ERRORS.TaskFailed) return !NO_TASK_FAILURE.has(error);
  if (name === ERRORS.Timeout && error === ERRORS.HeartbeatTimeout) return true;
  return name === error;
}

/** The first entry of a Retry or Catch whose `ErrorEquals` covers the error; States.Runtime is never covered. */
export function matching<T extends { ErrorEquals: string[] }>(
  entries: T[] | undefined,
  failure: StateError,
): T | undefined {
  return entries?.find(({ ErrorEquals }) =>
    ErrorEquals.some((name) => covers(name, failure.error) || name === failure.alias),
  );
}

/** A failure of the data flow of a state whose cause begins as Step Functions begins it: which state, and where it was entered. */
export function failureIn(visit: { name: string; enteredEvent: number }, error: string, detail: string): StateError {
  return new StateError(
    error,
    `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.enteredEvent}). ${detail}`,
  );
}

/** A failure of an ItemReader, or of what it reads. */
export const itemReaderFailed = (cause: string): StateError => new StateError(ERRORS.ItemReaderFailed, cause);
