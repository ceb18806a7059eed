import {
  type ExecuteOptions,
  type ExecuteResult,
  execute,
  type HistoryEvent,
  type Json,
} from '../../../../shared/semantics/states/index.ts';

/** A task that does nothing but give its payload back. */
export const echo: ExecuteOptions['task'] = (_resource, payload) => payload;

/** A task that throws these errors one call after the other, and then gives its payload back. */
export function failing(...errors: { name?: string; message?: string }[]): ExecuteOptions['task'] {
  let call = 0;
  return (_resource, payload) => {
    const error = errors[call++];
    if (error) throw error;
    return payload;
  };
}

/** Runs one state that ends the machine. */
export function runState(state: Json, input: Json = {}, task = echo, language = 'JSONPath'): Promise<ExecuteResult> {
  const ends = ['Succeed', 'Fail', 'Choice'].includes((state as { Type: string }).Type);
  const definition = {
    QueryLanguage: language,
    StartAt: 'X',
    States: {
      X: ends ? state : { ...(state as object), End: true },
    },
  };
  return execute(definition, input, { task, seed: 'fixed' });
}

/** Runs one state in JSONata. */
export const runJsonata = (state: Json, input: Json = {}, task = echo): Promise<ExecuteResult> =>
  runState(state, input, task, 'JSONata');

/** Runs a machine and gives its events beside its result. */
export async function runWithEvents(
  definition: Json,
  input: Json,
  options: Partial<ExecuteOptions> = {},
): Promise<{ result: ExecuteResult; events: HistoryEvent[] }> {
  const events: HistoryEvent[] = [];
  const result = await execute(definition, input, {
    task: echo,
    seed: 'fixed',
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { result, events };
}
