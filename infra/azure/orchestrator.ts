import { createHmac, randomBytes } from 'node:crypto';
import type { DurableOrchestrationContext, OrchestrationHandler } from 'durable-functions';
import type { Json } from '../../shared/core/codecs.ts';
import { type Limits, type Outcome, type Result, run, type StateMachine } from '../../shared/semantics/states/index.ts';
import { PendingCommands } from './pendingCommands.ts';

/** What an orchestration is started with, and what it hands on to itself. */
export interface OrchestrationInput {
  workflow: string;
  /** Names one definition for ever: an execution finishes on the one that it began with. */
  definition: string;
  input: Json;
  /** What random values and task tokens are derived from, together with the instance's id. */
  secret: string;
  /** What has happened before it continued as new. */
  carried?: { startedAt: number; journal: Outcome[] };
}

export interface OrchestratorOptions {
  /** The definition of a reference; it must be at hand, because an orchestrator may wait for nothing of its own. */
  definition(reference: string): StateMachine | undefined;
  /** The name of the activity that invokes operations; `cloudlib` when left out. */
  activity?: string;
  /** After so many outcomes it continues as new, because every step replays what was before it. */
  outcomesAtOnce?: number;
  /** How many activities of one execution are under way at most. */
  callsAtOnce?: number;
  limits?: Partial<Limits>;
}

/** The input to start an execution with. */
export function orchestrationInput(workflow: string, definition: string, input: Json): OrchestrationInput {
  return { workflow, definition, input, secret: randomBytes(24).toString('base64url') };
}

/** An execution that failed or timed out, as the failure of its orchestration. */
export class ExecutionFailed extends Error {
  override name = 'ExecutionFailed';

  constructor({ status, error, cause }: Result) {
    super([error ?? status, cause].filter(Boolean).join(': '));
  }
}

/**
 * A state machine as an orchestrator of Durable Functions: the interpreter's commands become activities, timers and external events, and
 * what comes of them goes back in the order in which the history has it.
 */
export function orchestrator(options: OrchestratorOptions): OrchestrationHandler {
  const { activity = 'cloudlib', outcomesAtOnce = 200, callsAtOnce = 100 } = options;
  return function* ({ df }) {
    const given = df.getInput() as OrchestrationInput;
    const startedAt = given.carried?.startedAt ?? df.currentUtcDateTime.getTime();
    const journal = [...(given.carried?.journal ?? [])];
    const renewAt = journal.length + outcomesAtOnce;
    const pending = new PendingCommands(df, { activity, workflow: given.workflow, callsAtOnce });
    const steps = execution(df, given, startedAt, options);
    let step = steps.next();
    let askedAt = startedAt;
    for (const outcome of journal) {
      if (step.done) break;
      pending.take(step.value, askedAt);
      pending.settle(outcome);
      step = steps.next(outcome);
      askedAt = outcome.at;
    }
    while (!step.done) {
      pending.take(step.value, askedAt);
      const full = journal.length >= renewAt;
      if (full && pending.renewable) {
        pending.close();
        df.continueAsNew({ ...given, carried: { startedAt, journal } });
        return undefined;
      }
      let outcome = pending.arrived();
      while (!outcome) {
        df.setCustomStatus({ states: pending.states.slice(0, MOST_STATES) });
        // An answer may take days; whoever is held back for the renewal should not wait for it.
        yield pending.next(full && !pending.awaitsAnswer);
        outcome = pending.arrived();
      }
      journal.push(outcome);
      pending.settle(outcome);
      step = steps.next(outcome);
      askedAt = outcome.at;
    }
    pending.close();
    return ended(df, step.value);
  };
}

function execution(
  df: DurableOrchestrationContext,
  { workflow, definition, input, secret }: OrchestrationInput,
  startedAt: number,
  options: OrchestratorOptions,
): ReturnType<typeof run> {
  const machine = options.definition(definition);
  if (!machine)
    throw new Error(`workflow "${workflow}": its definition ${definition} is not deployed; deploy it again`);
  return run(machine, input, {
    id: df.instanceId,
    startedAt,
    seed: createHmac('sha256', secret).update(df.instanceId).digest('base64url'),
    stateMachine: { id: workflow, name: workflow },
    ...(options.limits && { limits: options.limits }),
  });
}

/** A custom status holds 16 KB. */
const MOST_STATES = 50;
const LONGEST_CAUSE = 4_000;

function ended(df: DurableOrchestrationContext, result: Result): Json {
  const { status, output, error, cause } = result;
  if (status === 'SUCCEEDED') {
    df.setCustomStatus({ states: [], status });
    return output ?? null;
  }
  df.setCustomStatus({
    states: [],
    status,
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause: cause.slice(0, LONGEST_CAUSE) }),
  });
  throw new ExecutionFailed(result);
}
