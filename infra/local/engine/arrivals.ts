import { CloudError } from '../../../shared/core/errors.ts';
import type { Outcome } from '../../../shared/semantics/states/index.ts';
import type { LiveExecution } from './liveExecution.ts';
import type { ExecutionRow, NewExecution, TokenAnswer } from './store.ts';

/** Why an execution comes to life: it was started, the host was, or it was redriven. */
export type Origin = 'new' | 'resumed' | 'redriven';

/** Something that has happened and is to be committed with its consequences. */
export type Arrival =
  | { kind: 'start'; row: NewExecution; started: PromiseWithResolvers<Started> }
  | { kind: 'begin'; id: string; origin: Origin }
  | { kind: 'outcome'; live: LiveExecution; outcome: Outcome }
  | { kind: 'answer'; live: LiveExecution; token: string }
  | { kind: 'delivered'; token: string };

/** What a start gave: the row of the execution, and whether it is new. */
export interface Started {
  row: ExecutionRow;
  created: boolean;
}

/** Why a start that was not committed yet never will be. */
export const closedBefore = ({ workflow }: NewExecution): CloudError =>
  new CloudError('Unavailable', `the engine was closed before workflow "${workflow}" was started; start it again`, {
    retry: 'backoff',
  });

/** The execution that a failed commit has to begin anew for this arrival. */
export const idOf = (arrival: Arrival): string | undefined => {
  if (arrival.kind === 'begin') return arrival.id;
  return arrival.kind === 'delivered' || arrival.kind === 'start' ? undefined : arrival.live.row.id;
};

/** The answer to a task token as the outcome of its task. */
export function answerOutcome(key: string, answer: TokenAnswer, at: number): Outcome {
  return 'output' in answer
    ? { kind: 'succeeded', key, output: answer.output, at }
    : { kind: 'failed', key, ...answer, at };
}
