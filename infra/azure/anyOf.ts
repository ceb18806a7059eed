import type { DurableOrchestrationContext, Task } from 'durable-functions';

/** An action that the host has done as soon as it sees it: all of nothing. */
const NOTHING = { actionType: 12, compoundActions: [] };

/** What `durable-functions` 3.5.0 keeps of a task behind its types. */
interface InnerTask {
  actionObj: { compoundActions: unknown[] };
  alreadyScheduled: boolean;
}

/**
 * A task that ends with the first of `open` and `fresh`; `fresh` are those that were never yielded before.
 *
 * `Task.any` alone would tell the host of all of them again, and the host, which knows tasks by their order only, would schedule them
 * again (azure-functions-durable-js, issue 574). Told of the fresh ones alone, it would wait for one of those before it schedules
 * anything later, although an older one has ended long ago. So it is told of the fresh ones and of one that is done at once.
 */
export function anyOf(df: DurableOrchestrationContext, open: Task[], fresh: Task[]): Task {
  const any = df.Task.any([...open, ...fresh]);
  const inner = any as unknown as InnerTask;
  if (fresh.length === 0) inner.alreadyScheduled = true;
  else inner.actionObj.compoundActions = [...fresh.map((task) => (task as unknown as InnerTask).actionObj), NOTHING];
  return any;
}
