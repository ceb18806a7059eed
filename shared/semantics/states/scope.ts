import type { Json, JsonObject, QueryLanguage, State, StateMachine } from './definition.ts';
import type { Steps } from './effects.ts';
import type { Execution } from './execution.ts';
import { isoTime } from './execution.ts';
import { SeededRandom } from './random.ts';

/** The variables that a branch sees: its own, and behind them those of the states around it. */
export type Variables = Record<string, Json>;

/** One run through a machine: the execution itself, a branch of a Parallel, or an iteration of a Map. */
export interface Scope {
  execution: Execution;
  machine: StateMachine;
  language: QueryLanguage;
  /** What tells this branch from every other, and is the beginning of its keys. */
  path: string;
  /** Prototype-linked: reading finds the outer variables, writing stays here. */
  variables: Variables;
  /** `Map` of the context object, where an ItemSelector makes the input of an iteration. */
  map: JsonObject | undefined;
  lastEvent: number;
  /** How many states this branch has entered. */
  steps: number;
}

/** One visit of one state. */
export interface Visit {
  name: string;
  state: State;
  language: QueryLanguage;
  scope: Scope;
  execution: Execution;
  input: Json;
  /** Branch path and step number: what the keys of everything this visit asks for begin with. */
  key: string;
  enteredEvent: number;
  /** Milliseconds since 1970. */
  enteredAt: number;
  retries: number;
  taskToken: string | undefined;
  random: SeededRandom;
}

/**
 * Runs the states of a machine from its first to its last. State types that hold machines are handed it, because the interpreter
 * imports them.
 */
export type RunMachine = (scope: Scope, input: Json) => Steps<Json>;

/** A scope inside another: a branch or an iteration. */
export function innerScope(visit: Visit, machine: StateMachine, path: string): Scope {
  return {
    execution: visit.execution,
    machine,
    language: machine.QueryLanguage ?? visit.scope.language,
    path,
    variables: Object.create(visit.scope.variables) as Variables,
    map: undefined,
    lastEvent: visit.scope.lastEvent,
    steps: 0,
  };
}

/** Begins a visit; the caller counts it and tells of it. */
export function beginVisit(scope: Scope, name: string, input: Json): Visit {
  const { execution } = scope;
  const state = scope.machine.States[name]!;
  scope.steps += 1;
  const key = `${scope.path}${encodeURIComponent(name)}#${scope.steps}`;
  const enteredEvent = execution.emit(scope, `${state.Type}StateEntered`, () => ({
    stateEnteredEventDetails: { name, input: JSON.stringify(input) },
  }));
  execution.enter(name);
  return {
    name,
    state,
    language: state.QueryLanguage ?? scope.language,
    scope,
    execution,
    input,
    key,
    enteredEvent,
    enteredAt: execution.now,
    retries: 0,
    taskToken: undefined,
    random: new SeededRandom(execution.seed, key),
  };
}

/** Has a visit begin from its first attempt after a redrive, under keys that it did not have before. */
export function beginAnew(visit: Visit): void {
  visit.key += `!redrive${visit.execution.redrives}`;
  visit.retries = 0;
}

/** The path of a branch or an iteration; one that begins once more by a redrive has another. */
export const branchPath = (visit: Visit, index: number, redrive: number): string =>
  `${visit.key}.${visit.retries + 1}[${index}${redrive === 0 ? '' : `!redrive${redrive}`}]/`;

/** The types of state that can be retried, and so have a count of it. */
const RETRIED = new Set<State['Type']>(['Task', 'Parallel', 'Map']);

/** The context object (`$$`, `$states.context`) as a visit sees it. */
export function contextObject(visit: Visit): JsonObject {
  const { execution, scope, name, state, enteredAt, retries, taskToken } = visit;
  const retried = RETRIED.has(state.Type) && { RetryCount: retries };
  return {
    ...execution.context,
    State: { EnteredTime: isoTime(enteredAt), Name: name, ...retried },
    ...(scope.map && { Map: scope.map }),
    ...(taskToken !== undefined && { Task: { Token: taskToken } }),
  };
}
