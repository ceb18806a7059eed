import { CloudError } from '../../../shared/core/errors.ts';
import type { Limits, Outcome, Redriven } from '../../../shared/semantics/states/index.ts';
import { LiveExecution, type Step } from './liveExecution.ts';
import type { EngineStore, ExecutionRow } from './store.ts';

/** How the journal of a redriven execution goes on: what follows its first `length` outcomes is replaced. */
export interface Redriving {
  length: number;
  outcomes: Outcome[];
}

/**
 * Finds the outcome that ended an execution. A state that failed with it loses it and is called again; one that was left with it (so
 * that a later state failed, of its own) keeps it, after the redrive.
 */
export function redriving(store: EngineStore, row: ExecutionRow, limits: Partial<Limits>, at: number): Redriving {
  let exits = 0;
  const live = new LiveExecution(row, store.machine(row.definition), limits, ({ type }) => {
    if (type.endsWith('StateExited')) exits += 1;
  });
  if (live.start().result) throw failedAtOnce(row);
  const journal = store.journal(row.number);
  const ending = journal.findIndex((outcome) => {
    exits = 0;
    const { result, entered } = replayed(row, () => live.resume(outcome));
    // Items of a distributed Map tell no events of their own, but every state that is entered is told.
    exits += entered.length;
    return result !== undefined;
  });
  const redriven = { kind: 'redriven' as const, key: 'redrive', at };
  const aborted = abortionOf(row);
  if (ending < 0) return { length: journal.length, outcomes: [{ ...redriven, ...(aborted && { aborted }) }] };
  const kept = journal[ending]!;
  if (exits === 0) return { length: ending, outcomes: [{ ...redriven, lost: kept }] };
  return { length: ending, outcomes: [{ ...redriven, kept: kept.key }, kept] };
}

/** When and why somebody stopped an execution; nothing if it ended otherwise. */
export function abortionOf({ status, stopped_at, error, cause }: ExecutionRow): Redriven['aborted'] {
  if (status !== 'ABORTED') return undefined;
  return { at: stopped_at!, ...(error !== null && { error }), ...(cause !== null && { cause }) };
}

function replayed(row: ExecutionRow, take: () => Step): Step {
  try {
    return take();
  } catch (error) {
    const why = (error as Error).message;
    throw new CloudError(
      'Conflict',
      `execution ${row.id} cannot be redriven: its journal does not belong to its workflow (${why}); start a new one`,
    );
  }
}

const failedAtOnce = ({ id }: ExecutionRow): CloudError =>
  new CloudError(
    'Conflict',
    `execution ${id} failed before it called or waited for anything, and would again; change its input or its workflow and start a new one`,
  );
