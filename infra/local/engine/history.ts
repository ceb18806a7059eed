import type { HistoryEvent, Limits } from '../../../shared/semantics/states/index.ts';
import { LiveExecution } from './liveExecution.ts';
import type { EngineStore, ExecutionRow } from './store.ts';

/** The events of an execution: its machine run again over its journal, with nothing called. */
export function historyOf(store: EngineStore, row: ExecutionRow, limits: Partial<Limits>): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const replay = new LiveExecution(row, store.machine(row.definition), limits, (event) => events.push(event));
  replay.start();
  for (const outcome of store.journal(row.number)) replay.resume(outcome);
  if (row.status === 'ABORTED') events.push(aborted(row, events));
  return events;
}

function aborted(row: ExecutionRow, events: HistoryEvent[]): HistoryEvent {
  return {
    id: events.length + 1,
    previousEventId: events.length,
    timestamp: new Date(row.stopped_at!).toISOString(),
    type: 'ExecutionAborted',
    executionAbortedEventDetails: {
      ...(row.error !== null && { error: row.error }),
      ...(row.cause !== null && { cause: row.cause }),
    },
  };
}
