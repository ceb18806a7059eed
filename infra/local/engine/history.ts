import type { HistoryEvent, Limits, Outcome, Redriven } from '../../../shared/semantics/states/index.ts';
import { LiveExecution } from './liveExecution.ts';
import { abortionOf } from './redrive.ts';
import type { EngineStore, ExecutionRow } from './store.ts';

/** The events of an execution: its machine run again over its journal, with nothing called. */
export function historyOf(store: EngineStore, row: ExecutionRow, limits: Partial<Limits>): HistoryEvent[] {
  const replay = (journal: Outcome[]): HistoryEvent[] => {
    const events: HistoryEvent[] = [];
    const live = new LiveExecution(row, store.machine(row.definition), limits, (event) => events.push(event));
    live.start();
    for (const outcome of journal) live.resume(outcome);
    return events;
  };
  const { events } = told(store.journal(row.number), replay);
  const aborted = abortionOf(row);
  return aborted ? [...events, abortion(aborted, events.length)] : events;
}

/** The history of a journal, the events of its last replay alone, and the id that each of those has in the history. */
interface Told {
  events: HistoryEvent[];
  replayed: HistoryEvent[];
  idOf(replayedId: number): number;
}

/**
 * A replay tells nothing of what a redrive took back. So the journal is replayed to the end that it had before each redrive as well, and
 * what the redrive brought is told after that.
 */
function told(journal: Outcome[], replay: (journal: Outcome[]) => HistoryEvent[]): Told {
  const replayed = replay(journal);
  const last = journal.findLastIndex(({ kind }) => kind === 'redriven');
  if (last < 0) return { events: replayed, replayed, idOf: (id) => id };
  const { lost, kept, aborted } = journal[last] as Outcome & Redriven;
  const ending = kept === undefined ? lost : journal[last + 1];
  const before = told([...journal.slice(0, last), ...(ending ? [ending] : [])], replay);
  const events = [...before.events, ...(aborted ? [abortion(aborted, before.events.length)] : [])];
  const at = replayed.findLastIndex(({ type }) => type === 'ExecutionRedriven');
  // What led up to the failure comes again with the outcome that was kept; it is told once.
  const again = kept === undefined ? 0 : commonLength(before.replayed.slice(at), replayed.slice(at + 1));
  const first = events.length + 1;
  const idOf = (id: number): number => {
    if (id <= at) return before.idOf(id);
    const after = id - at - 1;
    if (after === 0) return first;
    return after <= again ? before.idOf(at + after) : first + after - again;
  };
  const redriven = { ...replayed[at]!, id: first, previousEventId: events.length };
  const rest = replayed.slice(at + 1 + again).map((event) => ({
    ...event,
    id: idOf(event.id),
    previousEventId: event.previousEventId === 0 ? 0 : idOf(event.previousEventId),
  }));
  return { events: [...events, redriven, ...rest], replayed, idOf };
}

/** How many events from the first on tell the same, but for when and as which; up to the last state that was left or entered there. */
function commonLength(some: HistoryEvent[], others: HistoryEvent[]): number {
  const essence = ({ id: _, previousEventId: __, timestamp: ___, ...event }: HistoryEvent): string =>
    JSON.stringify(event);
  const different = some.findIndex((event, i) => !others[i] || essence(event) !== essence(others[i]));
  const common = different < 0 ? some : some.slice(0, different);
  return common.findLastIndex(({ type }) => /State(Entered|Exited)$/.test(type)) + 1;
}

function abortion({ at, ...details }: NonNullable<Redriven['aborted']>, previousEventId: number): HistoryEvent {
  return {
    id: previousEventId + 1,
    previousEventId,
    timestamp: new Date(at).toISOString(),
    type: 'ExecutionAborted',
    executionAbortedEventDetails: details,
  };
}
