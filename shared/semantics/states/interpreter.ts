import type { Json, State, StateMachine } from './definition.ts';
import type { Command, Outcome, Result, Steps } from './effects.ts';
import { ERRORS, StateError } from './errors.ts';
import { Execution, type ExecutionContext } from './execution.ts';
import type { Left } from './flow.ts';
import { Scheduler } from './scheduler.ts';
import { beginVisit, type RunMachine, type Scope, type Visit } from './scope.ts';
import { runChoice } from './stateTypes/choice.ts';
import { runFail, runSucceed } from './stateTypes/end.ts';
import { runMap } from './stateTypes/map.ts';
import { runParallel } from './stateTypes/parallel.ts';
import { runPass } from './stateTypes/pass.ts';
import { runTask } from './stateTypes/task.ts';
import { runWait } from './stateTypes/wait.ts';

const RUNNERS: Record<State['Type'], (visit: Visit, runMachine: RunMachine) => Steps<Left>> = {
  Task: runTask,
  Pass: runPass,
  Choice: runChoice,
  Wait: runWait,
  Succeed: runSucceed,
  Fail: runFail,
  Parallel: runParallel,
  Map: runMap,
};

/** The key of the timer that a machine-level TimeoutSeconds sets; each redrive sets another. */
const timeoutKey = ({ redrives }: Execution): string =>
  redrives === 0 ? 'execution!timeout' : `execution!timeout!redrive${redrives}`;

/**
 * One execution of a valid machine as a synchronous generator: yields the commands that are new, is resumed with one outcome at a
 * time, and returns how the execution ended. The same outcomes in the same order give the same commands, so a journal of outcomes
 * is all that a durable driver needs.
 */
export function* run(
  definition: StateMachine,
  input: Json,
  context: ExecutionContext,
): Generator<Command[], Result, Outcome> {
  const execution = new Execution(input, context);
  const scheduler = new Scheduler(() => execution.now);
  const root = rootScope(definition, execution);
  execution.emit(root, 'ExecutionStarted', () => ({
    executionStartedEventDetails: { input: JSON.stringify(input), roleArn: String(read(execution.context, 'RoleArn')) },
  }));
  let commands = [...timeoutOf(definition, execution), ...scheduler.start(runMachine(root, input))];
  while (!scheduler.end) {
    const outcome: Outcome = yield commands;
    execution.now = Math.max(execution.now, outcome.at);
    if (outcome.key === timeoutKey(execution)) return timedOut(execution, root);
    commands =
      outcome.kind === 'redriven'
        ? redrive(definition, execution, root, scheduler, outcome.kept)
        : scheduler.resume(outcome);
  }
  return resultOf(scheduler.end, execution, root);
}

/** Runs the states of a machine from its first to its last and returns what the last one put out. */
function* runMachine(scope: Scope, input: Json): Steps<Json> {
  let name = scope.machine.StartAt;
  let data = input;
  for (;;) {
    const visit = beginVisit(scope, name, data);
    // Branches enter their states in turns, so that one that fails at once does not keep the others from beginning.
    if (scope.path !== '') yield { kind: 'turn' };
    const { output, next } = yield* RUNNERS[visit.state.Type](visit, runMachine);
    scope.execution.emit(scope, `${visit.state.Type}StateExited`, () => ({
      stateExitedEventDetails: { name, output: JSON.stringify(output) },
    }));
    const following = next ?? (visit.state.End ? undefined : visit.state.Next);
    if (following === undefined) return output;
    name = following;
    data = output;
  }
}

function rootScope(machine: StateMachine, execution: Execution): Scope {
  return {
    execution,
    machine,
    language: machine.QueryLanguage ?? 'JSONPath',
    path: '',
    variables: Object.create(null),
    map: undefined,
    lastEvent: 0,
    steps: 0,
  };
}

function timeoutOf({ TimeoutSeconds }: StateMachine, execution: Execution): Command[] {
  if (TimeoutSeconds === undefined) return [];
  return [{ kind: 'timer', key: timeoutKey(execution), at: execution.now + TimeoutSeconds * 1000 }];
}

/** Everything that the execution waits for begins anew, and so does the time that it may take. */
function redrive(
  definition: StateMachine,
  execution: Execution,
  root: Scope,
  scheduler: Scheduler,
  kept: string | undefined,
): Command[] {
  const over = timeoutOf(definition, execution).map(({ key }): Command => ({ kind: 'cancel', key }));
  execution.redrive();
  execution.emit(root, 'ExecutionRedriven', () => ({
    executionRedrivenEventDetails: { redriveCount: execution.redrives },
  }));
  return [...over, ...timeoutOf(definition, execution), ...scheduler.redrive(execution.redrives, kept)];
}

function timedOut(execution: Execution, root: Scope): Result {
  execution.emit(root, 'ExecutionTimedOut', () => ({ executionTimedOutEventDetails: { error: ERRORS.Timeout } }));
  return { status: 'TIMED_OUT', error: ERRORS.Timeout };
}

function resultOf(end: { output: Json } | { failure: unknown }, execution: Execution, root: Scope): Result {
  if ('output' in end) {
    execution.emit(root, 'ExecutionSucceeded', () => ({
      executionSucceededEventDetails: { output: JSON.stringify(end.output) },
    }));
    return { status: 'SUCCEEDED', output: end.output };
  }
  const failure = end.failure instanceof StateError ? end.failure : unexpected(end.failure);
  const details = {
    ...(failure.error !== undefined && { error: failure.error }),
    ...(failure.reason !== undefined && { cause: failure.reason }),
  };
  execution.emit(root, 'ExecutionFailed', () => ({ executionFailedEventDetails: details }));
  return { status: 'FAILED', ...details };
}

const unexpected = (failure: unknown): StateError =>
  new StateError(ERRORS.Runtime, failure instanceof Error ? failure.message : String(failure));

const read = (context: Execution['context'], field: string): Json | undefined =>
  (context.Execution as Record<string, Json>)[field];
