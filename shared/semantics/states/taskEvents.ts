import type { Json, JsonObject } from './definition.ts';
import type { TaskCommand } from './effects.ts';
import { ERRORS, type StateError } from './errors.ts';
import type { Visit } from './scope.ts';

/** The events of one task attempt, under the names that Step Functions has for its kind of resource. */
export interface TaskEvents {
  started(): void;
  succeeded(output: Json): void;
  failed(failure: StateError): void;
}

/** Integrations that hand a job over and then wait for its end. */
const SUBMITS = /\.(waitForTaskToken|sync(:2)?)$/;

type Family = 'Task' | 'LambdaFunction' | 'Activity';

const DETAILS = { Task: 'task', LambdaFunction: 'lambdaFunction', Activity: 'activity' } as const;

const familyOf = (resource: string): Family => {
  if (/^arn:[^:]*:lambda:[^:]*:[^:]*:function:/.test(resource)) return 'LambdaFunction';
  return /^arn:[^:]*:states:[^:]*:[^:]*:activity:/.test(resource) ? 'Activity' : 'Task';
};

/** The events of a task attempt; they differ between service integrations, Lambda functions named directly, and activities. */
export function taskEvents(
  visit: Visit,
  command: TaskCommand,
  timeoutInSeconds: number | undefined,
  heartbeatInSeconds: number | undefined,
): TaskEvents {
  const family = familyOf(command.resource);
  const service = family === 'Task' ? serviceOf(command.resource) : {};
  const emit = (suffix: string, details: () => JsonObject): void => {
    const key = `${DETAILS[family]}${suffix}EventDetails` as const;
    visit.execution.emit(visit.scope, `${family}${suffix}`, () => ({ [key]: { ...service, ...details() } }));
  };
  return {
    started() {
      emit('Scheduled', () => ({
        ...(family === 'Task'
          ? { parameters: JSON.stringify(command.payload) }
          : { resource: command.resource, input: JSON.stringify(command.payload) }),
        ...(timeoutInSeconds !== undefined && { timeoutInSeconds }),
        ...(heartbeatInSeconds !== undefined && { heartbeatInSeconds }),
      }));
      emit('Started', () => ({}));
      if (SUBMITS.test(command.resource)) emit('Submitted', () => ({}));
    },
    succeeded: (output) => emit('Succeeded', () => ({ output: JSON.stringify(output) })),
    failed({ error, reason }) {
      const timedOut = error === ERRORS.Timeout || error === ERRORS.HeartbeatTimeout;
      emit(timedOut ? 'TimedOut' : 'Failed', () => ({
        ...(error !== undefined && { error }),
        ...(reason !== undefined && { cause: reason }),
      }));
    },
  };
}

/** `arn:aws:states:::sqs:sendMessage.waitForTaskToken` as its service and action. */
function serviceOf(resource: string): JsonObject {
  const [, , , , , resourceType = '', ...action] = resource.split(':');
  return action.length ? { resourceType, resource: action.join(':') } : { resourceType: '', resource };
}
