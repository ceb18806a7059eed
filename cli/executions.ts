import type { Json } from '../shared/core/codecs.ts';
import type { Execution, ExecutionStatus } from '../shared/host.ts';
import type { Paint } from './terminal.ts';
import { lengthText } from './times.ts';

/** One visit of a state, from what the history of an execution tells. */
export interface StateVisit {
  state: string;
  enteredAt: Date;
  /** Absent while the execution is in it, and for the state that it failed in. */
  exitedAt?: Date;
  /** The last failure of its task; it may have been retried or caught. */
  error?: string;
  cause?: string;
}

/** The parts of an event of the history that are read, in the form of Step Functions. */
interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: string;
  type: string;
  [details: `${string}Details`]: { name?: string; error?: string; cause?: string } | undefined;
}

/** The states of an execution in the order in which they were entered; the events of parallel branches are told apart by their chain. */
export function visitsOf(history: Json[]): StateVisit[] {
  const visits: StateVisit[] = [];
  const visitOfEvent = new Map<number, StateVisit>();
  for (const event of history as unknown as HistoryEvent[]) {
    const at = new Date(event.timestamp);
    let visit = visitOfEvent.get(event.previousEventId);
    if (event.type.endsWith('StateEntered')) {
      visit = { state: event.stateEnteredEventDetails?.name ?? '', enteredAt: at };
      visits.push(visit);
    }
    if (!visit) continue;
    if (event.type.endsWith('StateExited')) visit.exitedAt = at;
    else Object.assign(visit, failureIn(event));
    visitOfEvent.set(event.id, visit);
  }
  return visits;
}

/** A visit of a state that was repeated as part of a loop. */
export interface RepeatedVisit extends StateVisit {
  times: number;
  /** Milliseconds in all, of the visits that have ended. */
  took: number;
}

/** More states than this are not looked at as one turn of a loop. */
const LONGEST_LOOP = 6;

/** Turns of a loop that follow one another (`AwaitHealthy`, `Healthy?`, `WaitForHealth`, and again) as one, with how often it went round. */
export function joinLoops(visits: StateVisit[]): RepeatedVisit[] {
  const rows: RepeatedVisit[] = [];
  for (const visit of visits) {
    rows.push({ ...visit, times: 1, took: visit.exitedAt ? visit.exitedAt.getTime() - visit.enteredAt.getTime() : 0 });
    for (let length = 1; length <= LONGEST_LOOP; length++) if (joinLastTurn(rows, length)) break;
  }
  return rows;
}

function joinLastTurn(rows: RepeatedVisit[], length: number): boolean {
  const turn = rows.slice(-length);
  const before = rows.slice(-2 * length, -length);
  const same = before.length === length && turn.every(({ state, error }, at) => state === before[at]!.state && !error);
  if (!same || !turn.every(({ exitedAt }) => exitedAt)) return false;
  before.forEach((row, at) => {
    row.times += turn[at]!.times;
    row.took += turn[at]!.took;
    row.exitedAt = turn[at]!.exitedAt!;
  });
  rows.length -= length;
  return true;
}

/** The colour of a status says whether it went well. */
export function executionStatusText(status: ExecutionStatus, paint: Paint): string {
  if (status === 'SUCCEEDED') return paint.green(status);
  return status === 'RUNNING' ? paint.cyan(status) : paint.red(status);
}

/** How long an execution took, or has taken so far. */
export const lengthOf = ({ startedAt, stoppedAt }: Execution, now: Date): string =>
  lengthText((stoppedAt ?? now).getTime() - startedAt.getTime());

function failureIn(event: HistoryEvent): { error?: string; cause?: string } {
  if (!/(Failed|TimedOut|Aborted)$/.test(event.type) || event.type.startsWith('Execution')) return {};
  const details = Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1];
  const { error, cause } = (details ?? {}) as { error?: string; cause?: string };
  return { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
}
