import type { Execution, ExecutionStatus } from '../shared/host.ts';
import { CommandFailure } from './failure.ts';
import type { Paint } from './terminal.ts';
import { lengthText } from './times.ts';

/** The colour of a status says whether it went well. */
export function executionStatusText(status: ExecutionStatus, paint: Paint): string {
  if (status === 'SUCCEEDED') return paint.green(status);
  return status === 'RUNNING' ? paint.cyan(status) : paint.red(status);
}

/** How long an execution took, or has taken so far. */
export const lengthOf = ({ startedAt, stoppedAt }: Execution, now: Date): string =>
  lengthText((stoppedAt ?? now).getTime() - startedAt.getTime());

/** The error for an id that no execution has. */
export function unknownExecution(id: string): CommandFailure {
  return new CommandFailure('NotFound', `there is no execution "${id}"`, {
    hint: 'list them with "cloudlib runs list"',
    details: { resource: `execution ${id}` },
  });
}
