import type { Json } from '../definition.ts';
import type { Steps } from '../effects.ts';
import { finishWithResult, type Left, payloadOf } from '../flow.ts';
import { withRetryAndCatch } from '../retry.ts';
import type { AllSettled } from '../scheduler.ts';
import { branchPath, innerScope, type RunMachine, type Visit } from '../scope.ts';

/** Parallel: runs its branches side by side on the same input; the first that fails ends them all. */
export function* runParallel(visit: Visit, runMachine: RunMachine): Steps<Left> {
  return yield* withRetryAndCatch(visit, () => attempt(visit, runMachine));
}

function* attempt(visit: Visit, runMachine: RunMachine): Steps<Json> {
  const { state, scope, execution } = visit;
  const payload = payloadOf(visit);
  execution.emit(scope, 'ParallelStateStarted');
  const branches = state.Branches!;
  const { settled, failed, first } = (yield {
    kind: 'all',
    count: branches.length,
    branch: (index, redrive) =>
      runMachine(innerScope(visit, branches[index]!, branchPath(visit, index, redrive)), payload),
    maxConcurrency: Number.POSITIVE_INFINITY,
    tolerated: 0,
  }) as AllSettled;
  if (failed > 0) {
    execution.emit(scope, 'ParallelStateFailed');
    throw first;
  }
  execution.emit(scope, 'ParallelStateSucceeded');
  return finishWithResult(
    visit,
    settled.map((end) => (end as { output: Json }).output),
  );
}
