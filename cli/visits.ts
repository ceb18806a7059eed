import type { Json } from '../shared/core/codecs.ts';

/** One visit of one state, from what the history of an execution tells. */
export interface StateVisit {
  state: string;
  /** `Task`, `Map`, … */
  type: string;
  enteredAt: Date;
  /** Absent while the execution is in it, and for the state that it failed in. */
  exitedAt?: Date;
  /** How often its work was begun: one more for each Retry. Absent for states that have none to begin. */
  attempts?: number;
  /** The last failure of its work; it may have been retried or caught. */
  error?: string;
  cause?: string;
  /** What ran inside of a Parallel or an inline Map. */
  branches?: Branch[];
}

/** A branch of a Parallel, or an iteration of a Map. */
export interface Branch {
  kind: 'branch' | 'item';
  index: number;
  visits: StateVisit[];
}

/** The parts of an event of the history that are read, in the form of Step Functions. */
interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: string;
  type: string;
  [details: `${string}Details`]: { name?: string; index?: number; error?: string; cause?: string } | undefined;
}

/** Where in the tree an event stands: in a list of visits, of which one may be under way. */
interface Frame {
  visits: StateVisit[];
  visit?: StateVisit;
  /** The frame of the state around, inside of a branch. */
  outer?: Frame;
}

/**
 * The states of an execution as a tree, in the order in which they were entered. An event follows the one that it names as its
 * previous; so the events of branches that ran side by side are told apart.
 */
export function visitsOf(history: Json[]): StateVisit[] {
  const visits: StateVisit[] = [];
  const frames = new Map<number, Frame>();
  for (const event of history as unknown as HistoryEvent[]) {
    const before = frames.get(event.previousEventId) ?? { visits };
    frames.set(event.id, place(event, before));
  }
  return visits;
}

function place(event: HistoryEvent, before: Frame): Frame {
  if (event.type.endsWith('StateEntered')) return enter(event, before);
  if (event.type === 'MapIterationStarted') {
    return branchIn(stateAround(before, 'Map'), 'item', event.mapIterationStartedEventDetails?.index);
  }
  const around = /^(Map|Parallel)State/.exec(event.type)?.[1];
  const frame = around ? stateAround(before, around) : before;
  if (frame.visit) note(event, frame.visit);
  return frame;
}

function enter(event: HistoryEvent, before: Frame): Frame {
  const visit: StateVisit = {
    state: event.stateEnteredEventDetails?.name ?? '',
    type: event.type.slice(0, -'StateEntered'.length),
    enteredAt: new Date(event.timestamp),
  };
  const inside = before.visit?.type === 'Parallel' && !before.visit.exitedAt;
  const { visits, outer } = inside ? branchIn(before, 'branch') : before;
  visits.push(visit);
  return { visits, visit, ...(outer && { outer }) };
}

/** A new branch of the state that is under way in a frame. */
function branchIn(outer: Frame, kind: Branch['kind'], index?: number): Frame {
  if (!outer.visit) return outer;
  outer.visit.branches ??= [];
  const branch = { kind, index: index ?? outer.visit.branches.length, visits: [] };
  outer.visit.branches.push(branch);
  return { visits: branch.visits, outer };
}

/** The frame of the innermost state of a type that is under way: the end of a Map follows the last event of an iteration. */
function stateAround(frame: Frame, type: string): Frame {
  for (let at: Frame | undefined = frame; at; at = at.outer) {
    if (at.visit?.type === type && !at.visit.exitedAt) return at;
  }
  return frame;
}

function note(event: HistoryEvent, visit: StateVisit): void {
  if (event.type.endsWith('StateExited')) visit.exitedAt = new Date(event.timestamp);
  else if (/(Scheduled|^(Map|Parallel)StateStarted)$/.test(event.type)) begin(visit);
  else if (/^Execution(Failed|TimedOut|Aborted)$/.test(event.type))
    Object.assign(visit, { ...failureIn(event), ...own(visit) });
  else if (/(Failed|TimedOut)$/.test(event.type)) Object.assign(visit, failureIn(event));
}

/** What a state itself failed with says more than how the execution ended. */
const own = ({ error, cause }: StateVisit): { error?: string; cause?: string } =>
  error === undefined ? {} : { error, ...(cause !== undefined && { cause }) };

/** Work that is begun again leaves the branches of the attempt before behind. */
function begin(visit: StateVisit): void {
  visit.attempts = (visit.attempts ?? 0) + 1;
  delete visit.branches;
}

function failureIn(event: HistoryEvent): { error?: string; cause?: string } {
  const details = Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1];
  const { error, cause } = (details ?? {}) as { error?: string; cause?: string };
  return { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
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
  if (!same || !turn.every(({ exitedAt, branches }) => exitedAt && !branches)) return false;
  before.forEach((row, at) => {
    row.times += turn[at]!.times;
    row.took += turn[at]!.took;
    row.exitedAt = turn[at]!.exitedAt!;
  });
  rows.length -= length;
  return true;
}
