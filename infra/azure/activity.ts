import type { ActivityHandler } from 'durable-functions';
import { catalog } from '../../functions/catalog.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { type Environment, invoke, type Operation } from '../../shared/operation.ts';
import { taskFailure } from '../../shared/semantics/states/index.ts';
import { issueTaskToken } from './taskTokens.ts';

/** One call of a task: what to do, and under which key to do it once. */
export interface ActivityCall {
  execution: string;
  workflow: string;
  state: string;
  resource: string;
  payload: Json;
  /** The same whenever this attempt is called again; a Retry has another. */
  idempotencyKey: string;
  /** 1 for the first call of a visit, one more for each Retry. */
  attempt: number;
  /** With `.waitForTaskToken`: the state ends when this token is answered. */
  taskToken?: string;
}

/** What came of it. A failure is a result: thrown, Durable Functions would keep its text and lose its name. */
export type ActivityResult = { output: Json } | { failure: { error?: string; cause?: string } };

/** The activity that invokes the operation which a task names. */
export function activity(
  environment: Environment,
  operations: Record<string, Operation> = catalog as unknown as Record<string, Operation>,
): ActivityHandler {
  return async (call: ActivityCall): Promise<ActivityResult> => {
    try {
      if (call.taskToken !== undefined) {
        await issueTaskToken(environment.host.records, call.taskToken, call.execution);
      }
      return { output: await perform(call, environment, operations) };
    } catch (thrown) {
      return { failure: taskFailure(thrown) };
    }
  };
}

async function perform(
  { resource, payload, idempotencyKey }: ActivityCall,
  environment: Environment,
  operations: Record<string, Operation>,
): Promise<Json> {
  const name = resource.replace(/^cloudlib:/, '').replace(/\.waitForTaskToken$/, '');
  if (!Object.hasOwn(operations, name)) {
    throw new CloudError('NotFound', `there is no operation "${name}"; see docs/operations.md for those that exist`, {
      details: { resource: `operation ${name}` },
    });
  }
  const { provider, ...input } = payload as { provider?: string; [key: string]: Json | undefined };
  const options = { requestId: idempotencyKey, ...(provider !== undefined && { provider }) };
  return invoke(operations[name]!, input as Json, options, environment);
}
